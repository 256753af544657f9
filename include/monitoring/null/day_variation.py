"""What differs between the days of the training data, and not only between their rows.

Weekdays, the weather, the end of the month: such differences do not average out in a larger batch. Where the
training data holds several days, each is measured against all others, and what lies beyond chance is kept as
the column's *wobble*: a batch may lie as far off as any day that the model has learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.config.drift_statistics import MISSING_SHARE
from include.monitoring.histogram.distances import find_measure
from include.monitoring.null.distribution import UPPER

if TYPE_CHECKING:
    import numpy as np

    from include.monitoring.histogram.binning import Column
    from include.monitoring.null.distribution import Null

_DAYS = 400  # days compared at most, the newest ones
_DAY_ROWS = 100  # rows of a day from which it is compared


@dataclass(frozen=True, eq=False, kw_only=True)
class Days:
    """The days of a sample.

    :param number: the day of each row, counted from 0, shape (n,).
    :param total: how many there are.
    :param compared: numbers of those with enough rows, increasing.
    """

    number: np.ndarray
    total: int
    compared: list[int]


def find_days(days: np.ndarray) -> Days:
    """Number the days of a sample, for all its columns.

    :param days: any number for each row's day, shape (n,).
    """
    import numpy as np

    distinct, number = np.unique(days, return_inverse=True)
    compared = [day for day, size in enumerate(np.bincount(number)) if size >= _DAY_ROWS][-_DAYS:]
    return Days(number=number, total=len(distinct), compared=compared)


def measure_wobble(places: np.ndarray, days: Days, column: Column, null: Null, rows: int) -> float:
    """Return how far the days of a sample lie from each other, beyond what chance explains.

    Each day is measured against all others. Of the largest distance the one is taken off that chance alone
    would give the largest of so many.

    :param places: the place of each row of the sample, shape (n,).
    :param days: their days.
    :param column: the places.
    :param null: what its statistic comes to by chance.
    :param rows: rows of the whole training data.
    :return: a distance, 0 where there is one day only.
    """
    import numpy as np

    kept = days.compared
    if days.total < 2 or not kept:  # noqa: PLR2004 (one day has no other)
        return 0.0
    cells = np.bincount(places + days.number * column.size, minlength=days.total * column.size)
    counts = cells.reshape(days.total, column.size)
    others = counts.sum(axis=0) - counts[kept]
    effects = find_measure(null.statistic, column)(others, counts[kept], column)
    first = 0 if null.statistic == MISSING_SHARE else 1
    own, left = counts[kept][:, first:].sum(axis=1), others[:, first:].sum(axis=1)
    beyond = 0.0
    for effect, here, there in zip(effects.tolist(), own.tolist(), left.tolist(), strict=True):
        if here and there:
            alike = 1 / (
                1 / here + 1 / there - 1 / rows
            )  # the null holds the whole reference's error already
            chance = null.critical(int(alike), min(UPPER, 1 / (len(kept) + 1)))
            beyond = max(beyond, null.to_distance(effect) - chance)
    return beyond
