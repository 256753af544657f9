"""How much better one model is than another on the same rows: above 0 is better in any metric.

The gain in a metric of the target's unit is a share of what the other model reaches, 0.02 for an error that
is 2 % smaller: margins then mean the same for minutes and for millions, and gains of test sets on which
errors differ add up. In any other metric it is the difference.
"""

from __future__ import annotations

from typing import TypeVar

from include.config.metric_names import METRICS
from include.evaluation.measures.base import Contributions, Influence

Figure = TypeVar("Figure", Influence, Contributions)


def find_gain(name: str, better: Figure, worse: Figure) -> Figure:
    """Return how much better one model is than another.

    :param name: the metric.
    :param better: the figure of the model that is asked about.
    :param worse: that of the model it is compared with, on the same rows.
    """
    metric = METRICS[name]
    if metric.in_unit_of_target:
        return better.below(worse)
    return better - worse if metric.higher_is_better else worse - better


def find_loss(name: str, value: float, before: float) -> float:
    """Return how much worse a figure is than one on other rows: above 0 is worse in any metric.

    :param name: the metric.
    :param value: the figure.
    :param before: what it is compared with; a loss of a metric in the target's unit is a share of it.
    :return: infinite for a figure that was 0 and is not, where a share of it is asked for.
    """
    metric = METRICS[name]
    if metric.higher_is_better:
        return before - value
    loss = value - before
    return loss if not metric.in_unit_of_target else as_share(loss, before)


def as_share(part: float, whole: float) -> float:
    """Return a part as a share of a whole; infinite for any part of nothing."""
    return part / whole if whole else (0.0 if not part else float("inf") * part)
