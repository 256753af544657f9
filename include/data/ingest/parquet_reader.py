"""Read a Parquet file of any writer as a stream of typed columns, and find where its values are wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.ingest.readings import BLANKS, FALSE, TRUE, as_text, has_reading, read_stored
from include.data.ingest.unpack import find_codec
from include.data.ingest.value_errors import MOST_EXAMPLES, STORED_AS, Example, listed, value_fault
from include.data.schema import NEVER_MISSING
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from include.data.ingest.part import Part
    from include.data.ingest.truth_spellings import TruthSpellings
    from include.data.schema import Column


def read_names(source: Path, origin: str) -> tuple[str, ...]:
    """Return the names of a Parquet file's columns.

    :param source: local file.
    :param origin: URI to name in messages.
    :raises DataError: no Parquet, one that was cut off (its description stands at its end), or one with two
        columns of the same name.
    :raises OSError: the file can't be read.
    """
    with source.open("rb") as stream:
        codec = find_codec(stream.read(4))
    if codec:
        raise DataError(
            f"{origin}: expected Parquet, found a file that is packed with {codec}. Parquet is compressed "
            "within and is read from its end: deliver it unpacked."
        )
    try:
        with pq.ParquetFile(source) as parquet:
            names = tuple(parquet.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk; without a number it is Arrow, about the content
        raise DataError(
            f"{origin}: no readable Parquet file of {source.stat().st_size:,} bytes ({_first_line(error)}). "
            "It was cut off while it was written or copied, or it is another format: deliver it again, or "
            "set the table's format in model.yaml."
        ) from error
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f"{origin}: columns {listed(twice)} are there more than once; expected each name once. Take out "
            "the wrong ones and deliver the file again."
        )
    return names


def scan_parquet(part: Part, columns: Sequence[Column]) -> pl.LazyFrame:
    """Return the needed columns of a Parquet file, typed, as a query that streams.

    :param part: file that has each column once.
    :param columns: columns of the table, in the order to return.
    :raises DataError: a column is stored in a type that has no sure reading as what model.yaml says.
    """
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


def note_truths(part: Part, columns: Sequence[Column], truths: TruthSpellings) -> None:
    """Note how the text in the categories of a Parquet file spells truth values.

    :param part: file whose types are right.
    :param columns: columns of the table.
    :param truths: takes the notes.
    """
    import polars as pl

    frame = pl.scan_parquet(part.file, glob=False, hive_partitioning=False)
    types = _find_types(frame, columns)
    for name in (column.name for column in columns if column.kind == "category"):
        if types[name] in (pl.String, pl.Categorical, pl.Enum):
            text = frame.select(pl.col(name).cast(pl.String)).with_row_index("\0row", offset=1)
            first = text.filter(pl.col(name).is_in([*TRUE, *FALSE])).group_by(name).agg(pl.col("\0row").min())
            for spelling, row in sorted(first.collect(engine="streaming").iter_rows()):
                truths.note(name, spelling, partial("{}, row {}".format, part.origin, row))


def diagnose_parquet(part: Part, columns: Sequence[Column]) -> DataError | None:
    """Return the first fault among the values of a Parquet file, or None.

    :param part: file whose types are right.
    :param columns: columns of the table.
    """
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
            examples = [Example(f"row {row}", value) for row, value in rows.iter_rows()]
            return value_fault(part.origin, column, examples)
    return None


def count_rows(part: Part) -> int:
    """Return the number of rows that a Parquet file says it has."""
    with pq.ParquetFile(part.file) as parquet:
        return int(parquet.metadata.num_rows)


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
