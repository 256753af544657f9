"""The bins of a column of numbers: every edge is a bin, and so is every interval between two edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import find_valid, to_numpy
from include.monitoring.histogram.moments import find_midpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.drift_statistics import Kind

_EXACT = 1e16  # from here on float64 has the shorter name
_BLOCK = 131_072  # values sorted at a time: they stay in the cache
_GROUPS = 10  # groups about equal in mass: the custom for PSI
_MASS_POINT = 0.05  # share of the reference from which a bin is a group of its own
_NAMED, _MOST_DIGITS = 6, 17  # digits of a number in a sentence; 17 are exact


@dataclass(frozen=True, eq=False)
class NumericBins:
    """Bins of numbers; missing and infinite values have bins of their own.

    Edges are quantiles of the training data, so a value that many rows share is an edge and is counted
    exactly, and the two empirical distribution functions that KS compares are known exactly on both sides of
    every edge. A block of values is sorted and the edges are searched in the block, which is much quicker
    than the reverse.

    :param edges: increasing finite numbers, float64 of shape (k,); none when all training values were
        missing.
    """

    edges: np.ndarray
    kind: ClassVar[Kind] = "numeric"
    arrow_type: ClassVar[pa.DataType] = pa.float64()

    @property
    def size(self) -> int:
        """Number of bins.

        Missing (NaN too), then in ascending order -inf, interval, edge, interval, ..., interval, +inf.
        """
        return 1 + 2 * len(self.edges) + 3

    @cached_property
    def midpoints(self) -> np.ndarray:
        """The number that stands for each bin but the missing: float64 of shape (bins - 1,)."""
        return find_midpoints(self.edges)

    @cached_property
    def _bounds(self) -> np.ndarray:
        return np.concatenate([[-np.inf], self.edges, [np.inf]])

    def count(self, array: pa.Array) -> np.ndarray:
        """Count numbers.

        :param array: float64 of shape (n,).
        """
        values = to_numpy(array.drop_null() if array.null_count else array)
        counts = np.zeros(self.size, dtype=np.int64)
        counts[0] = array.null_count
        bounds = self._bounds
        for start in range(0, len(values), _BLOCK):
            block = np.sort(values[start : start + _BLOCK])  # NaN comes last, after +inf
            left, right = block.searchsorted(bounds, side="left"), block.searchsorted(bounds, side="right")
            counts[0] += len(block) - right[-1]
            counts[1::2] += right - left
            counts[2::2] += left[1:] - right[:-1]
        return counts

    def assign(self, array: pa.Array) -> np.ndarray:
        """Return the bin of each number.

        :param array: float64 of shape (n,).
        """
        values = to_numpy(array.drop_null())
        below = self.edges.searchsorted(values, side="left")
        found = 2 + 2 * below
        found += np.append(self.edges, np.inf)[below] == values  # on an edge
        found[np.isneginf(values)] = 1
        found[np.isposinf(values)] = self.size - 1
        found[np.isnan(values)] = 0
        bins = np.zeros(len(array), dtype=np.int16)
        bins[find_valid(array)] = found
        return bins

    def pool(self, counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Add up bins to about ten groups of equal mass in the reference.

        A value that many rows share (a mass point) is a group of its own, or a change from zero to something
        would stay within one group.

        :param counts: counts of shape (..., bins).
        :param reference: counts of the reference, shape (..., bins).
        """
        whole = reference[..., 1:].reshape(-1, reference.shape[-1] - 1).sum(axis=0)
        share = whole / max(whole.sum(), 1)
        decile = ((np.cumsum(share) - share / 2) * _GROUPS).astype(np.int64)
        heavy = share >= _MASS_POINT
        starts = np.ones(len(share), dtype=bool)
        starts[1:] = (np.diff(decile) != 0) | heavy[1:] | heavy[:-1]
        pooled: np.ndarray = np.add.reduceat(counts[..., 1:], np.flatnonzero(starts), axis=-1)
        return pooled

    def holds_one_value(self, number: int) -> bool:
        """Tell whether a bin is an edge, an infinity, or that of the missing."""
        return number == 0 or number % 2 == 1

    def is_interval(self, number: int) -> bool:
        """Tell whether a bin holds all numbers between two edges."""
        return not self.holds_one_value(number)

    def name_bin(self, number: int) -> str:
        """Name a bin in a sentence."""
        edges = self.edges.tolist()
        if number in {1, self.size - 1}:
            return "minus infinity" if number == 1 else "infinite"
        below = number // 2 - 1  # edges below an interval; the number of an edge
        if number % 2 == 1:
            return _name_edge(below, edges)
        if below == 0:
            return f"below {_name_edge(0, edges)}, the smallest of training"
        if below == len(edges):
            return f"above {_name_edge(-1, edges)}, the largest of training"
        return f"between {_name_edge(below - 1, edges)} and {_name_edge(below, edges)}"

    def name_counts(self, counts: np.ndarray) -> dict[str, Any]:
        """Return counts under readable names."""
        return {
            "missing": int(counts[0]),
            "negative_infinity": int(counts[1]),
            "positive_infinity": int(counts[-1]),
            "at": counts[3:-1:2].tolist(),
            "between": counts[2::2].tolist(),
        }

    def read_counts(self, named: Mapping[str, Any]) -> np.ndarray:
        """Return counts from what :meth:`name_counts` returned."""
        edges = len(self.edges)
        if (len(named["at"]), len(named["between"])) != (edges, edges + 1):
            raise ValueError(
                f"{len(named['at'])} counts at and {len(named['between'])} between {edges} edges"
            )
        counts = np.zeros(self.size, dtype=np.int64)
        counts[0], counts[1] = named["missing"], named["negative_infinity"]
        counts[3:-1:2], counts[2::2] = named["at"], named["between"]
        counts[-1] = named["positive_infinity"]
        return counts

    def to_plain(self) -> dict[str, Any]:
        """Return the bins; whole numbers are written without a fraction where that saves space."""
        return {
            "kind": self.kind,
            "edges": [
                int(edge) if edge.is_integer() and abs(edge) < _EXACT else edge
                for edge in self.edges.tolist()
            ],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> NumericBins:
        """Build the bins from what :meth:`to_plain` returned."""
        return cls(edges=np.array(plain["edges"], dtype=np.float64))


def name_number(number: float, *others: float) -> str:
    """Return a number in as few digits, six at least, as distinguish it from some others.

    :param number: the number.
    :param others: what it must not be taken for.
    """
    for digits in range(_NAMED, _MOST_DIGITS):
        name = f"{number:.{digits}g}"
        if all(f"{other:.{digits}g}" != name for other in others if other != number):
            return name
    return repr(number).removesuffix(".0")


def _name_edge(number: int, edges: list[float]) -> str:
    """Return an edge in as many digits as distinguish it from its neighbours."""
    number %= len(edges)
    return name_number(edges[number], *edges[max(0, number - 1) : number + 2])
