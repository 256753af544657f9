"""Metrics of a ranking: the area under the ROC curve, and the average precision.

The influence values of the AUC are the placements of DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44),
which Obuchowski (1997, Biometrics 53) sums by cluster. Those of the average precision are the derivative of
E[y T(S) / N(S)] / P(y = 1), where T and N are the shares of positives and of rows at or above a score; the
tests compare both with numeric derivatives of scikit-learn's weighted metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.base import Influence, Measure, Statistic, divide, mean_influence, undefined

if TYPE_CHECKING:
    from include.evaluation.evidence import Evidence


def _prepare_auc(target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Chance that a random positive is scored above a random negative; a tie counts half.

    This is the Mann-Whitney form. The negatives are sorted once; each positive then knows which of them it
    beats, and a resample only changes how often each of those counts.
    """
    positives, negatives = np.flatnonzero(target == 1), np.flatnonzero(target == 0)
    negatives = negatives[np.argsort(scores[negatives], kind="stable")]
    below = np.searchsorted(scores[negatives], scores[positives], side="left")
    up_to = np.searchsorted(scores[negatives], scores[positives], side="right")

    def statistic(weights: np.ndarray) -> np.ndarray:
        beaten = np.zeros((len(weights), len(negatives) + 1), dtype=weights.dtype)
        np.cumsum(weights[:, negatives], axis=1, out=beaten[:, 1:])
        drawn = weights[:, positives].astype(np.float64)
        wins = np.einsum("ij,ij->i", drawn, beaten[:, below]) + np.einsum("ij,ij->i", drawn, beaten[:, up_to])
        return divide(wins / 2, drawn.sum(axis=1) * beaten[:, -1])

    return statistic


def _auc_influence(target: np.ndarray, scores: np.ndarray) -> Influence:
    """Placements, scaled by class as DeLong's variance has it: a tie counts half."""
    above, under = target == 1, target == 0
    positives, negatives = np.sort(scores[above]), np.sort(scores[under])
    p, q, n = len(positives), len(negatives), len(target)
    if not p or not q:
        return undefined(n)
    beaten = _below(negatives, scores[above]) / q
    beating = 1 - _below(positives, scores[under]) / p
    auc = float(beaten.mean())
    rows = np.zeros(n)
    rows[above] = (beaten - auc) * (n / p) * _unbias(p)
    rows[under] = (beating - auc) * (n / q) * _unbias(q)
    return Influence(value=auc, rows=rows)


def _below(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Count how many of the ordered values lie below each value; equal ones count half."""
    below: np.ndarray = np.searchsorted(ordered, values, side="left").astype(np.float64)
    return (below + np.searchsorted(ordered, values, side="right")) / 2


def _unbias(count: int) -> float:
    """Return the factor that makes a mean square of deviations a variance; 1 for a single value."""
    return (count / (count - 1)) ** 0.5 if count > 1 else 1.0


def _auc_over_random_order(target: np.ndarray, scores: np.ndarray, _: int) -> Influence:
    """Return the AUC beyond that of a random order."""
    found = _auc_influence(target, scores)
    return Influence(value=found.value - 0.5, rows=found.rows)


def _prepare_precision(target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Precision at each distinct score, weighted by the recall gained there, as scikit-learn has it."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    positives = np.asarray(target == 1)[order]

    def statistic(weights: np.ndarray) -> np.ndarray:
        ordered = weights[:, order]
        drawn = np.cumsum(ordered, axis=1, dtype=weights.dtype)[:, ends]
        found = np.cumsum(ordered * positives, axis=1, dtype=weights.dtype)[:, ends]
        gained = np.diff(found, axis=1, prepend=0)
        precision = found / np.maximum(drawn, 1)
        return divide(np.einsum("ij,ij->i", gained, precision), found[:, -1])

    return statistic


def _precision_influence(target: np.ndarray, scores: np.ndarray) -> Influence:
    """The derivative of the mean precision over positives; equal scores share one precision."""
    n, p = len(target), int((target == 1).sum())
    if not p:
        return undefined(n)
    order = np.argsort(-scores, kind="stable")
    positive = target[order] == 1
    group = np.concatenate([[0], np.cumsum(np.diff(scores[order]) != 0)])
    rows_at = np.bincount(group)
    found_at = np.bincount(group, weights=positive)
    above = np.cumsum(rows_at)
    precision = np.cumsum(found_at) / above
    value = float(found_at @ precision) / p
    own = _from_the_end(found_at / above)  # what a row adds to the precision of the positives below it
    diluted = _from_the_end(found_at * precision / above)  # and what it takes from it
    ordered = -diluted[group] * (n / p)
    ordered[positive] += (precision + own - value)[group[positive]] * (n / p)
    rows = np.empty(n)
    rows[order] = ordered
    return Influence(value=value, rows=rows)


def _from_the_end(values: np.ndarray) -> np.ndarray:
    """Return the sum of each value and all that follow."""
    summed: np.ndarray = values[::-1].cumsum()[::-1]
    return summed


def _precision_over_random_order(target: np.ndarray, scores: np.ndarray, entities: int) -> Influence:
    """Return the average precision beyond a random order, which moves with the share of positives."""
    share = mean_influence((target == 1).astype("float64"))
    found = _precision_influence(target, scores)
    expected = expected_precision(share.value, entities)
    return Influence(value=found.value - expected, rows=found.rows - share.rows)


def expected_precision(rate: float, entities: int) -> float:
    """Return the average precision that a random order reaches on average.

    :param rate: share of positives.
    :param entities: how many independent rows there are.
    """
    if entities <= 1:
        return rate
    harmonic = float((1 / np.arange(1, entities + 1)).sum())
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


ROC_AUC = Measure(
    prepare=_prepare_auc,
    influence=_auc_influence,
    over_random_order=_auc_over_random_order,
    flawless=_reach_of_auc,
)
AVERAGE_PRECISION = Measure(
    flawless=_reach_of_precision,
    prepare=_prepare_precision,
    influence=_precision_influence,
    over_random_order=_precision_over_random_order,
)
