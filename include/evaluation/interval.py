"""Intervals from influence values: how far a metric, or a difference of two models, could be luck.

One pass over the rows gives the influence of each on a metric (:mod:`include.evaluation.influence`), their
sums by entity give the standard error and the degrees of freedom (:mod:`include.evaluation.spread`), and the
interval is that of the t distribution: on the plain scale for a difference, on the metric's own for a single
figure (:mod:`include.evaluation.scale`). The percentile bootstrap costs hundreds of times as much and covers
too little exactly where it matters: at 6 to 15 positives its lower end lies above the truth in 4 to 8 cases
of a hundred instead of 2.5.

Where a set of rows is too small to say anything (:mod:`include.evaluation.evidence`), there is a note in the
place of the interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import (
    count_entities,
    count_evidence,
    describe_entities,
    explain_agreement,
    explain_concentration,
    explain_scarcity,
)
from include.evaluation.metrics import MEASURES
from include.evaluation.spread import Spread, measure_spread, normal_equivalent
from include.rounding import ROUNDING

if TYPE_CHECKING:
    from include.evaluation.buckets import BucketedGain
    from include.evaluation.evidence import EntityCount, Evidence
    from include.evaluation.measures.base import Contributions, Influence

_UNDEFINED = "it is not defined on this test set"
_ALL_ALIKE = "it is the same for every row, which says nothing about how far others may lie from it"
_NOTHING = ConfidenceInterval(value=0.0, low=0.0, high=0.0)


def metric_interval(
    name: str, found: Influence, target: np.ndarray, groups: np.ndarray, confidence: float
) -> ConfidenceInterval:
    """Return a metric with its interval, or with the reason why it is inconclusive.

    :param name: the metric.
    :param found: its value, and the influence of each row on it.
    :param target: 0 or 1 of shape (n,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param confidence: level of the interval, such as 0.95.
    """
    evidence = count_evidence(target, groups)
    return contributed_metric(name, sum_by_entity(found, groups), evidence, confidence)


def contributed_metric(
    name: str, found: Contributions, evidence: Evidence, confidence: float
) -> ConfidenceInterval:
    """Return a metric with its interval, from what each entity contributes to it.

    :param name: the metric.
    :param found: its value, and what each entity contributes.
    :param evidence: what the rows can tell.
    :param confidence: level of the interval.
    """
    value = found.value
    metric, measure = METRICS[name], MEASURES[name]
    why = explain_scarcity(evidence, by_class=measure.by_class) or explain_concentration(evidence.everyone)
    if not math.isfinite(value) or why:
        return unknown(why or _UNDEFINED, value)
    spread = measure_spread(found.shares, evidence.everyone.entities, metric.unit(value))
    low, high = measure.scale.around(value, spread.reach(confidence))
    if low == high:
        if measure.flawless is None:
            return unknown(_ALL_ALIKE, value)
        reach = measure.flawless(evidence, (1 - confidence) / 2)
        if value - metric.lowest < ROUNDING:
            high = value + reach
        elif metric.highest - value < ROUNDING:
            low = value - reach
    if found.indistinct:
        low = metric.lowest
    high += found.noise  # it is not certain that chance added it
    return ConfidenceInterval(value=value, low=max(low, metric.lowest), high=min(high, metric.highest))


def gain_interval(
    name: str,
    gain: Influence,
    target: np.ndarray,
    groups: np.ndarray,
    confidence: float,
    *,
    differs: np.ndarray,
) -> ConfidenceInterval:
    """Return a gain with its interval, or with the reason why it is inconclusive.

    :param name: the metric.
    :param gain: the difference of two models, and the influence of each row on it.
    :param target: 0 or 1 of shape (n,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param confidence: level of the interval, such as 0.95.
    :param differs: whether the models decide differently about a row, booleans of shape (n,).
    """
    evidence, summed = count_evidence(target, groups), sum_by_entity(gain, groups)
    return contributed_gain(name, summed, evidence, confidence, parted=count_entities(groups[differs]))


def contributed_gain(
    name: str, gain: Contributions, evidence: Evidence, confidence: float, *, parted: int
) -> ConfidenceInterval:
    """Return a gain with its interval, from what each entity contributes to it.

    :param name: the metric.
    :param gain: its value, and what each entity contributes.
    :param evidence: what the rows can tell.
    :param confidence: level of the interval.
    :param parted: how many entities have rows about which the models decide differently.
    """
    why = explain_scarcity(evidence, by_class=MEASURES[name].by_class)
    if not why and MEASURES[name].counts_decisions:
        why = explain_agreement(parted)
    if why:
        return unknown(why, gain.value)
    found = _difference(gain, evidence.everyone, confidence)
    if found.note or found.value == 0 or found.low < found.high:
        return found
    # Every entity gains the same. How far that can be trusted depends on what so many may not have shown.
    flawless = MEASURES[name].flawless
    reach = math.inf if flawless is None else flawless(evidence, (1 - confidence) / 2)
    if reach >= abs(found.value):
        return unknown(
            f"all {evidence.everyone.entities} entities gain the same, which may be luck of so few",
            found.value,
        )
    return ConfidenceInterval(value=found.value, low=found.value - reach, high=found.value + reach)


def interval(found: Influence, groups: np.ndarray, confidence: float) -> ConfidenceInterval:
    """Return a difference with its two-sided interval, whatever the labels are.

    :param found: the difference, and the influence of each row on it.
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param confidence: level of the interval, such as 0.95.
    :return: without an interval, and with a note that says why, where it is inconclusive.
    """
    return _difference(sum_by_entity(found, groups), describe_entities(np.bincount(groups)), confidence)


def _difference(found: Contributions, everyone: EntityCount, confidence: float) -> ConfidenceInterval:
    """Return a difference with its interval."""
    if not math.isfinite(found.value):
        return unknown(_UNDEFINED)
    spread = measure_spread(found.shares, everyone.entities)
    if not spread.error and abs(found.value) < ROUNDING:
        return _NOTHING
    if why := explain_concentration(everyone):
        return unknown(why, found.value)
    reach = spread.reach(confidence)
    return ConfidenceInterval(value=found.value, low=found.value - reach, high=found.value + reach)


def unknown(why: str, value: float = math.nan) -> ConfidenceInterval:
    """Return a figure without an interval.

    :param why: what is missing, and how much of it is needed.
    :param value: the figure on the test set itself, if it has one.
    """
    return ConfidenceInterval(value=value, low=math.nan, high=math.nan, note=why)


def standard_error(gain: BucketedGain) -> float:
    """Return the standard error of a gain from its bucket sums; 0 where nothing moves it.

    :param gain: a gain, also one that was added up over exams or deliveries.
    """
    return _spread(gain).error


def degrees_of_freedom(gain: BucketedGain) -> float:
    """Return the degrees of freedom of the t distribution that a gain follows, at least 1.

    :param gain: as above.
    """
    return _spread(gain).freedom


def bucketed_interval(gain: BucketedGain, confidence: float) -> ConfidenceInterval:
    """Return a gain with its two-sided interval from its bucket sums.

    :param gain: a gain, also one that was added up over exams or deliveries.
    :param confidence: level of the interval, such as 0.95.
    :return: without an interval, and with a note, where there are no rows.
    """
    if not math.isfinite(gain.value):
        return unknown(_UNDEFINED)
    spread = _spread(gain)
    if not spread.error and abs(gain.value) < ROUNDING:
        return _NOTHING
    reach = spread.reach(confidence)
    return ConfidenceInterval(value=gain.value, low=gain.value - reach, high=gain.value + reach)


def z_value(gain: BucketedGain, shift: float = 0.0) -> float:
    """Return how many standard errors a gain lies above a limit, as a standard normal quantile.

    Few entities make heavy tails; Phi^-1(F_t(z)) is what z would be without them, so that one bar serves all.

    :param gain: a gain, also one that was added up over exams or deliveries.
    :param shift: the limit, in the metric's unit.
    :return: 0 for a gain that is the limit exactly, infinite (of its sign) where nothing moves another; NaN
        without rows.
    """
    above, spread = gain.value - shift, _spread(gain)
    if spread.error:
        return normal_equivalent(above / spread.error, spread.freedom)
    return above if math.isnan(above) else 0.0 if abs(above) < ROUNDING else math.copysign(math.inf, above)


def _spread(gain: BucketedGain) -> Spread:
    """Return how far a gain could lie off, from its bucket sums."""
    shares = gain.shares
    return measure_spread(shares, len(shares))
