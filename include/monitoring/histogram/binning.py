"""How a column is counted: in fixed places, settled once on the training data.

A count is a vector of whole numbers, one for each place. Counts of batches, files, threads and machines are
added up and give what one pass over everything would have given, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from include.data.arrow_numpy import find_valid, to_numpy

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa

_EXACT = 1e16  # from here on float64 has the shorter name
_BLOCK = 131_072  # values sorted at a time: they stay in the cache


class Column(Protocol):
    """Anything that counts a column."""

    @property
    def size(self) -> int:
        """Number of places."""

    def count(self, array: pa.Array) -> np.ndarray:
        """Count the values of an array: int64 of shape (size,)."""

    def find_places(self, array: pa.Array) -> np.ndarray:
        """Return the place of each value of an array: int16 of shape (n,)."""

    def name_counts(self, counts: np.ndarray) -> dict[str, Any]:
        """Return counts under readable names, as JSON values that :meth:`read_counts` reads."""

    def read_counts(self, named: Mapping[str, Any]) -> np.ndarray:
        """Return counts from what :meth:`name_counts` gave."""

    def to_plain(self) -> dict[str, Any]:
        """Return the places as JSON values."""


@dataclass(frozen=True, eq=False)
class NumericColumn:
    """Numbers: every edge and every interval between two edges is a place.

    The missing and the infinite have places of their own. Edges are quantiles of the training data, so a
    value that many rows share is an edge and is counted exactly, and the two empirical distribution
    functions that KS compares are known exactly on both sides of every edge. A block of values is sorted
    and the edges are searched in the block, which is much quicker than the reverse.

    :param edges: increasing finite numbers, float64 of shape (k,); none when all training values were
        missing.
    """

    edges: np.ndarray

    @property
    def size(self) -> int:
        """Number of places.

        Missing (NaN too), then in ascending order -inf, interval, edge, interval, ..., interval, +inf.
        """
        return 1 + 2 * len(self.edges) + 3

    def count(self, array: pa.Array) -> np.ndarray:
        """Count numbers.

        :param array: float64 of shape (n,).
        """
        import numpy as np

        values = to_numpy(array.drop_null() if array.null_count else array)
        counts = np.zeros(self.size, dtype=np.int64)
        counts[0] = array.null_count
        marks = self._marks
        for start in range(0, len(values), _BLOCK):
            block = np.sort(values[start : start + _BLOCK])  # NaN comes last, after +inf
            left, right = block.searchsorted(marks, side="left"), block.searchsorted(marks, side="right")
            counts[0] += len(block) - right[-1]
            counts[1::2] += right - left
            counts[2::2] += left[1:] - right[:-1]
        return counts

    @cached_property
    def _marks(self) -> np.ndarray:
        import numpy as np

        return np.concatenate([[-np.inf], self.edges, [np.inf]])

    def find_places(self, array: pa.Array) -> np.ndarray:
        """Return the place of each number.

        :param array: float64 of shape (n,).
        """
        import numpy as np

        values = to_numpy(array.drop_null())
        below = self.edges.searchsorted(values, side="left")
        found = 2 + 2 * below
        found += np.append(self.edges, np.inf)[below] == values  # on an edge
        found[np.isneginf(values)] = 1
        found[np.isposinf(values)] = self.size - 1
        found[np.isnan(values)] = 0
        places = np.zeros(len(array), dtype=np.int16)
        places[find_valid(array)] = found
        return places

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
        """Return counts from what :meth:`name_counts` gave."""
        import numpy as np

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
        """Return the places; whole numbers are written without a fraction where that saves space."""
        return {
            "kind": "numeric",
            "edges": [
                int(edge) if edge.is_integer() and abs(edge) < _EXACT else edge
                for edge in self.edges.tolist()
            ],
        }


@dataclass(frozen=True, eq=False)
class CategoricalColumn:
    """Categories: the frequent values are places, the other known ones share one.

    So do those never seen before. Rare categories have to be pooled, or every day looks unusual in one of
    them.

    :param values: the most frequent values of training, each with a place of its own.
    :param others: further values of training, which share the place ``other``.
    :param complete: whether these are all values of training; if not, an unknown value counts as ``other``
        because nobody can tell whether training saw it.
    """

    values: tuple[str, ...]
    others: tuple[str, ...]
    complete: bool

    @property
    def size(self) -> int:
        """Places: missing, other, unseen, then the values."""
        return 3 + len(self.values)

    def count(self, array: pa.Array) -> np.ndarray:
        """Count categories.

        :param array: strings of shape (n,), or a dictionary of them.
        """
        import numpy as np
        import pyarrow as pa

        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        by_value = np.bincount(to_numpy(encoded.indices.drop_null()), minlength=len(encoded.dictionary))
        counts = np.zeros(self.size, dtype=np.int64)
        np.add.at(counts, self._look_up(encoded.dictionary), by_value)
        counts[0] += array.null_count
        return counts

    def find_places(self, array: pa.Array) -> np.ndarray:
        """Return the place of each category.

        :param array: strings of shape (n,).
        """
        import numpy as np

        encoded = array.dictionary_encode()
        places = np.zeros(len(array), dtype=np.int16)
        places[find_valid(array)] = self._look_up(encoded.dictionary)[to_numpy(encoded.indices.drop_null())]
        return places

    def _look_up(self, values: pa.Array) -> np.ndarray:
        """Return the place of each value of a dictionary."""
        import numpy as np

        places = {value: 3 + number for number, value in enumerate(self.values)}
        places |= dict.fromkeys(self.others, 1)
        unknown = 2 if self.complete else 1
        return np.array([places.get(value, unknown) for value in values.to_pylist()], dtype=np.int64)

    def name_counts(self, counts: np.ndarray) -> dict[str, Any]:
        """Return counts under readable names."""
        missing, other, unseen, *values = counts.tolist()
        return {"missing": missing, "other": other, "unseen": unseen, "values": values}

    def read_counts(self, named: Mapping[str, Any]) -> np.ndarray:
        """Return counts from what :meth:`name_counts` gave."""
        import numpy as np

        counts = np.array(
            [named["missing"], named["other"], named["unseen"], *named["values"]], dtype=np.int64
        )
        if counts.shape != (self.size,):
            raise ValueError(f"{len(named['values'])} counts of {len(self.values)} values")
        return counts

    def to_plain(self) -> dict[str, Any]:
        """Return the places."""
        return {
            "kind": "categorical",
            "values": list(self.values),
            "others": list(self.others),
            "complete": self.complete,
        }


def read_column(plain: Mapping[str, Any]) -> Column:
    """Return a column from what ``to_plain`` gave.

    :param plain: the places as JSON values.
    :raises KeyError: when a field is missing or the kind is unknown.
    """
    import numpy as np

    if plain["kind"] == "numeric":
        return NumericColumn(edges=np.array(plain["edges"], dtype=np.float64))
    if plain["kind"] == "categorical":
        return CategoricalColumn(
            values=tuple(plain["values"]), others=tuple(plain["others"]), complete=plain["complete"]
        )
    raise KeyError(plain["kind"])
