"""Check margins of the primary metric: how much may be lost in it."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Any

from include.config.checks.content import are_numbers, text_at, value_at
from include.config.config_errors import ConfigIssue, Key, shown_value
from include.config.metric_names import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOSSES: tuple[Key, ...] = (("monitoring", "performance", "max_drop"), ("probation", "max_loss"))


def margin_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that no loss is allowed that the primary metric can't have, which would switch its rule off."""
    primary = text_at(content, ("gate", "primary"))
    if primary not in METRICS:
        return
    metric = METRICS[primary]
    widest = metric.highest - metric.lowest
    for key in () if isinf(widest) else _LOSSES:
        found = value_at(content, key)
        if are_numbers([found]) and found >= widest:
            yield ConfigIssue(
                key,
                f"found {shown_value(found)}; {primary} lies between {metric.lowest:g} and "
                f"{metric.highest:g}, so nothing can lose that much: choose a number below {widest:g}",
            )
