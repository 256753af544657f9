"""Influence values of ranking metrics by bin, from how many rows of each class a bin holds.

The formulas are those of :mod:`include.evaluation.measures.ranking`. Rows of a bin count as equal scores
where they are equal, and else as spread over the bin: the average precision, in which equal scores share the
precision of the last of them, would come out too low by 4e-5 otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

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


def tabulate_auc(negatives: np.ndarray, positives: np.ndarray, _: np.ndarray) -> Table:
    """Tabulate the area under the ROC curve, in which equal scores and spread ones count half alike.

    It is not defined for one class.

    :param negatives: rows of class 0 in each bin, lowest first, integers of shape (b,).
    :param positives: those of class 1.
    :param _: whether a bin holds different scores.
    """
    p, q = int(positives.sum()), int(negatives.sum())
    if not p or not q:
        return _undefined(len(positives))
    beaten = (np.cumsum(negatives) - negatives / 2) / q
    beating = 1 - (np.cumsum(positives) - positives / 2) / p
    auc = float((positives * beaten).sum()) / p
    n = p + q
    return Table(auc, (beating - auc) * (n / q) * _unbias(q), (beaten - auc) * (n / p) * _unbias(p))


def tabulate_precision(negatives: np.ndarray, positives: np.ndarray, spread: np.ndarray) -> Table:
    """Tabulate the average precision; it is not defined without positives.

    :param negatives: rows of class 0 in each bin, lowest first, integers of shape (b,).
    :param positives: those of class 1.
    :param spread: whether a bin holds different scores, booleans of shape (b,).
    """
    p, n = int(positives.sum()), int(positives.sum() + negatives.sum())
    if not p:
        return _undefined(len(positives))
    found, rows = positives[::-1], (positives + negatives)[::-1]
    of_found, of_rows = (_share_before(counts, spread[::-1]) for counts in (found, rows))
    above = np.cumsum(rows) - rows + of_rows * rows
    precision = (np.cumsum(found) - found + of_found * found) / above
    value = float((found * precision).sum()) / p
    added, taken = found / above, found * precision / above
    own = _from_the_end(added) - (1 - of_found) * added
    diluted = (_from_the_end(taken) - (1 - of_rows) * taken)[::-1] * (n / p)
    return Table(value, -diluted, (precision + own - value)[::-1] * (n / p) - diluted)


def _share_before(counts: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the share of a bin's rows that lie at or above one of them on average, of shape (b,)."""
    return np.where(spread, (counts + 1) / (2 * np.maximum(counts, 1)), 1.0)


def _from_the_end(values: np.ndarray) -> np.ndarray:
    """Return the sum of each value and all that follow."""
    summed: np.ndarray = values[::-1].cumsum()[::-1]
    return summed


def _undefined(bins: int) -> Table:
    return Table(float("nan"), np.zeros(bins), np.zeros(bins))


def _unbias(count: int) -> float:
    """Return the factor that makes a mean square of deviations a variance; 1 for a single value."""
    return float((count / (count - 1)) ** 0.5) if count > 1 else 1.0


RANKINGS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], Table]] = {
    "roc_auc": tabulate_auc,
    "average_precision": tabulate_precision,
}
