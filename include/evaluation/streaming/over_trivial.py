"""How much better a model is than one that has learned nothing, as :mod:`include.evaluation.trivial`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.interval import contributed_gain
from include.evaluation.measures.base import Contributions
from include.evaluation.measures.likelihoods import THRESHOLD
from include.evaluation.metrics import MEASURES
from include.evaluation.streaming.fixed_point import to_units
from include.evaluation.streaming.second_pass import unit_of
from include.evaluation.trivial import trivial_confidence

if TYPE_CHECKING:
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.streaming.summary import Summary


def stream_over_trivial(
    name: str, summary: Summary, model: str, entities: int, *, base_rate: float, confidence: float
) -> ConfidenceInterval:
    """Return how much better a model is than the trivial one (above 0: better, whatever the metric).

    :param name: one of :data:`include.config.metric_names.TRIVIAL`.
    :param summary: what was found in the stream.
    :param model: the model.
    :param entities: how many entities there are.
    :param base_rate: share of positives in the training set.
    :param confidence: level of the other intervals.
    """
    measure, found, parted = MEASURES[name], summary.metric(model, name), 0
    if measure.over_trivial:
        gain = measure.over_trivial(found, _mean_by_class(summary, 0.0, 1.0), entities)
    else:
        other = _constant(name, summary, base_rate)
        gain = found - other if METRICS[name].higher_is_better else other - found
        if measure.counts_decisions:
            parted = summary.count_deviating(model, answer=base_rate > THRESHOLD)
    level = trivial_confidence(confidence)
    return contributed_gain(name, gain, summary.evidence(), level, parted=parted)


def _constant(name: str, summary: Summary, answer: float) -> Contributions:
    """Return a metric of the model that gives every row the same answer."""
    values = MEASURES[name].values
    if values is None:
        raise KeyError(f"{name} of a constant answer has no streaming form")
    unit = unit_of(name)  # as rows are rounded: a model that gives this answer is neither better nor worse
    each = to_units(values(np.array([0, 1], dtype=np.int8), np.full(2, answer)), unit) * unit
    return _mean_by_class(summary, *each.tolist())


def _mean_by_class(summary: Summary, negative: float, positive: float) -> Contributions:
    """Return the mean of a value that follows from a row's class."""
    labels, rows = summary.weights(), summary.rows()
    positives = labels[1].sum().item()
    mean = (negative * (rows - positives) + positive * positives) / max(rows, 1)
    sums = (negative - mean) * labels[0] + (positive - mean) * labels[1]
    return Contributions(value=mean, sums=sums, rows=rows)
