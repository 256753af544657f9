"""Read CSV files as a stream of typed columns.

CSV here is RFC 4180: comma, UTF-8 (a byte order mark is fine), one header row, quotes doubled inside quotes;
it may be compressed with gzip or zstd. Everything else is refused with its name: a delimiter or an encoding
that is guessed is a column that is silently wrong some day.

polars parses the values, block by block, after each block was proven (:mod:`include.data.ingest.csv_proof`).
As many records as the proof counted have to come out of it.
"""

from __future__ import annotations

import csv
import io
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from include.data.ingest.boolean_spellings import BooleanSpellings
from include.data.ingest.clocks import Clocks, find_zone
from include.data.ingest.csv_blocks import count_records, cut_blocks, has_all_commas
from include.data.ingest.csv_diagnosis import find_value_fault, find_wrong_length, read_rows
from include.data.ingest.csv_head import check_head
from include.data.ingest.csv_proof import Block
from include.data.ingest.delivery import Delivery, Part
from include.data.ingest.finish_rows import find_other_categories, finish_rows, raw_type
from include.data.ingest.float_categories import FloatCategories
from include.data.ingest.readings import polars_type
from include.data.ingest.unpack import read_pieces
from include.data.ingest.value_errors import unexplained
from include.data.schema import NEVER_MISSING
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from include.data.schema import Column


