"""Check the metrics of the gate and the values of its floors."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from include.config.checks.content import are_numbers, mapping_at, text_at
from include.config.config_errors import ConfigIssue, one_of, shown_value
from include.config.metric_names import METRICS, TRIVIAL

if TYPE_CHECKING:
    from collections.abc import Iterator


def gate_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check the metrics of the gate and the values of its floors."""
    primary = text_at(content, ("gate", "primary"))
    if primary is not None and primary not in METRICS:
        yield ConfigIssue(
            ("gate", "primary"), f"unknown metric {primary!r}; {one_of(sorted(METRICS), primary)}"
        )
    elif primary is not None and primary not in TRIVIAL:
        yield ConfigIssue(
            ("gate", "primary"),
            f"{primary!r} can't distinguish a model from a constant: always predicting the true rate makes "
            f"no such error; {one_of(list(TRIVIAL), primary)}",
        )
    floors = mapping_at(content, ("gate", "floors"))
    if primary in TRIVIAL and floors and primary not in floors and METRICS.keys() >= floors.keys():
        yield ConfigIssue(
            ("gate", "floors"),
            f"found floors for {', '.join(map(str, floors))} and none for {primary}, the primary metric; add "
            "it: the worst value at which a first champion may serve",
        )
    for name, floor in floors.items():
        metric = METRICS.get(name) if isinstance(name, str) else None
        key = ("gate", "floors", str(name))
        if metric is None and isinstance(name, str):
            yield ConfigIssue(key, f"unknown metric {name!r}; {one_of(sorted(METRICS), name)}")
        elif metric and name not in TRIVIAL:
            yield ConfigIssue(
                key,
                f"{name} is shown and decides nothing: what chance adds to it can be taken out only roughly; "
                "delete the line, since a floor on log_loss or brier bounds the calibration too",
            )
        elif metric and are_numbers([floor]) and not metric.lowest <= floor <= metric.highest:
            upper = "more" if metric.highest == inf else f"{metric.highest:g}"
            yield ConfigIssue(
                key, f"found {shown_value(floor)}; {name} lies between {metric.lowest:g} and {upper}"
            )
