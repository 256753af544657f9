"""A file whose rows belong to several partitions, read once from its beginning to its end, in chunks.

Each format has a class of its own, in a module beside this one; ``include.data.sources.dated_formats`` has
them by name.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import polars as pl

    from include.config.data_schema import Period
    from include.data.ingest.delivery import Part
    from include.data.schema import Column

_LANES = 2  # of 64 bits each


@dataclass(frozen=True, kw_only=True)
class CutRule:
    """How a table is cut.

    :param column: the column that says on which day a row is.
    :param every: length of the periods.
    :param timezone: IANA name of the zone in which a time is on a day.
    :param columns: the table's columns, from :func:`include.data.schema.table_columns`.
    """

    column: str
    every: Period
    timezone: str
    columns: tuple[Column, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that are read, the one with the day among them."""
        names = [column.name for column in self.columns]
        return tuple(names if self.column in names else [*names, self.column])


class Chunk(ABC):
    """Some rows of a file, in its order.

    :param days: the column that says which day it is.
    :param numbers: where each row stands, int64 of shape (n,): lines of CSV, rows of Parquet, from 1.
    """

    days: pl.Series
    numbers: np.ndarray

    @abstractmethod
    def contents(self) -> Iterable[bytes]:
        """Return for each row bytes that no row with other values has."""

    @abstractmethod
    def write(self, chosen: np.ndarray, cut: Cut) -> None:
        """Add some of the rows to what is cut out for a partition.

        :param chosen: places of the rows, increasing, int64 of shape (m,).
        :param cut: the partition's, of the same format.
        """


class Cut(ABC):
    """What is cut out of one file for one partition.

    :param rows: so many rows as yet.
    :param waiting: bytes of these that are still in memory.
    """

    def __init__(self, stem: Path, part: Part) -> None:
        self.stem = stem
        self.part = part
        self.rows = 0
        self.waiting = 0

    @property
    @abstractmethod
    def files(self) -> tuple[Path, ...]:
        """The files with the rows, each with its row numbers beside it."""

    @abstractmethod
    def flush(self) -> None:
        """Write what is in memory."""


class DatedFile(ABC):
    """One file of a table that holds all partitions.

    :param part: the file.
    :param rule: how it is cut.
    """

    word = "row"  # what a number in it counts
    cut: type[Cut]

    def __init__(self, part: Part, rule: CutRule) -> None:
        self.part = part
        self.rule = rule

    @abstractmethod
    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows, in order.

        :raises DataError: the file is damaged, or not of this format.
        """

    @abstractmethod
    def count_rows(self) -> int:
        """Return how many rows the file has, counted in another way than by :meth:`chunks`, which has run."""


def digest_rows(contents: Iterable[bytes]) -> np.ndarray:
    """Return a digest of each row; sums of them say whether two sets of rows are the same, in any order.

    128 bits of BLAKE2b: that two different sets have one sum by chance need not be feared. (Somebody who
    chooses rows for it could find two, but delivers whatever data he wants anyway.)

    :param contents: bytes that stand for a row.
    :return: uint64 of shape (n, 2).
    """
    blake = hashlib.blake2b
    joined = b"".join([blake(content, digest_size=16).digest() for content in contents])
    return np.frombuffer(joined, dtype="<u8").reshape(-1, _LANES)
