"""Losses that a test set could have held and did not: the least spread of a gain in log loss or Brier score.

A bold model, one whose probabilities are more extreme than the other's, gains a little on most rows and loses
much on a few. A test set that happens to hold none of those few shows a gain, and a spread that is too small,
because what would widen it was not drawn. No correction for skewness made from the sample finds it, since
such a sample is not skewed: with 40 positives of 4,000 rows z of a bold candidate that is no better lay above
3.04 four times as often as a normal variate, with Hall's transformation (1992, Journal of the Royal
Statistical Society B 54) as without.

The scores of both models know what was not drawn. On a row whose label is 1 with probability p, a gain that
is D higher if it is 1 than if it is 0 has the variance p (1 - p) D^2, and of more labels likewise. So the
influence values of a gain are
stretched until their squares add up to that, with p in the middle between the models, scaled to the share of
positives in the test set. Where the rows' own spread is as large nothing changes: rows of one entity, and
degrees of freedom, count as before. It is the evidence, held against a bar far out in the tail, that is
stretched. Two-sided intervals of 95 % are not: they hold the truth as often as they say without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.data.weights import weigh_mean
from include.evaluation.contributions import bucket_contributions
from include.evaluation.evidence import count_entities
from include.evaluation.metrics import MEASURES
from include.rounding import ROUNDING

if TYPE_CHECKING:
    from include.evaluation.buckets import BucketedGain
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows

_TWO = 2
PLENTY = 1_000
"""Entities of the rarer class that show what there is to lose; with fewer, the scores count the more."""


def bucket_evidence(
    name: str, gain: Contributions, better: ScoredRows, worse: ScoredRows, buckets: np.ndarray
) -> BucketedGain:
    """Return a gain in a form that adds up, spread at least as the scores say.

    :param name: the metric.
    :param gain: the gain, and what each entity contributes to it.
    :param better: the scores of the model that is asked about.
    :param worse: those of the model it is compared with, on the same rows in the same order.
    :param buckets: bucket of each entity, integers of shape (g,).
    """
    return bucket_contributions(gain.stretched(stretch(name, better, worse)), buckets)


def stretch(name: str, better: ScoredRows, worse: ScoredRows) -> float:
    """Return what the influence values of a gain are to be multiplied by, at least 1.

    :param name: the metric. It is 1 for those of ranking, whose rows have bounded influence either way, and
        for the accuracy, which counts the rows that the models decide differently.
    :param better: the scores of one model.
    :param worse: the scores of the other on the same rows, in the same order.
    """
    measure = MEASURES[name]
    if measure.values is None or measure.counts_decisions:
        return 1.0
    target, ours, theirs = better.target, better.scores, worse.scores
    labels = range(2 if ours.ndim == 1 else ours.shape[1])
    rarer = _count_rarest(target, better.groups, labels)
    if rarer >= PLENTY:
        return 1.0
    gains = np.stack([
        measure.values(np.full_like(target, label), ours)
        - measure.values(np.full_like(target, label), theirs)
        for label in labels
    ])
    weights = better.weights
    real = gains[target.astype(np.intp), np.arange(len(target))]
    seen = (
        float(np.var(real))
        if weights is None
        else weigh_mean((real - weigh_mean(real, weights)) ** 2, weights)
    )
    if math.sqrt(seen) < ROUNDING:  # every row gains the same, and what is left of its spread is rounding
        return 1.0
    variances = _variances(gains, _chances(target, ours + theirs, weights))
    expected = float(np.mean(variances)) if weights is None else weigh_mean(variances, weights)
    return math.sqrt(1 + (1 - rarer / PLENTY) * max(expected / seen - 1, 0.0))


def _chances(target: np.ndarray, both: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return the chance of each label in each row, of shape (k, n): the models' mean, scaled to the shares.

    :param target: number of each row's label, of shape (n,).
    :param both: the scores of both models, added up, of shape (n,) or (n, k).
    :param weights: how much each row counts, of mean 1; None where all count the same.
    """
    if both.ndim == 1:
        each: np.ndarray | int = 1 if weights is None else weights
        positive = np.minimum(both * (float((target * each).sum()) / float((both * each).sum())), 1.0)
        return np.stack([1 - positive, positive])
    counts = np.bincount(target, weights, minlength=both.shape[1])
    sums = (both if weights is None else both * weights[:, None]).sum(axis=0)
    scaled = (both * (counts / np.maximum(sums, ROUNDING))).T
    found: np.ndarray = scaled / np.maximum(scaled.sum(axis=0), ROUNDING)
    return found


def _variances(gains: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Return the variance of each row's gain over its labels, of shape (n,); both of shape (k, n)."""
    if len(gains) == _TWO:
        found: np.ndarray = chances[1] * chances[0] * (gains[1] - gains[0]) ** 2
        return found
    means = (chances * gains).sum(axis=0)
    return np.asarray((chances * (gains - means) ** 2).sum(axis=0))


def _count_rarest(target: np.ndarray, groups: np.ndarray | None, labels: range) -> int:
    """Return how many entities have rows of the label of which fewest have any, among those that occur."""
    places = [np.flatnonzero(target == label) for label in labels]
    known = [one for one in places if len(one) or len(labels) == _TWO]
    return min(len(one) if groups is None else count_entities(groups[one]) for one in known)
