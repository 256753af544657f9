"""What each entity contributes to a figure: its rows' influence values, summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.buckets import BUCKETS, BucketedGain

if TYPE_CHECKING:
    from include.evaluation.measures.base import Influence


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """A figure, and what each entity contributes to it.

    :param value: the figure; NaN where it is not defined.
    :param sums: influence values summed by entity, float64 of shape (g,).
    :param rows: number of rows.
    """

    value: float
    sums: np.ndarray
    rows: int

    def __sub__(self, other: Contributions) -> Contributions:
        """Return the difference of two figures on the same rows."""
        return Contributions(value=self.value - other.value, sums=self.sums - other.sums, rows=self.rows)

    @property
    def shares(self) -> np.ndarray:
        """The sums by the number of rows: the parts that the figure's error is made of."""
        return self.sums / self.rows

    def to_buckets(self, buckets: np.ndarray) -> BucketedGain:
        """Return the figure in a form that adds up.

        :param buckets: what :func:`include.evaluation.buckets.assign_buckets` returns for each entity, of
            shape (g,).
        """
        sums = np.bincount(buckets, weights=self.sums, minlength=BUCKETS)
        return BucketedGain(rows=self.rows, total=self.value * self.rows, sums=sums)


def sum_by_entity(found: Influence, groups: np.ndarray, entities: int = 0) -> Contributions:
    """Return what each entity contributes to a figure.

    :param found: the figure, and the influence of each row on it.
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param entities: how many there are at least, where not all occur.
    """
    sums = np.bincount(groups, weights=found.rows, minlength=entities)
    return Contributions(value=found.value, sums=sums, rows=len(found.rows))