class CsvDelivery(Delivery):
    """The rows of one delivery in CSV."""

    def __init__(self, parts: Sequence[Part], columns: tuple[Column, ...], origin: str) -> None:
        super().__init__(parts, columns, origin)
        self._records = 0
        self._kinds = {column.name: column.kind for column in columns}
        self._plain = False
        self._spellings = BooleanSpellings()
        self._clocks = Clocks()

    @staticmethod
    def read_names(file: Path, origin: str) -> tuple[str, ...]:
        """Return the names in the header row; see :meth:`Delivery.read_names`."""
        for block in cut_blocks(known_pieces(file, origin), origin):
            return split_header(block, origin)[0]
        raise DataError(f"{origin}: the file has no content. Deliver the complete file again.")

    def count_rows(self) -> int:
        """Return the number of records that are proven to be in the files."""
        return self._records

    def check_spellings(self) -> None:
        """Do nothing: the scan has checked them."""

    def find_value_error(self) -> DataError | None:
        """Return None: the scan itself raises the error that names the values."""

    def scan(self) -> pl.LazyFrame:
        """Return the typed rows as a query that streams."""
        from polars.io.plugins import register_io_source

        schema = {column.name: polars_type(column.kind) for column in self.columns}
        return register_io_source(self._stream, schema=schema)

    def _stream(
        self, names: list[str] | None, predicate: pl.Expr | None, _most: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        """Give the engine what it asks for; it never asks for less than all when a snapshot is written."""
        self._records = 0
        self._spellings = BooleanSpellings()
        self._clocks = Clocks()
        lost = FloatCategories(self.columns)
        for part in self.parts:
            lost_here = FloatCategories(self.columns)  # what wrote one part may not know of the others
            for rows in self._read_part(part):
                lost.look_at(rows)
                lost_here.look_at(rows)
                self._records += rows.height
                wanted = rows if predicate is None else rows.filter(predicate)
                yield wanted if names is None else wanted.select(names)
            lost_here.check(part.origin)
        lost.check(self.parts[0].origin)
        self._spellings.check(self.parts[0].origin)
        self._clocks.check(self.parts[0].origin)

    def _read_part(self, part: Part) -> Iterator[pl.DataFrame]:
        """Yield the typed rows of one file, a block at a time."""
        blocks = cut_blocks(known_pieces(part.file, part.origin), part.origin)
        for number, whole in enumerate(blocks):
            block = whole if number else split_header(whole, part.origin)[1]
            last = part.names[-1]
            # A record with too few fields has nothing in the last column. Where none has nothing there, and
            # the commas are as many as they should be, no record has too many fields either.
            is_likely = last in self._kinds and has_all_commas(block, len(part.names))
            records = block.lines if is_likely else _count_whole(block, part)
            if not records:
                continue
            rows = self._parse(block, part, blocks)
            if is_likely and (rows.height != records or rows[last].null_count()):
                _count_whole(block, part)
            if rows.height != records:
                raise DataError(
                    f"{part.origin}: {records} records from line {block.line} on, but {rows.height} rows "
                    "were read. Nothing was stored. Compare the file with its producer's and deliver it "
                    "again."
                )
            if any(rows[one.name].null_count() for one in self.columns if one.kind in NEVER_MISSING):
                raise self._explain(block, part, blocks) or unexplained(part.origin, "a key without a value")
            yield rows

    def _parse(self, block: Block, part: Part, following: Iterator[Block]) -> pl.DataFrame:
        """Return the rows of a block, parsed by the reader where it can, from text where it can't."""
        import polars as pl

        if not self._plain:
            try:
                return self._read(block, part, as_text=False)
            except pl.exceptions.PolarsError:
                _count_whole(block, part)  # a record of another length explains more than its values do
        try:
            rows = self._read(block, part, as_text=True)
        except pl.exceptions.PolarsError as error:
            raise self._explain(block, part, following) or unexplained(part.origin, error) from error
        self._plain = True  # the other blocks are most likely written as this one is
        return rows

    def _read(self, block: Block, part: Part, *, as_text: bool) -> pl.DataFrame:
        import polars as pl

        # Columns that are not needed may be called anything, also twice the same: they are numbered.
        schema: dict[str, Any] = {}
        places = []
        for place, name in enumerate(part.names):
            if name not in self._kinds:
                schema[f"\0{place}"] = pl.String
                continue
            schema[name] = raw_type(self._kinds[name], as_text=as_text)
            places.append(place)
        rows = pl.read_csv(block.data, has_header=False, schema=schema, columns=places, glob=False)
        others = find_other_categories(rows, self.columns)
        for name, spellings in others.items():
            for spelling in spellings:
                find_place = partial(_find_line, block, part, rows[name], spelling)
                self._spellings.note(name, spelling, find_place)
        self._note_clocks(rows, block, part)
        return finish_rows(rows, self.columns, others, as_text=as_text)

    def _note_clocks(self, rows: pl.DataFrame, block: Block, part: Part) -> None:
        """Note whether the times of a block have a zone."""
        for name in (column.name for column in self.columns if column.kind == "timestamp"):
            known = rows[name].drop_nulls()
            zoned = find_zone(known)
            for kind in zoned.unique().to_list():
                first = known[zoned.index_of(kind)]
                find_place = partial(_find_line, block, part, rows[name], first)
                self._clocks.note(name, zoned=kind, find_place=find_place)

    def _explain(self, block: Block, part: Part, following: Iterator[Block]) -> DataError | None:
        """Return the error for values of a block, or one behind it, that are not of their column's kind."""
        read = chain(read_rows(block), chain.from_iterable(map(read_rows, following)))
        rows = ((part.number(line), row) for line, row in read)
        return find_value_fault(rows, part.names, self.columns, part.origin)


def _find_line(block: Block, part: Part, raw: pl.Series, value: str) -> str:
    """Return the line in which a column of a block has a value first."""
    line = next(islice(read_rows(block), raw.index_of(value), None))[0]
    return f"{part.origin}, line {part.number(line)}"


def _count_whole(block: Block, part: Part) -> int:
    """Return the number of records of a block, each of which has as many fields as the header."""
    records = count_records(block, len(part.names))
    if records is None:
        raise find_wrong_length(block, part.names, part.origin)
    return records


def split_header(block: Block, origin: str) -> tuple[tuple[str, ...], Block]:
    """Return the names in the header and the records below it, from a file's first block."""
    reader = csv.reader(io.StringIO(block.data.decode("utf-8"), newline="\n"), strict=True)
    try:
        names = next(reader, [])
    except csv.Error as error:
        raise DataError(
            f"{origin}: line 1, the header, is not valid CSV ({error}). Expected column names with commas "
            "between them. Deliver the file again."
        ) from error
    if not names:
        raise DataError(
            f"{origin}: line 1 is blank; expected the header with the column names. Deliver the file again."
        )
    place = 0
    for _ in range(reader.line_num):
        place = block.data.index(b"\n", place) + 1
    return tuple(names), Block.of(block.data[place:], block.line + reader.line_num, block.offset + place)


def known_pieces(source: Path, origin: str) -> Iterator[bytes]:
    """Yield the pieces of a file after a look at what it begins with."""
    pieces = read_pieces(source, origin)
    for first in pieces:
        check_head(first, origin)
        yield first
        yield from pieces
