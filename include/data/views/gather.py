"""Put the values that a join gives in any order to the places of their rows, and keep them on disk.

What is in memory is one chunk of rows of one view's columns; the chunk is as large as :data:`BUDGET` allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import find_valid, to_numpy
from include.data.views.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BUDGET = 400_000_000  # bytes
_NONE = -1


@dataclass(kw_only=True)
class Kept:
    """One joined column, on disk.

    :param file: its values in the order of the rows: floats, NaN where there is none; of categories their
        numbers, -1 where there is none.
    :param categories: the categories by number; None for numbers.
    """

    file: Path
    categories: list[str] | None = None

    def read(self, first: int, count: int) -> pa.Array:
        """Return the values of some rows as a snapshot stores them: doubles, or text.

        :param first: place of the first row.
        :param count: how many rows.
        """
        kind = np.dtype(np.float64 if self.categories is None else np.int32)
        found = np.fromfile(self.file, kind, count, offset=first * kind.itemsize)
        there = ~np.isnan(found) if self.categories is None else found != _NONE
        valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
        array = pa.Array.from_buffers(pa.from_numpy_dtype(kind), count, [valid, pa.py_buffer(found)])
        if self.categories is None:
            return array
        return pa.DictionaryArray.from_arrays(array, pa.array(self.categories, pa.string())).cast(pa.string())


@dataclass(kw_only=True)
class Found:
    """What a view has for the rows.

    :param rows: how many rows there are.
    :param old: rows whose newest value is older than ``max_age``.
    :param none: rows that have no value at all.
    :param ages: sum of the ages of all values, in microseconds.
    :param oldest: the largest of them.
    """

    rows: int = 0
    old: int = 0
    none: int = 0
    ages: float = 0.0
    oldest: float = 0.0


class Gatherer:
    """Collects the columns of one view.

    :param kinds: what each column is, ``numeric`` or ``categorical``.
    :param limit: age in microseconds up to which a value counts; None for any.
    :param files: where the columns are kept, the age behind the others.
    """

    def __init__(self, kinds: list[str], limit: int | None, files: list[Path]) -> None:
        self._kinds = kinds
        self._limit = limit
        self._numbers: list[dict[str, int]] = [{} for _ in kinds]
        self.columns = [
            Kept(file=file, categories=[] if kind == "categorical" else None)
            for file, kind in zip(files, [*kinds, "numeric"], strict=True)
        ]
        self.found = Found()
        for file in files:
            file.write_bytes(b"")

    def take(self, batches: Iterable[pa.RecordBatch], first: int, count: int) -> None:
        """Append the values of one chunk of rows.

        :param batches: from :func:`include.data.views.queries.join_query`.
        :param first: place of the first row.
        :param count: how many rows.
        """
        age = np.full(count, np.nan)
        values = [
            np.full(count, np.nan) if kind == "numeric" else np.full(count, _NONE, np.int32)
            for kind in self._kinds
        ]
        for batch in batches:
            places = to_numpy(batch.column(0)) - first
            age[places] = to_numpy(batch.column(1))
            for at, out in enumerate(values):
                out[places] = self._read(at, batch.column(at + 2))
        there = ~np.isnan(age)
        old = age > self._limit if self._limit is not None else np.zeros(count, dtype=bool)
        self.found.rows += count
        self.found.old += int(old.sum())
        self.found.none += count - int(there.sum())
        age[old] = np.nan
        if (counted := age[there & ~old]).size:
            self.found.ages += float(counted.sum())
            self.found.oldest = max(self.found.oldest, float(counted.max()))
        for kept, out in zip(self.columns, [*values, age / DAY], strict=True):
            if old.any():
                out[old] = np.nan if out.dtype == np.float64 else _NONE
            with kept.file.open("ab") as file:
                out.tofile(file)

    def _read(self, at: int, array: pa.Array) -> np.ndarray:
        """Return values of a column as numbers."""
        if self._kinds[at] == "numeric":
            return _floats(array)
        encoded = array.dictionary_encode() if not pa.types.is_dictionary(array.type) else array
        numbers, categories = self._numbers[at], self.columns[at].categories
        places = []
        for text in encoded.dictionary.to_pylist():
            if text not in numbers:
                numbers[text] = len(numbers)
                assert categories is not None
                categories.append(text)
            places.append(numbers[text])
        codes = np.array([*places, _NONE], np.int32)
        return np.asarray(codes[to_numpy(encoded.indices.fill_null(len(places)))])


def _floats(array: pa.Array) -> np.ndarray:
    """Return numbers as floats, NaN where there is none."""
    numbers = array.cast(pa.float64())
    if not numbers.null_count:
        return to_numpy(numbers)
    return np.where(find_valid(numbers), to_numpy(numbers.fill_null(np.nan)), np.nan)
