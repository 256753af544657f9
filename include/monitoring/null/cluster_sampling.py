"""Draw batches and references without drift from a sample of the training data, whole clusters at a time.

Rows of one customer look alike, so a thousand rows of a hundred customers hold as little information as a few
hundred rows would. What is drawn is therefore never a row but a cluster (Field and Welsh 2007, "Bootstrapping
clustered data"):

- for a batch all rows that one entity has on one day, because a batch is one delivery: in a monthly panel
  every customer comes once, whatever the number of months trained on;
- for the reference all rows of an entity, because it holds the same customers again and again and errs with
  them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """Rows of the training data, whole entities, by their bins.

    :param entities: any number for each row's entity, shape (n,).
    :param days: any number for each row's day, shape (n,).
    :param bins: for each column (and the predictions) the bin of each row, integers of shape (n,).
    :param weights: how much each row counts, above 0, float64 of shape (n,); None where all count the same.
    """

    entities: np.ndarray
    days: np.ndarray
    bins: Mapping[str, np.ndarray]
    weights: np.ndarray | None = None


class Drawer(Protocol):
    """Anything that draws counts without drift."""

    def draw(self, generator: np.random.Generator, rows: int, repeats: int) -> tuple[np.ndarray, np.ndarray]:
        """Return row numbers and the repeat each belongs to, both of shape (about rows * repeats,)."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Rows in clusters.

    :param order: row numbers, cluster by cluster, shape (n,).
    :param starts: where each cluster begins in ``order``, shape (c,).
    :param sizes: rows of each cluster, shape (c,).
    """

    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @property
    def single(self) -> bool:
        """Whether every row is a cluster of its own."""
        return len(self.starts) == len(self.order)

    def draw(self, generator: np.random.Generator, rows: int, repeats: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw clusters with replacement, for about ``rows`` rows in each repeat.

        :param generator: source of chance.
        :param rows: rows of each repeat: as many clusters are drawn as hold them on average.
        :param repeats: how many times.
        """
        drawn = max(1, round(rows / (len(self.order) / len(self.starts))))
        chosen = generator.integers(0, len(self.starts), size=drawn * repeats, dtype=np.int32)
        if self.single:
            return self.order[chosen], np.repeat(np.arange(repeats), drawn)
        sizes = self.sizes[chosen]
        ends = np.cumsum(sizes)
        within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
        picked = self.order[np.repeat(self.starts[chosen], sizes) + within]
        return picked, np.repeat(np.repeat(np.arange(repeats), drawn), sizes)


def cluster(*keys: np.ndarray) -> Clusters:
    """Put rows with the same keys into one cluster.

    :param keys: one or more arrays of shape (n,), n at least 1.
    """
    order = np.lexsort(keys)
    new = np.zeros(len(order), dtype=bool)
    new[0] = True
    for key in keys:
        ordered = key[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(new)
    return Clusters(order=order, starts=starts, sizes=np.diff(np.append(starts, len(order))))


@dataclass(frozen=True, eq=False)
class Multinomial:
    """Independent rows, drawn from counts: all that an old profile leaves to draw from.

    A "row number" is then a bin.

    :param counts: counts of the reference, shape (bins,), one at least.
    """

    counts: np.ndarray

    def draw(self, generator: np.random.Generator, rows: int, repeats: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw bins in proportion to their counts."""
        ends = np.cumsum(self.counts)
        drawn = np.searchsorted(ends, generator.integers(0, ends[-1], size=rows * repeats), side="right")
        return drawn, np.repeat(np.arange(repeats), rows)
