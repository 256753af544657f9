"""How one delivery is read, whatever its format: each format has a class of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from include.data.ingest.row_numbers import RowNumbers
    from include.data.schema import Column
    from include.errors import DataError


class Part(NamedTuple):
    """A file of a delivery, most often the only one.

    :param file: on local disk.
    :param origin: its URI, named in messages.
    :param names: its columns, in its order.
    :param numbers: where its rows stand at its origin, if they were cut out of a larger file.
    """

    file: Path
    origin: str
    names: tuple[str, ...]
    numbers: RowNumbers | None = None

    def number(self, here: int) -> int:
        """Return the number of a line (CSV) or row (Parquet) as it is at the part's origin."""
        return self.numbers.find(here) if self.numbers else here


class Delivery(ABC):
    """The rows of one delivery.

    :param parts: its files, in the order of their rows.
    :param columns: columns of the table; each part has each of them once.
    :param origin: URI of the delivery, named in messages.
    """

    def __init__(self, parts: Sequence[Part], columns: tuple[Column, ...], origin: str) -> None:
        self.parts = parts
        self.columns = columns
        self.origin = origin

    @staticmethod
    @abstractmethod
    def read_names(file: Path, origin: str) -> tuple[str, ...]:
        """Return the names of a file's columns, in its order.

        :param file: on local disk.
        :param origin: its URI, named in messages.
        :raises DataError: the file is not of this format.
        :raises OSError: the file can't be read.
        """

    @abstractmethod
    def scan(self) -> pl.LazyFrame:
        """Return the typed rows as a query that streams.

        :raises DataError: here or while the query runs: values that are not of their column's kind.
        """

    @abstractmethod
    def count_rows(self) -> int:
        """Return how many rows the files have, counted in another way than by :meth:`scan`, which has run."""

    @abstractmethod
    def check_spellings(self) -> None:
        """Refuse categories that spell a boolean in two ways, and times some of which have a zone.

        The scan has run.

        :raises DataError: there is one.
        """

    @abstractmethod
    def find_value_error(self) -> DataError | None:
        """Return the error for the first values that are not of their column's kind, or None.

        It is called when the query has failed with an error of the engine, which does not name them.
        """
