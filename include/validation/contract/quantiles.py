"""Check the ranges of ``expect_column_quantile_values_to_be_between``: its library takes them as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, shown_value
from include.validation.contract.literal_values import is_finite

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHAPE = "expected {quantiles: [0.5, ...], value_ranges: [[low, high], ...]}"


def quantile_issues(key: Key, found: Any) -> Iterator[ConfigIssue]:
    """Yield what is wrong with ``quantile_ranges``.

    :param key: its key.
    :param found: its value.
    """
    quantiles = found.get("quantiles") if isinstance(found, dict) else None
    ranges = found.get("value_ranges") if isinstance(found, dict) else None
    if not isinstance(quantiles, list) or not isinstance(ranges, list) or not quantiles:
        yield ConfigIssue(key, f"found {shown_value(found)}; {_SHAPE}")
        return
    if len(quantiles) != len(ranges):
        text = f"has {len(quantiles)} quantiles and {len(ranges)} value_ranges; expected a range for each"
        yield ConfigIssue(key, text)
    for place, quantile in enumerate(quantiles):
        if not _is_number(quantile) or not 0 <= quantile <= 1:
            text = f"found {shown_value(quantile)}; expected a share between 0 and 1"
            yield ConfigIssue((*key, "quantiles", place), text)
    for place, ends in enumerate(ranges):
        if problem := _range_issue(ends):
            yield ConfigIssue((*key, "value_ranges", place), problem)


def _range_issue(ends: Any) -> str | None:
    """Return what is wrong with one range, or None."""
    if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 - two ends
        return f"found {shown_value(ends)}; expected [low, high]"
    known = [end for end in ends if end is not None]
    if not all(map(_is_number, known)):
        return f"found {shown_value(ends)}; expected two numbers without quotes, or null for one of them"
    if not known:
        return "has neither end, so the rule always passes; write one of them"
    if len(known) == len(ends) and known[0] > known[1]:
        return f"nothing lies between {known[0]} and {known[1]}; expected the lower end first"
    return None


def _is_number(found: Any) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool) and is_finite(found)
