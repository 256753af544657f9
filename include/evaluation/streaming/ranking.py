"""Influence values of ranking metrics by bin, from how many rows of each class a bin holds.

The formulas are those of :mod:`include.evaluation.measures.ranking`. Rows of a bin count as equal scores
where they are equal, and else as spread over the bin: the average precision, in which equal scores share the
precision of the last of them, would come out too low by 4e-5 otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.evaluation.measures.weighted_ranking import unbias
from include.evaluation.streaming.weighing import equivalent_counts

if TYPE_CHECKING:
    from collections.abc import Callable


class Table(NamedTuple):
    """A metric's value, and the influence of a row by its class and bin.

    :param value: NaN where the metric is not defined.
    :param negative: influence of a row of class 0, float64 of shape (b,), for the occupied bins.
    :param positive: that of a row of class 1.
    """

    value: float
    negative: np.ndarray
    positive: np.ndarray


def tabulate_auc(rows: np.ndarray, _: np.ndarray, squares: np.ndarray | None = None) -> Table:
    """Tabulate the area under the ROC curve, in which equal scores and spread ones count half alike.

    It is not defined for one class.

    :param rows: rows of class 0 and of class 1 in each bin, lowest first, integers of shape (2, b); their
        weight, float64, where rows have one.
    :param _: whether a bin holds different scores.
    :param squares: the squares of the weights, added up, of shape (2, b); None where all rows count the same.
    """
    negatives, positives = rows
    p, q = positives.sum().item(), negatives.sum().item()
    if not p or not q:
        return _undefined(len(positives))
    beaten = (np.cumsum(negatives) - negatives / 2) / q
    beating = 1 - (np.cumsum(positives) - positives / 2) / p
    auc = float((positives * beaten).sum()) / p
    n, alike = p + q, (q, p) if squares is None else equivalent_counts(rows.sum(axis=1), squares.sum(axis=1))
    of_negative, of_positive = n / q * unbias(alike[0]), n / p * unbias(alike[1])
    return Table(auc, (beating - auc) * of_negative, (beaten - auc) * of_positive)


def tabulate_precision(rows: np.ndarray, spread: np.ndarray, squares: np.ndarray | None = None) -> Table:
    """Tabulate the average precision; it is not defined without positives.

    :param rows: as for :func:`tabulate_auc`.
    :param spread: whether a bin holds different scores, booleans of shape (b,).
    :param squares: as for :func:`tabulate_auc`.
    """
    negatives, positives = rows
    p, n = positives.sum().item(), (positives.sum() + negatives.sum()).item()
    if not p:
        return _undefined(len(positives))
    found, every = positives[::-1], (positives + negatives)[::-1]
    alike = (found, every)
    if squares is not None:
        of_both = equivalent_counts(every, squares.sum(axis=0)[::-1])
        alike = (equivalent_counts(found, squares[1, ::-1]), of_both)
    of_found, of_rows = (_share_before(counts, spread[::-1]) for counts in alike)
    above = np.cumsum(every) - every + of_rows * every
    precision = (np.cumsum(found) - found + of_found * found) / above
    value = float((found * precision).sum()) / p
    added, taken = found / above, found * precision / above
    own = _from_the_end(added) - (1 - of_found) * added
    diluted = (_from_the_end(taken) - (1 - of_rows) * taken)[::-1] * (n / p)
    return Table(value, -diluted, (precision + own - value)[::-1] * (n / p) - diluted)


def _share_before(counts: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the share of a bin's rows that lie at or above one of them on average, of shape (b,).

    :param counts: how many rows of equal weight each bin holds.
    :param spread: whether it holds different scores.
    """
    return np.where(spread, (counts + 1) / (2 * np.maximum(counts, 1)), 1.0)


def _from_the_end(values: np.ndarray) -> np.ndarray:
    """Return the sum of each value and all that follow."""
    summed: np.ndarray = values[::-1].cumsum()[::-1]
    return summed


def _undefined(bins: int) -> Table:
    return Table(float("nan"), np.zeros(bins), np.zeros(bins))


RANKINGS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray | None], Table]] = {
    "roc_auc": tabulate_auc,
    "average_precision": tabulate_precision,
}
