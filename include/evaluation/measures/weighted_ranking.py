"""Metrics of a ranking where rows have weights: the formulas of :mod:`include.evaluation.measures.ranking`.

A row of weight w is w rows, so that counts become sums of weights, and a row's influence is w times that of
one row. Sums of weights are no whole numbers, so that both metrics are added up in the order of the scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.data.weights import count_equivalent
from include.evaluation.measures.base import Influence, undefined

if TYPE_CHECKING:
    from include.evaluation.measures.scored import Scored


class _Steps(NamedTuple):
    """Weights by distinct score, lowest first, float64 of shape (s,) each, and of the rows in that order.

    :param positive: of the rows of class 1.
    :param negative: of those of class 0.
    :param rows: weight of each row in the order of the scores, of shape (n,).
    :param step: number of its step, integers of shape (n,).
    """

    positive: np.ndarray
    negative: np.ndarray
    rows: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, scored: Scored, weights: np.ndarray) -> _Steps:
        """Add the weights up; of shape (n,), in the order of the scores."""
        ordered = scored.ordered
        step = np.arange(len(scored)) if ordered.step is None else ordered.step
        found, others = (
            np.bincount(step, weights=np.where(chosen, weights, 0.0))
            for chosen in (ordered.positive, ~ordered.positive)
        )
        return cls(found, others, weights, step)


def weighted_auc(scored: Scored, weights: np.ndarray) -> Influence:
    """Return the area under the ROC curve: the chance that one drawn by weight is above another.

    :param scored: the rows.
    :param weights: their weights in the order of the scores, of mean 1, float64 of shape (n,).
    """
    steps, positive, n = _Steps.of(scored, weights), scored.ordered.positive, len(scored)
    p, q = float(steps.positive.sum()), float(steps.negative.sum())
    if not p or not q:
        return undefined(n)
    beaten = (np.cumsum(steps.negative) - steps.negative / 2) / q
    beating = 1 - (np.cumsum(steps.positive) - steps.positive / 2) / p
    auc = min(float((steps.positive * beaten).sum()) / p, 1.0)
    of_positive, of_negative = (
        n / total * unbias(count_equivalent(weights[chosen]))
        for total, chosen in ((p, positive), (q, ~positive))
    )
    rows = np.where(
        positive, (beaten - auc)[steps.step] * of_positive, (beating - auc)[steps.step] * of_negative
    )
    return Influence(value=auc, rows=scored.ordered.as_given(rows * weights))


def unbias(count: float) -> float:
    """Return the factor that makes a mean square of deviations a variance; 1 for a single value.

    :param count: how many rows of equal weight would say as much.
    """
    return float((count / (count - 1)) ** 0.5) if count > 1 else 1.0


def weighted_precision(scored: Scored, weights: np.ndarray) -> Influence:
    """Return the average precision; parameters as of :func:`weighted_auc`."""
    steps, positive, n = _Steps.of(scored, weights), scored.ordered.positive, len(scored)
    p = float(steps.positive.sum())
    if not p:
        return undefined(n)
    found, rows = steps.positive[::-1], (steps.positive + steps.negative)[::-1]
    above = np.cumsum(rows)
    precision = np.minimum(np.cumsum(found) / above, 1.0)
    value = float((found * precision).sum()) / p
    added = found / above
    taken = (added * precision)[::-1].cumsum()
    left = (added * (1 - precision))[::-1].cumsum()
    of_positive = (precision[::-1] - value + left)[steps.step]
    influences = np.where(positive, of_positive, -taken[steps.step]) * (n / p)
    return Influence(value=value, rows=scored.ordered.as_given(influences * weights))
