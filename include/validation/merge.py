"""Add up the results of one expectation on the pieces of a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_UNEXPECTED = 20  # values kept as examples; the default of Great Expectations

_COUNTS = ("element_count", "unexpected_count", "missing_count")
_LISTS = ("partial_unexpected_list", "partial_unexpected_index_list")


def merge_results(parts: Sequence[Any]) -> Any:
    """Return one ``ExpectationValidationResult`` for what was checked in pieces.

    The formulas are those of ``great_expectations.expectations.expectation._format_map_output`` and
    ``_mostly_success`` (1.24): counts add up, shares are taken anew, and of the unexpected values the first
    are kept.

    :param parts: results of the same expectation, at least one; more than one only where it checks row by
        row.
    """
    from great_expectations.core import ExpectationValidationResult

    first = parts[0]
    if len(parts) == 1:
        return first
    merged = merge_counts([part.result for part in parts])
    return ExpectationValidationResult(
        success=holds(merged, first.expectation_config.kwargs.get("mostly", 1.0)),
        expectation_config=first.expectation_config,
        result=merged,
        meta=first.meta,
        exception_info=first.exception_info,
    )


def merge_counts(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the ``result`` of a row-by-row expectation over all pieces, in the format ``SUMMARY``.

    :param parts: the ``result`` of each piece, in the order of the pieces.
    """
    merged = dict(parts[0])
    for name in _COUNTS:
        if name in merged:
            merged[name] = sum(part[name] for part in parts)
    for name in _LISTS:
        if name in merged:
            merged[name] = [item for part in parts for item in part[name]][:MOST_UNEXPECTED]
    rows, unexpected = merged["element_count"], merged["unexpected_count"]
    present = rows - merged.get("missing_count", 0)
    merged["unexpected_percent"] = _percent(unexpected, present)
    if "missing_count" in merged:
        merged["missing_percent"] = _percent(merged["missing_count"], rows)
        merged["unexpected_percent_total"] = _percent(unexpected, rows)
        merged["unexpected_percent_nonmissing"] = _percent(unexpected, present)
    if "partial_unexpected_counts" in merged:
        merged["partial_unexpected_counts"] = _most_common(merged["partial_unexpected_list"])
    return merged


def holds(result: dict[str, Any], mostly: float) -> bool:
    """Tell whether enough of the values are as expected; where there is none, nothing contradicts.

    :param result: what :func:`merge_counts` returned.
    :param mostly: share of values that must be as expected.
    """
    present = result["element_count"] - result.get("missing_count", 0)
    return present == 0 or bool((present - result["unexpected_count"]) / present >= mostly)


def _percent(part: int, total: int) -> float | None:
    return part / total * 100 if total else None


def _most_common(values: Sequence[Any]) -> list[dict[str, Any]]:
    """Return distinct values with their counts, most frequent first, then by value."""
    plain = [tuple(value.values()) if isinstance(value, dict) else value for value in values]
    counts = Counter(plain).most_common()
    try:
        counts.sort(key=lambda item: (-item[1], item[0]))
    except TypeError:
        counts.sort(key=lambda item: -item[1])
    return [{"value": value, "count": count} for value, count in counts]
