"""Floors of a gate, from what a trivial model reaches and what a default model certainly does."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, inf, isnan, log10
from typing import TYPE_CHECKING

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.figures import show_value
from include.onboarding.tasks import NEW_TASKS

if TYPE_CHECKING:
    from include.config.metric_names import Metric
    from include.evaluation.record import Evaluation

_DIGITS = 3
ENDLESS = 1e300


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The worst value at which a model may serve.

    :param value: of the bad end of the metric's interval.
    :param why: where it comes from.
    """

    value: float
    why: str


def no_floors(task: str) -> dict[str, Floor]:
    """Return floors that nothing misses, for a model whose figures are not known yet.

    :param task: the task.
    """
    primary = METRICS[NEW_TASKS[task].primary]
    worst = primary.lowest if primary.higher_is_better else primary.highest
    why = "nothing is known yet of what a model reaches: replace it after the first training"
    return {primary.name: Floor(value=max(-ENDLESS, min(ENDLESS, worst)), why=why)}


def learn_floors(evaluation: Evaluation) -> dict[str, Floor]:
    """Return a floor for each metric in which the default model certainly beats the trivial one.

    It lies midway between what the trivial model reaches and the bad end of the default model's interval: a
    model that has lost half of what can be learned does not serve. The primary metric always has one.

    :param evaluation: the default model on the test set.
    """
    task = NEW_TASKS[evaluation.task]
    found = {name: _learn(METRICS[name], evaluation) for name in task.floors}
    return {name: floor for name, floor in found.items() if floor is not None}


def _learn(metric: Metric, evaluation: Evaluation) -> Floor | None:
    interval = evaluation.candidate[metric.name]
    trivial = trivial_value(metric.name, evaluation)
    if trivial is None:
        return no_floors(evaluation.task).get(metric.name)
    end = interval.low if metric.higher_is_better else interval.high
    what = TASKS[evaluation.task].trivial[metric.name]
    better = end > trivial if metric.higher_is_better else end < trivial  # never where it is not defined
    if not better:
        if metric.name != NEW_TASKS[evaluation.task].primary:
            return None
        return Floor(
            value=_round(trivial, metric),
            why=f"what the trivial model reaches ({what}): the default model is not certainly better on the "
            "test "
            "set of today",
        )
    side = "lower" if metric.higher_is_better else "upper"
    return Floor(
        value=_round((trivial + end) / 2, metric),
        why=f"midway between {show_value(metric.name, trivial)} ({what}) and {show_value(metric.name, end)}, "
        "the "
        f"{side} end of the default model's {evaluation.confidence:.0%} interval around "
        f"{show_value(metric.name, interval.value)} on {evaluation.rows:,} test rows",
    )


def trivial_value(name: str, evaluation: Evaluation) -> float | None:
    """Return what a model that has learned nothing reaches; None where there is none or it is not defined.

    :param name: the metric.
    :param evaluation: the default model on the test set.
    """
    gain = (evaluation.over_trivial or {}).get(name)
    value = evaluation.candidate[name].value
    if gain is None or isnan(gain.value) or isnan(value):
        return None
    if METRICS[name].in_unit_of_target:  # such a gain is a share of what the other model reaches
        return value / (1 - gain.value) if gain.value < 1 else None
    return value - gain.value if METRICS[name].higher_is_better else value + gain.value


def _round(value: float, metric: Metric) -> float:
    """Return a floor with three digits, on the lenient side."""
    if not value:
        return 0.0
    step = 10.0 ** (floor(log10(abs(value))) - _DIGITS + 1)
    if metric.highest != inf:
        step = 10.0**-_DIGITS
    steps = floor(value / step) if metric.higher_is_better else ceil(value / step)
    return float(f"{steps * step:.12g}")
