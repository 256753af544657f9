"""Read a Parquet file of any writer as a stream of typed columns, and find where its values are wrong."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.ingest.boolean_spellings import BooleanSpellings
from include.data.ingest.clock_text import is_zone
from include.data.ingest.clocks import Clocks, find_zone
from include.data.ingest.delivery import Delivery
from include.data.ingest.readings import BLANKS, FALSE, TRUE, as_text, has_reading, read_stored
from include.data.ingest.unpack import find_codec
from include.data.ingest.value_errors import MOST_EXAMPLES, STORED_AS, Example, listed, shown, value_fault
from include.data.schema import NEVER_MISSING
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from include.data.ingest.delivery import Part
    from include.data.schema import Column


class ParquetDelivery(Delivery):
    """The rows of one delivery in Parquet."""

    @staticmethod
    def read_names(file: Path, origin: str) -> tuple[str, ...]:
        """Return the names of a Parquet file's columns; see :meth:`Delivery.read_names`.

        A file that was cut off is refused here too, for the description of its columns is at its end.
        """
        with file.open("rb") as stream:
            codec = find_codec(stream.read(4))
        if codec:
            raise DataError(
                f"{origin}: expected Parquet, found a file compressed with {codec}. Parquet is compressed "
                "inside and is read from its end: deliver it without the outer compression."
            )
        try:
            with pq.ParquetFile(file) as parquet:
                schema = parquet.schema_arrow
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk; without a number it is Arrow, about the content
            raise DataError(
                f"{origin}: a file of {file.stat().st_size:,} bytes that is not valid Parquet "
                f"({_first_line(error)}). It was truncated while it was written or copied, or it has another "
                "format: deliver it again, or correct the table's format in model.yaml."
            ) from error
        for field in schema:
            zone = field.type.tz if pa.types.is_timestamp(field.type) else None
            if zone is not None and not is_zone(zone):
                raise DataError(
                    f"{origin}: column {shown(field.name)} is stored in the time zone {shown(zone)}, which "
                    "has no name in the IANA database, and can't be read. Deliver it in UTC (in pandas "
                    "tz_convert('UTC')), or in a zone that has a name."
                )
        names = tuple(schema.names)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(
                f"{origin}: duplicate columns {listed(twice)}; expected each name once. Remove the wrong "
                "ones and deliver the file again."
            )
        return names

    def count_rows(self) -> int:
        """Return the number of rows that the files say they have."""
        rows = 0
        for part in self.parts:
            with pq.ParquetFile(part.file) as parquet:
                rows += int(parquet.metadata.num_rows)
        return rows

    def scan(self) -> pl.LazyFrame:
        """Return the typed rows as a query that streams.

        :raises DataError: a column is stored in a type that has no sure reading as what model.yaml says.
        """
        import polars as pl

        return pl.concat([_scan(part, self.columns) for part in self.parts])

    def check_spellings(self) -> None:
        """Refuse text that spells a boolean in two ways, and times some of which have a zone."""
        truths, clocks = BooleanSpellings(), Clocks()
        for part in self.parts:
            _note_spellings(part, self.columns, truths)
            _note_clocks(part, self.columns, clocks)
        truths.check(self.origin)
        clocks.check(self.origin)

    def find_value_error(self) -> DataError | None:
        """Return the error for the first values that are not of their column's kind, or None."""
        import polars as pl

        for part in self.parts:
            with suppress(pl.exceptions.PolarsError):  # damaged within: no value can be named
                if (found := _find_value_error(part, self.columns)) is not None:
                    return found
        return None


def _scan(part: Part, columns: Sequence[Column]) -> pl.LazyFrame:
    """Return the needed columns of one file, typed, in the order of the table."""
    import polars as pl

    frame = pl.scan_parquet(part.file, glob=False, hive_partitioning=False)
    types = _find_types(frame, columns)
    faults = [
        f"column {column.name!r} is stored as {types[column.name]}; expected {STORED_AS[column.kind]}"
        for column in columns
        if not has_reading(types[column.name], column.kind)
    ]
    if faults:
        raise DataError(
            f"{part.origin}: {'; '.join(faults)}. Deliver the file again with other types, or correct the "
            "column's kind in model.yaml."
        )
    return frame.select(read_stored(column, types[column.name], strict=True) for column in columns)


