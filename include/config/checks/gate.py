"""Check the metrics of the gate and the values of its floors."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from include.config.checks.content import are_numbers, mapping_at, text_at, value_at
from include.config.config_errors import ConfigIssue, one_of, shown_value
from include.config.metric_names import METRICS
from include.config.tasks import TASKS, task_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.config.metric_names import Metric
    from include.config.tasks.base import TaskFacts


_COSTS = ("gate", "costs")


def gate_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check the metrics of the gate and the values of its floors, by what the task has."""
    task = task_of(content)
    if task is None:
        return  # which metrics there are is not known
    costs = value_at(content, _COSTS) is not None
    if costs and not task.of_costs:
        yield ConfigIssue(
            _COSTS, f"says what deciding between 0 and 1 costs, and this is {task.name}; remove it"
        )
    metrics, trivial = task.metrics_with(costs=costs), task.trivial_with(costs=costs)
    primary = text_at(content, ("gate", "primary"))
    if primary is not None and primary not in metrics:
        yield ConfigIssue(("gate", "primary"), _unknown(primary, task, metrics))
    elif primary is not None and primary not in trivial:
        yield ConfigIssue(
            ("gate", "primary"),
            f"{primary!r} can't distinguish a model from a constant: always predicting the true rate makes "
            f"no such error; {one_of(list(trivial), primary)}",
        )
    floors = mapping_at(content, ("gate", "floors"))
    if primary in trivial and floors and primary not in floors and floors.keys() <= set(metrics):
        yield ConfigIssue(
            ("gate", "floors"),
            f"found floors for {', '.join(map(str, floors))} and none for {primary}, the primary metric; add "
            "it: the worst value at which a first champion may serve",
        )
    for name, floor in floors.items():
        metric = METRICS[name] if name in metrics else None
        key = ("gate", "floors", str(name))
        if metric is None and isinstance(name, str):
            yield ConfigIssue(key, _unknown(name, task, metrics))
        elif metric and name not in trivial:
            yield ConfigIssue(
                key,
                f"{name} is shown and decides nothing: what chance adds to it can be taken out only roughly; "
                "delete the line, since a floor on log_loss or brier bounds the calibration too",
            )
        elif metric and are_numbers([floor]) and not metric.lowest <= floor <= metric.highest:
            yield ConfigIssue(key, f"found {shown_value(floor)}; {name} lies {_range(metric)}")


def _unknown(name: str, task: TaskFacts, metrics: Sequence[str]) -> str:
    """Return what is wrong with a metric that the task does not have."""
    if name in task.of_costs:
        which = one_of(sorted(metrics), name)
        return f"{name} needs to know what wrong decisions cost; add gate.costs. Without it {which}"
    elsewhere = sorted(one.name for one in TASKS.values() if name in one.metrics)
    if elsewhere:
        found = f"{name!r} is a metric of task {' and '.join(elsewhere)}, and this is {task.name}"
    else:
        found = f"unknown metric {name!r}"
    return f"{found}; {one_of(sorted(metrics), name)}"


def _range(metric: Metric) -> str:
    """Return between which values a metric lies."""
    if metric.lowest == -inf:
        return f"at or below {metric.highest:g}"
    return f"between {metric.lowest:g} and {'more' if metric.highest == inf else f'{metric.highest:g}'}"
