"""Metrics of a ranking: the area under the ROC curve, and the average precision.

The influence values of the AUC are the placements of DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44),
which Obuchowski (1997, Biometrics 53) sums by cluster. Those of the average precision are the derivative of
E[y T(S) / N(S)] / P(y = 1), where T and N are the shares of positives and of rows at or above a score; the
tests compare both with numeric derivatives of scikit-learn's weighted metrics.

Both are tabulated by distinct score, from how many rows of each class have it: rows with equal scores are
alike, and their order can't matter. Only scores that a row of class 1 has are in the tables; between them
nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.base import Influence, Measure, undefined
from include.evaluation.measures.weighted_ranking import unbias, weighted_auc, weighted_precision

if TYPE_CHECKING:
    from include.evaluation.evidence import Evidence
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored import Scored


def _auc_influence(scored: Scored) -> Influence:
    """Placements, scaled by class as DeLong's variance has it: a tie counts half."""
    if (weights := scored.ordered_weights) is not None:
        return weighted_auc(scored, weights)
    ordered, n = scored.ordered, len(scored)
    p = len(ordered.positives)
    q = n - p
    if not p or not q:
        return undefined(n)
    of_positive, of_negative = n / p * unbias(p), n / q * unbias(q)
    begins, ends, found = ordered.held
    twice_below = 2 * np.cumsum(found)  # positives up to a step, doubled
    twice_above = twice_below - found  # those below it, and half of those on it
    twice_beaten = begins + ends - twice_above
    auc = int(found @ twice_beaten) / (2 * p * q)  # whole numbers, exact in any order
    passed, bounds = twice_below, begins
    if ordered.step is not None:  # on a step there may be rows of class 0 as well
        passed, bounds = np.stack([twice_above, passed], axis=1), np.stack([begins, ends], axis=1)
    negative = (1 - auc - np.append(0, passed) / (2 * p)) * of_negative
    rows = np.repeat(negative, np.diff(bounds.ravel(), prepend=0, append=n))
    rows[ordered.positives] = np.repeat((twice_beaten / (2 * q) - auc) * of_positive, found)
    return Influence(value=auc, rows=ordered.as_given(rows))


def _precision_influence(scored: Scored) -> Influence:
    """The derivative of the mean precision over positives; equal scores share one precision."""
    if (weights := scored.ordered_weights) is not None:
        return weighted_precision(scored, weights)
    ordered = scored.ordered
    p, n = len(ordered.positives), len(scored)
    if not p:
        return undefined(n)
    begins, _, found = ordered.held
    above, found = n - begins[::-1], found[::-1]  # rows on a step or above, highest first
    precision = np.cumsum(found) / above
    value = float((found * precision).sum()) / p  # in one order, whatever the number of threads
    added = found / above
    # What a row takes from the precision of the positives below it, and what is left of what one adds to it.
    taken, left = _from_the_end(added * precision), _from_the_end(added * (1 - precision))
    rows = np.repeat(np.append(taken, 0.0)[::-1] * (-n / p), np.diff(begins, prepend=0, append=n))
    rows[ordered.positives] = np.repeat((precision - value + left)[::-1] * (n / p), found[::-1])
    return Influence(value=value, rows=ordered.as_given(rows))


def _from_the_end(values: np.ndarray) -> np.ndarray:
    """Return the sum of each value and all that follow."""
    summed: np.ndarray = values[::-1].cumsum()[::-1]
    return summed


def above_chance(found: Contributions, _: Contributions | None, __: int) -> Contributions:
    """Return the AUC beyond that of a random order."""
    return found.above(0.5)


def _precision_over_trivial(
    found: Contributions, share: Contributions | None, entities: int
) -> Contributions:
    """Return the average precision beyond a random order, which moves with the share of positives."""
    if share is None:
        raise ValueError("the average precision is one of two classes")
    beyond = found - share
    return beyond.above(expected_precision(share.value, entities) - share.value)


def expected_precision(rate: float, entities: int) -> float:
    """Return the average precision that a random order reaches on average.

    :param rate: share of positives.
    :param entities: how many independent rows there are.
    """
    from scipy.special import digamma

    if entities <= 1:
        return rate
    harmonic = float(digamma(entities + 1)) + np.euler_gamma  # 1 + 1/2 + ... + 1/entities
    others = (rate * entities - 1) / (entities - 1)
    return min((harmonic + others * (entities - harmonic)) / entities, 1.0)


def _reach_of_auc(evidence: Evidence, tail: float) -> float:
    """Return how far the AUC of a flawless order may lie from the truth.

    A sample holds as many independent pairs as its smaller class has entities, and with an AUC of A all of
    them are in order with the probability A to that power at most.
    """
    pairs = min(evidence.positives.alike, evidence.negatives.alike)
    return float(1 - tail ** (1 / pairs))


def _reach_of_precision(evidence: Evidence, tail: float) -> float:
    """Return how far the average precision of a flawless order may lie from the truth.

    If each positive had r negatives above it for each positive in the whole population, p positives would
    see none of them with the probability exp(-r p), and the average precision would be 1 - r log(1 + 1/r).
    """
    ratio = -np.log(tail) / evidence.positives.alike
    return float(ratio * np.log1p(1 / ratio))


ROC_AUC = Measure(influence=_auc_influence, over_trivial=above_chance, flawless=_reach_of_auc)
AVERAGE_PRECISION = Measure(
    influence=_precision_influence,
    over_trivial=_precision_over_trivial,
    flawless=_reach_of_precision,
)
