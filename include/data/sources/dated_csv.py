"""A CSV file whose rows belong to several partitions.

It is proven as any delivery in CSV is (:mod:`include.data.ingest.csv_proof`), and the records go to their
partitions byte for byte: whatever is wrong with a value is found, and said, when the partition is converted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from include.data.ingest.csv_blocks import count_records, cut_blocks
from include.data.ingest.csv_diagnosis import find_wrong_length
from include.data.ingest.csv_proof import QUOTE
from include.data.ingest.csv_reader import known_pieces, split_header
from include.data.ingest.row_numbers import RowNumbers
from include.data.ingest.value_errors import unexplained
from include.data.sources.dated_file import Chunk, Cut, DatedFile
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import polars as pl

    from include.data.ingest.csv_proof import Block
    from include.data.ingest.delivery import Part

_LINE_FEED = ord("\n")


class CsvChunk(Chunk):
    """The records of a block.

    :param header: the file's header with the end of its line: the same bytes below another one are another
        row.
    """

    def __init__(self, block: Block, days: pl.Series, header: bytes) -> None:
        self.days = days
        self._data = block.data
        self._header = header
        lines, self._ends = _find_ends(block)
        self._starts = np.concatenate([[0], self._ends[:-1]])
        before = np.searchsorted(lines, self._starts)
        self.numbers = block.line + before
        self._lengths = np.diff(np.append(before, len(lines)))

    def contents(self) -> Iterable[bytes]:
        """Return the header's digest and the bytes of each record, without the end of its line."""
        data = self._data
        header = hashlib.blake2b(self._header.rstrip(b"\r\n"), digest_size=16).digest()
        for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True):
            yield header + data[start:end].rstrip(b"\r\n")

    def write(self, chosen: np.ndarray, cut: Cut) -> None:
        """Add records, neighbours in one piece; see :meth:`Chunk.write`."""
        if not isinstance(cut, CsvCut):
            raise TypeError(f"{type(cut).__name__} takes no CSV")
        breaks = np.flatnonzero(np.diff(chosen) != 1) + 1
        firsts, lasts = chosen[np.append(0, breaks)], chosen[np.append(breaks, len(chosen)) - 1]
        pieces = zip(self._starts[firsts].tolist(), self._ends[lasts].tolist(), strict=True)
        cut.add(
            self._header,
            [self._data[start:end] for start, end in pieces],
            self.numbers[chosen],
            self._lengths[chosen],
        )


class CsvCut(Cut):
    """One CSV file with the header of the file it is cut out of."""

    def __init__(self, stem: Path, part: Part) -> None:
        super().__init__(stem, part)
        self._file = stem.with_name(f"{stem.name}.csv")
        self._pieces: list[bytes] = []
        self._line = 0
        self._numbers: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    @property
    def files(self) -> tuple[Path, ...]:
        """The file, if there is any row."""
        return (self._file,) if self.rows else ()

    def add(self, header: bytes, pieces: list[bytes], numbers: np.ndarray, lengths: np.ndarray) -> None:
        """Add records.

        :param header: of the file they come from.
        :param pieces: their bytes.
        :param numbers: the first line of each at its origin, int64 of shape (n,).
        :param lengths: lines of each.
        """
        if not self.rows:
            self._pieces.append(header)
            self._line = 1 + header.count(b"\n")
        here = self._line + np.cumsum(lengths) - lengths
        self._line += int(lengths.sum())
        self._numbers.append((here, numbers, lengths))
        self.rows += len(numbers)
        self._pieces += pieces
        self.waiting += sum(map(len, pieces))

    def flush(self) -> None:
        """Append what is in memory."""
        if not self._pieces:
            return
        with self._file.open("ab") as stream:
            stream.writelines(self._pieces)
        for here, there, lengths in self._numbers:
            RowNumbers.beside(self._file).add(here, there, lengths)
        self._pieces, self._numbers, self.waiting = [], [], 0


class DatedCsv(DatedFile):
    """The records of one file in CSV, which may be compressed."""

    word = "line"
    cut = CsvCut

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._records = 0

    def chunks(self) -> Iterator[CsvChunk]:
        """Yield the records of each block of 4 MiB; see :meth:`DatedFile.chunks`."""
        self._records = 0
        part = self.part
        header = b""
        place = part.names.index(self.rule.column)
        for number, whole in enumerate(cut_blocks(known_pieces(part.file, part.origin), part.origin)):
            block = whole
            if not number:
                block = split_header(whole, part.origin)[1]
                header = whole.data[: len(whole.data) - len(block.data)]
            records = count_records(block, len(part.names))
            if records is None:
                raise find_wrong_length(block, part.names, part.origin)
            if not records:
                continue
            chunk = CsvChunk(block, _read_column(block, part, place), header)
            if not records == len(chunk.days) == len(chunk.numbers):
                raise DataError(
                    f"{part.origin}: {records} records from line {block.line} on, but {len(chunk.days)} rows "
                    "were read. Nothing was stored. Compare the file with its producer's and deliver it "
                    "again."
                )
            self._records += records
            yield chunk

    def count_rows(self) -> int:
        """Return the number of records that are proven to be in the file."""
        return self._records


def _read_column(block: Block, part: Part, place: int) -> pl.Series:
    """Return one column of a block as text."""
    import polars as pl

    schema = {f"\0{at}": pl.String for at in range(len(part.names))}
    try:
        rows = pl.read_csv(block.data, has_header=False, schema=schema, columns=[place], glob=False)
    except pl.exceptions.PolarsError as error:
        raise unexplained(part.origin, error) from error
    return rows.to_series()


def _find_ends(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of all line feeds, and those behind each record, int64 each."""
    codes = np.frombuffer(block.data, dtype=np.uint8)
    feeds = np.flatnonzero(codes == _LINE_FEED)
    if block.is_plain or b'"' not in block.data:
        return feeds, feeds + 1
    quotes = np.flatnonzero(codes == QUOTE)
    return feeds, feeds[np.searchsorted(quotes, feeds) % 2 == 0] + 1