def _note_spellings(part: Part, columns: Sequence[Column], truths: BooleanSpellings) -> None:
    """Note how the text in the categories of one file spells booleans."""
    import polars as pl

    frame = pl.scan_parquet(part.file, glob=False, hive_partitioning=False)
    types = _find_types(frame, columns)
    for name in (column.name for column in columns if column.kind == "category"):
        if types[name] in (pl.String, pl.Categorical, pl.Enum):
            text = frame.select(pl.col(name).cast(pl.String)).with_row_index("\0row", offset=1)
            first = text.filter(pl.col(name).is_in([*TRUE, *FALSE])).group_by(name).agg(pl.col("\0row").min())
            for spelling, row in sorted(first.collect(engine="streaming").iter_rows()):
                truths.note(name, spelling, partial("{}, row {}".format, part.origin, part.number(row)))


def _note_clocks(part: Part, columns: Sequence[Column], clocks: Clocks) -> None:
    """Note whether the times of one file have a zone."""
    import polars as pl

    times = [column for column in columns if column.kind == "timestamp"]
    if not times:
        return
    frame = pl.scan_parquet(part.file, glob=False, hive_partitioning=False)
    types = _find_types(frame, times)
    for name in (column.name for column in times):
        find_place = "{}, row {}".format
        if types[name] == pl.Datetime:
            zoned = types[name].time_zone is not None
            clocks.note(name, zoned=zoned, find_place=partial(find_place, part.origin, 1))
            continue
        text = frame.select(pl.col(name).cast(pl.String)).with_row_index("\0row", offset=1)
        first = text.drop_nulls(name).group_by(find_zone(pl.col(name)).alias("zoned"))
        for zoned, row in first.agg(pl.col("\0row").min()).collect(engine="streaming").iter_rows():
            clocks.note(name, zoned=zoned, find_place=partial(find_place, part.origin, row))


def _find_value_error(part: Part, columns: Sequence[Column]) -> DataError | None:
    """Return the error for the first values of one file that are not of their column's kind, or None."""
    import polars as pl

    frame = pl.scan_parquet(part.file, glob=False, hive_partitioning=False).with_row_index("\0row", offset=1)
    types = _find_types(frame, columns)
    for column in columns:
        raw, found = pl.col(column.name), types[column.name]
        wrong = read_stored(column, found, strict=False).is_null()
        if column.kind not in NEVER_MISSING:
            wrong &= ~_is_missing(raw, found)
        # As text: Python has no nanoseconds, and no day before the year 1.
        value = as_text(raw, found) if found in (pl.Date, pl.Datetime) else raw
        wanted = frame.filter(wrong).select("\0row", value.alias(column.name))
        rows = wanted.head(MOST_EXAMPLES).collect(engine="streaming")
        if rows.height:
            examples = [Example(f"row {part.number(row)}", value) for row, value in rows.iter_rows()]
            return value_fault(part.origin, column, examples)
    return None


def _find_types(frame: pl.LazyFrame, columns: Sequence[Column]) -> dict[str, Any]:
    """Return the stored types of the columns; that of a category of floats without any value is null."""
    import polars as pl

    types = dict(frame.select(column.name for column in columns).collect_schema())
    floats = [
        column.name for column in columns if column.kind == "category" and types[column.name].is_float()
    ]
    if floats:  # pandas has no other column for categories that are all missing
        known = frame.select(pl.col(name).fill_nan(None).is_not_null().any() for name in floats)
        row = known.collect(engine="streaming").row(0, named=True)
        types |= {name: pl.Null() for name in floats if not row[name]}
    return types


def _is_missing(raw: pl.Expr, found: Any) -> pl.Expr:
    """Return whether values stand for a missing one in their type."""
    import polars as pl

    if found.is_float():
        return raw.fill_nan(None).is_null()
    if found.is_numeric() or found.is_temporal() or found.is_nested():
        return raw.is_null()
    text = raw.cast(pl.String).str.strip_chars_start(BLANKS)
    number = text.cast(pl.Float64, strict=False)
    return text.is_null() | (text == "") | number.is_nan().fill_null(value=False)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
