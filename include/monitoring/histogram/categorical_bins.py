"""The bins of a column of categories: the frequent values have one each, the others share one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import find_valid, to_numpy
from include.names import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.drift_statistics import Kind

MISSING, RARE, UNSEEN = 0, 1, 2  # the bins before those of single values
_FIRST = 3
_LONGEST = 60  # characters of a category's name


@dataclass(frozen=True, eq=False)
class CategoricalBins:
    """Bins of categories.

    The frequent values have a bin each, the other known ones share one, and so do those never seen before.
    Rare categories have to be pooled, or every day looks unusual in one of them.

    :param values: the most frequent values of training, each with a bin of its own.
    :param others: further values of training, which share the bin ``other``.
    :param complete: whether these are all values of training; if not, an unknown value counts as ``other``
        because nobody knows whether training saw it.
    """

    values: tuple[str, ...]
    others: tuple[str, ...]
    complete: bool
    kind: ClassVar[Kind] = "categorical"
    arrow_type: ClassVar[pa.DataType] = pa.string()
    midpoints: ClassVar[None] = None

    @property
    def size(self) -> int:
        """Number of bins: missing, other, unseen, then the values."""
        return _FIRST + len(self.values)

    def count(self, array: pa.Array) -> np.ndarray:
        """Count categories.

        :param array: strings of shape (n,), or a dictionary of them.
        """
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        by_value = np.bincount(to_numpy(encoded.indices.drop_null()), minlength=len(encoded.dictionary))
        counts = np.zeros(self.size, dtype=np.int64)
        np.add.at(counts, self._look_up(encoded.dictionary), by_value)
        counts[MISSING] += array.null_count
        return counts

    def assign(self, array: pa.Array) -> np.ndarray:
        """Return the bin of each category.

        :param array: strings of shape (n,), or a dictionary of them.
        """
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        bins = np.zeros(len(array), dtype=np.int16)
        bins[find_valid(array)] = self._look_up(encoded.dictionary)[to_numpy(encoded.indices.drop_null())]
        return bins

    def _look_up(self, values: pa.Array) -> np.ndarray:
        """Return the bin of each value of a dictionary."""
        bins = {value: _FIRST + number for number, value in enumerate(self.values)}
        bins |= dict.fromkeys(self.others, RARE)
        unknown = UNSEEN if self.complete else RARE
        return np.array([bins.get(value, unknown) for value in values.to_pylist()], dtype=np.int64)

    def pool(self, counts: np.ndarray, reference: np.ndarray) -> np.ndarray:  # noqa: ARG002 (numbers need it)
        """Return the counts without the missing: each category is a group of its own.

        :param counts: counts of shape (..., bins).
        :param reference: counts of the reference, shape (..., bins).
        """
        return counts[..., 1:]

    def holds_one_value(self, number: int) -> bool:
        """Tell whether a bin stands for one category; the missing count as one."""
        return number not in {RARE, UNSEEN}

    def is_interval(self, number: int) -> bool:  # noqa: ARG002 (numbers need it)
        """Return False: categories have no order."""
        return False

    def name_bin(self, number: int) -> str:
        """Name a bin in a sentence."""
        pools = {RARE: "a rare category", UNSEEN: "a new category"}
        return pools.get(number) or quoted(self.values[number - _FIRST], _LONGEST)

    def name_counts(self, counts: np.ndarray) -> dict[str, Any]:
        """Return counts under readable names."""
        missing, other, unseen, *values = counts.tolist()
        return {"missing": missing, "other": other, "unseen": unseen, "values": values}

    def read_counts(self, named: Mapping[str, Any]) -> np.ndarray:
        """Return counts from what :meth:`name_counts` returned."""
        counts = np.array(
            [named["missing"], named["other"], named["unseen"], *named["values"]], dtype=np.int64
        )
        if counts.shape != (self.size,):
            raise ValueError(f"{len(named['values'])} counts of {len(self.values)} values")
        return counts

    def to_plain(self) -> dict[str, Any]:
        """Return the bins."""
        return {
            "kind": self.kind,
            "values": list(self.values),
            "others": list(self.others),
            "complete": self.complete,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> CategoricalBins:
        """Build the bins from what :meth:`to_plain` returned."""
        return cls(values=tuple(plain["values"]), others=tuple(plain["others"]), complete=plain["complete"])
