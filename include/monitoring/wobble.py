"""What differs between the days of the training data, and not only between their rows.

Weekdays, the weather, the end of the month: such differences do not average out in a larger batch. Where the
training data holds several days, each is measured against all others, and what lies beyond chance is kept as
the column's *wobble*: a batch may lie as far off as any day that the model has learned from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.monitoring.drift_names import MISSING_SHARE
from include.monitoring.null import UPPER
from include.monitoring.statistics import find_measure

if TYPE_CHECKING:
    from include.monitoring.columns import Column
    from include.monitoring.null import Null
    from include.monitoring.resample import Sample

_DAYS = 400  # days compared at most, the newest ones
_DAY_ROWS = 100  # rows of a day from which it is compared


def measure_wobble(sample: Sample, name: str, column: Column, null: Null, rows: int) -> float:
    """Return how far the days of a sample lie from each other, beyond what chance explains.

    Each day is measured against all others. Of the largest distance the one is taken off that chance alone
    would give the largest of so many.

    :param sample: rows of the training data.
    :param name: the column.
    :param column: its places.
    :param null: what its statistic comes to by chance.
    :param rows: rows of the whole training data.
    :return: a distance, 0 where there is one day only.
    """
    import numpy as np

    days, number = np.unique(sample.days, return_inverse=True)
    kept = [day for day, size in enumerate(np.bincount(number)) if size >= _DAY_ROWS][-_DAYS:]
    if len(days) < 2 or not kept:  # noqa: PLR2004 (one day has no other)
        return 0.0
    cells = np.bincount(sample.places[name] + number * column.size, minlength=len(days) * column.size)
    counts = cells.reshape(len(days), column.size)
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
