"""Intervals from influence values: how far a difference could be luck of the test set.

The variance is the sum of squares of the entities' summed influence values, so that rows of one customer
count as the one observation that they are (the "sandwich" with clusters: Liang and Zeger 1986, Biometrika
73). Where a few entities carry most of it, as with few positives, a normal quantile is too short; the t
quantile has the degrees of freedom that match the variance of that sum (Satterthwaite 1946, Biometrics
Bulletin 2). The percentile bootstrap covers too little exactly there: at 6 to 15 positives its lower end lies
above the truth in 4 to 8 cases of a hundred instead of 2.5.

Below ten entities of either class no method is honest, and the result is inconclusive. Nor is any
where a few entities hold most of the rows: they count as the number of equal ones that would say as much.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from include.evaluation.measures.base import Influence

FEWEST_ENTITIES = 10
_EXACT = 1e-12  # a difference per row below this is rounding


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
    why = explain_scarcity(target, groups)
    if not why and MEASURES[name].counts_decisions:
        why = explain_agreement(differs, groups)
    return unknown(why, gain.value) if why else interval(gain, groups, confidence)


def interval(found: Influence, groups: np.ndarray, confidence: float) -> ConfidenceInterval:
    """Return a difference with its two-sided interval.

    :param found: the difference, and the influence of each row on it.
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param confidence: level of the interval, such as 0.95.
    :return: without an interval, and with a note that says why, where it is inconclusive.
    """
    from scipy.stats import t

    if not math.isfinite(found.value):
        return unknown("it is not defined on this test set")
    if abs(found.value) < _EXACT and np.abs(found.rows).max() < _EXACT:
        return ConfidenceInterval(value=0.0, low=0.0, high=0.0)
    shares = np.bincount(groups, weights=found.rows) / len(found.rows)
    moved = int((np.abs(shares) > _EXACT / len(found.rows)).sum())
    entities = len(shares)
    if entities < 2 * FEWEST_ENTITIES:
        return unknown(f"only {entities} entities, {2 * FEWEST_ENTITIES} needed", found.value)
    alike = count_alike(groups)
    if alike < 2 * FEWEST_ENTITIES:
        why = f"some of the {entities} entities have so many of the rows that they count as {alike:.1f}"
        return unknown(f"{why}, {2 * FEWEST_ENTITIES} needed", found.value)
    squares, fourths = float((shares**2).sum()), float((shares**4).sum())
    spread = math.sqrt(squares * entities / (entities - 1))
    excess = fourths - squares**2 / entities
    freedom = min(max(2 * squares**2 / excess, 1.0), entities - 1.0) if excess > 0 else entities - 1.0
    reach = spread * float(t.ppf((1 + confidence) / 2, freedom)) if moved else 0.0
    return ConfidenceInterval(value=found.value, low=found.value - reach, high=found.value + reach)


def unknown(why: str, value: float = math.nan) -> ConfidenceInterval:
    """Return a figure without an interval.

    :param why: what is missing, and how much of it is needed.
    :param value: the figure on the test set itself, if it has one.
    """
    return ConfidenceInterval(value=value, low=math.nan, high=math.nan, note=why)


def explain_scarcity(target: np.ndarray, groups: np.ndarray) -> str:
    """Return why a test set is too small to tell anything, or nothing when it is not.

    :param target: 0 or 1 of shape (n,).
    :param groups: number of each row's entity, integers of shape (n,).
    """
    counts = {
        name: len(np.unique(groups[target == label]))
        for name, label in (("a positive", 1), ("a negative", 0))
    }
    few = [
        f"{count} {'entity' if count == 1 else 'entities'} with {name} label"
        for name, count in counts.items()
        if count < FEWEST_ENTITIES
    ]
    if few:
        return f"only {' and '.join(few)}, {FEWEST_ENTITIES} needed"
    for name, label in (("a positive", 1), ("a negative", 0)):
        alike = count_alike(groups[target == label])
        if alike < FEWEST_ENTITIES:
            return (
                f"some entities have so many of the rows with {name} label that these count as {alike:.1f} "
                f"entities, {FEWEST_ENTITIES} needed"
            )
    return ""


def count_alike(groups: np.ndarray) -> float:
    """Return how many entities of equally many rows would say as much (Kish 1965, "Survey Sampling").

    One entity with half of all rows moves every mean towards itself, and so hides how far it lies off: noise
    was distinguished from chance in 12 of a hundred trials, and two equal models from each other in up to 43.

    :param groups: number of each row's entity, integers of shape (n,), at least one.
    """
    sizes = np.bincount(groups).astype(np.float64)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def explain_agreement(differs: np.ndarray, groups: np.ndarray) -> str:
    """Return why two models decide too much alike to be told apart, or nothing when they don't.

    For a metric that counts decisions, such as the accuracy, rows on which both decide the same say nothing.

    :param differs: whether the models decide differently, booleans of shape (n,).
    :param groups: number of each row's entity, integers of shape (n,).
    """
    count = len(np.unique(groups[differs]))
    if not 0 < count < FEWEST_ENTITIES:
        return ""
    what = "entity is" if count == 1 else "entities are"
    return f"only {count} {what} decided differently, {FEWEST_ENTITIES} needed"
