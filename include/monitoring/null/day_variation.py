"""Between-day variation: what differs between the days of the training data, and not only between their rows.

Weekdays, the weather, the end of the month: such differences do not average out in a larger batch. Where the
training data holds several days, each is measured against all others, and what lies beyond chance is kept
with the column's null distribution: a batch may lie as far off as any day that the model has learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.monitoring.histogram.distances import count_rows, find_distance
from include.monitoring.null.distribution import UPPER

if TYPE_CHECKING:
    from include.monitoring.histogram.binning import Bins
    from include.monitoring.null.distribution import NullDistribution

_DAYS = 400  # days compared at most, the newest ones
_DAY_ROWS = 100  # rows of a day from which it is compared


@dataclass(frozen=True, eq=False, kw_only=True)
class Days:
    """The days of a sample.

    :param number: the day of each row, counted from 0, shape (n,).
    :param total: how many there are.
    :param compared: numbers of those with enough rows, increasing.
    :param rows: how many rows each has, shape (total,).
    :param weights: how much each row counts, above 0, shape (n,); None where all count the same.
    """

    number: np.ndarray
    total: int
    compared: list[int]
    rows: np.ndarray
    weights: np.ndarray | None = None


def find_days(days: np.ndarray, weights: np.ndarray | None = None) -> Days:
    """Number the days of a sample, for all its columns.

    :param days: any number for each row's day, shape (n,).
    :param weights: how much each row counts, above 0, shape (n,); None where all count the same.
    """
    distinct, number = np.unique(days, return_inverse=True)
    rows = np.bincount(number)
    compared = [day for day, size in enumerate(rows) if size >= _DAY_ROWS][-_DAYS:]
    return Days(number=number, total=len(distinct), compared=compared, rows=rows, weights=weights)


def measure_day_variation(
    assigned: np.ndarray, days: Days, bins: Bins, null: NullDistribution, rows: int
) -> float:
    """Return how far the days of a sample lie from each other, beyond what chance explains.

    Each day is measured against all others. From the largest distance the one is subtracted that chance alone
    would give the largest of so many.

    :param assigned: the bin of each row of the sample, shape (n,).
    :param days: their days.
    :param bins: the column's bins.
    :param null: the null distribution of its statistic.
    :param rows: rows of the whole training data.
    :return: a distance, 0 where there is one day only.
    """
    kept = days.compared
    if days.total < 2 or not kept:  # noqa: PLR2004 (one day has no other)
        return 0.0
    cells = np.bincount(
        assigned + days.number * bins.size, weights=days.weights, minlength=days.total * bins.size
    )
    counts = cells.reshape(days.total, bins.size)
    compared, others = counts[kept], counts.sum(axis=0) - counts[kept]
    if days.weights is not None:
        others = np.maximum(others, 0.0)  # a difference of sums may round to less
        compared = _as_rows(compared, days.rows[kept])
        others = _as_rows(others, days.rows.sum() - days.rows[kept])
    effects = find_distance(null.statistic, bins).measure(others, compared, bins)
    own, left = (count_rows(null.statistic, part) for part in (compared, others))
    beyond = 0.0
    for effect, here, there in zip(effects.tolist(), own.tolist(), left.tolist(), strict=True):
        if here and there:
            # The null distribution holds the whole reference's error already.
            alike = 1 / (1 / here + 1 / there - 1 / rows)
            chance = null.critical_distance(int(alike), min(UPPER, 1 / (len(kept) + 1)))
            beyond = max(beyond, null.to_distance(effect) - chance)
    return beyond


def _as_rows(sums: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return sums of weights of shape (days, bins) as parts of so many rows a day, of shape (days,)."""
    found: np.ndarray = sums / sums.sum(axis=1, keepdims=True) * rows[:, None]
    return found
