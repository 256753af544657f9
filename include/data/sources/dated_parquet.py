"""A Parquet file whose rows belong to several partitions.

The needed columns go to their partitions in the types they are stored in: whatever is wrong with a value is
found, and said, when the partition is converted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.data.ingest.row_numbers import RowNumbers
from include.data.ingest.value_errors import unexplained
from include.data.sources.dated_file import Chunk, Cut, DatedFile
from include.data.sources.day_column import is_readable
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import polars as pl

_ROWS = 131_072
_NOTHING = "-"


class ParquetChunk(Chunk):
    """Some rows, with the needed columns.

    :param rows: the columns in the order of the table.
    :param days: name of the column with the day.
    :param first: number of the first row.
    """

    def __init__(self, rows: pl.DataFrame, days: str, first: int) -> None:
        self._rows = rows
        self.days = rows[days]
        self.numbers = np.arange(first, first + rows.height)

    def contents(self) -> Iterable[bytes]:
        """Return the values of each row as text, each with its length in front."""
        import polars as pl

        lines = self._rows.select(pl.concat_str([_spell(*column) for column in self._rows.schema.items()]))
        return (line.encode() for line in lines.to_series())

    def write(self, chosen: np.ndarray, cut: Cut) -> None:
        """Add rows; see :meth:`Chunk.write`."""
        if not isinstance(cut, ParquetCut):
            raise TypeError(f"{type(cut).__name__} takes no Parquet")
        cut.add(self._rows[chosen], self.numbers[chosen])


class ParquetCut(Cut):
    """Some Parquet files, one for each time that memory was to be freed."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._pieces: list[pl.DataFrame] = []
        self._numbers: list[np.ndarray] = []
        self._written: list[Path] = []

    @property
    def files(self) -> tuple[Path, ...]:
        """The files written, in order."""
        return tuple(self._written)

    def add(self, rows: pl.DataFrame, numbers: np.ndarray) -> None:
        """Add rows.

        :param rows: the rows.
        :param numbers: their numbers at their origin, int64 of shape (n,).
        """
        self._pieces.append(rows)
        self._numbers.append(numbers)
        self.rows += len(numbers)
        self.waiting += int(rows.estimated_size())

    def flush(self) -> None:
        """Write what is in memory to a file of its own."""
        import polars as pl

        if not self._pieces:
            return
        file = self.stem.with_name(f"{self.stem.name}-{len(self._written):04}.parquet")
        pl.concat(self._pieces).write_parquet(file, compression="snappy")
        numbers = np.concatenate(self._numbers)
        RowNumbers.beside(file).add(
            np.arange(1, len(numbers) + 1), numbers, np.ones(len(numbers), dtype=np.int64)
        )
        self._written.append(file)
        self._pieces, self._numbers, self.waiting = [], [], 0


class DatedParquet(DatedFile):
    """The rows of one file in Parquet."""

    cut = ParquetCut

    def chunks(self) -> Iterator[ParquetChunk]:
        """Yield 131,072 rows at a time, however large the row groups are; see :meth:`DatedFile.chunks`."""
        import polars as pl

        names = list(self.rule.needed)
        first = 1
        try:
            with pq.ParquetFile(self.part.file) as parquet:
                for batch in parquet.iter_batches(batch_size=_ROWS, columns=names):
                    rows = pl.DataFrame(pl.from_arrow(batch)).select(names)
                    rows = rows.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
                    if not is_readable(rows[self.rule.column].dtype):
                        raise self._unreadable(rows[self.rule.column].dtype)
                    yield ParquetChunk(rows, self.rule.column, first)
                    first += rows.height
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise unexplained(self.part.origin, error) from error

    def count_rows(self) -> int:
        """Return the number of rows that the file says it has."""
        with pq.ParquetFile(self.part.file) as parquet:
            return int(parquet.metadata.num_rows)

    def _unreadable(self, found: pl.DataType) -> DataError:
        return DataError(
            f"{self.part.origin}: column {self.rule.column!r} is stored as {found}; expected dates, "
            "timestamps, or text such as 2005-04-30: it says to which partition a row belongs. Deliver the "
            "file again with another type, or name another column in partition_by in model.yaml."
        )


def _spell(name: str, found: pl.DataType) -> pl.Expr:
    """Return a column as text that is told apart from any other, and from what stands beside it.

    A type that no column may have is refused by its name when the rows are converted.
    """
    import polars as pl

    if found.is_nested() or found in (pl.Binary, pl.Object):
        return pl.lit(_NOTHING)
    text = pl.col(name).cast(pl.String)
    return (
        pl
        .when(text.is_null())
        .then(pl.lit(_NOTHING))
        .otherwise(pl.concat_str([text.str.len_bytes().cast(pl.String), pl.lit(":"), text]))
    )
