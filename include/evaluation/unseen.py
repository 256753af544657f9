"""Losses that a test set could have held and did not: the least spread of a gain in log loss or Brier score.

A bold model, one whose probabilities are more extreme than the other's, gains a little on most rows and loses
much on a few. A test set that happens to hold none of those few shows a gain, and a spread that is too small,
because what would widen it was not drawn. No correction for skewness made from the sample finds it, since
such a sample is not skewed: with 40 positives of 4,000 rows z of a bold candidate that is no better lay above
3.04 four times as often as a normal variate, with Hall's transformation (1992, Journal of the Royal
Statistical Society B 54) as without.

The scores of both models know what was not drawn. On a row whose label is 1 with probability p, a gain that
is D higher if it is 1 than if it is 0 has the variance p (1 - p) D^2. So the influence values of a gain are
stretched until their squares add up to that, with p in the middle between the models, scaled to the share of
positives in the test set. Where the rows' own spread is as large nothing changes: rows of one entity, and
degrees of freedom, count as before. It is the evidence, held against a bar far out in the tail, that is
stretched. Two-sided intervals of 95 % are not: they hold the truth as often as they say without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.contributions import bucket_contributions
from include.evaluation.evidence import count_entities
from include.evaluation.metrics import MEASURES
from include.rounding import ROUNDING

if TYPE_CHECKING:
    from include.evaluation.buckets import BucketedGain
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored import Scored

PLENTY = 1_000
"""Entities of the rarer class that show what there is to lose; with fewer, the scores count the more."""


def bucket_evidence(
    name: str, gain: Contributions, better: Scored, worse: Scored, buckets: np.ndarray
) -> BucketedGain:
    """Return a gain in a form that adds up, spread at least as the scores say.

    :param name: the metric.
    :param gain: the gain, and what each entity contributes to it.
    :param better: the scores of the model that is asked about.
    :param worse: those of the model it is compared with, on the same rows in the same order.
    :param buckets: bucket of each entity, integers of shape (g,).
    """
    return bucket_contributions(gain.stretched(stretch(name, better, worse)), buckets)


def stretch(name: str, better: Scored, worse: Scored) -> float:
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
    rarer = _count_rarer(target, better.groups)
    if rarer >= PLENTY:
        return 1.0
    if_negative, if_positive = (
        measure.values(np.full_like(target, label), ours)
        - measure.values(np.full_like(target, label), theirs)
        for label in (0, 1)
    )
    seen = float(np.var(np.where(target == 1, if_positive, if_negative)))
    if math.sqrt(seen) < ROUNDING:  # every row gains the same, and what is left of its spread is rounding
        return 1.0
    both = ours + theirs
    chances = np.minimum(both * (float(target.sum()) / float(both.sum())), 1.0)
    expected = float(np.mean(chances * (1 - chances) * (if_positive - if_negative) ** 2))
    return math.sqrt(1 + (1 - rarer / PLENTY) * max(expected / seen - 1, 0.0))


def _count_rarer(target: np.ndarray, groups: np.ndarray | None) -> int:
    """Return how many entities have rows of the class of which fewer have any."""
    places = [np.flatnonzero(target == label) for label in (0, 1)]
    return min(len(one) if groups is None else count_entities(groups[one]) for one in places)
