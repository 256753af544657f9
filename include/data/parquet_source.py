"""Read a Parquet file of any writer as a stream of typed columns, and find out where its values are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.data.faults import MOST_EXAMPLES, STORED_AS, Example, listed, value_fault
from include.data.schema import NEVER_MISSING
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from include.data.schema import Column, Kind


def read_names(source: Path, origin: str) -> tuple[str, ...]:
    """Return the names of a Parquet file's columns.

    :param source: local file.
    :param origin: URI to name in messages.
    :raises DataError: no Parquet, one that was cut off (its description stands at its end), or one with two
        columns of the same name.
    :raises OSError: the file can't be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

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


def scan_parquet(source: Path, columns: Sequence[Column], origin: str) -> pl.LazyFrame:
    """Return the needed columns of a Parquet file, typed, as a query that streams.

    :param source: local file that has each column once.
    :param columns: columns of the table, in the order to return.
    :param origin: URI to name in messages.
    :raises DataError: a column is stored in a type that has no sure reading as what model.yaml says.
    """
    import polars as pl

    frame = pl.scan_parquet(source, glob=False, hive_partitioning=False)
    types = frame.select(column.name for column in columns).collect_schema()
    faults = [
        f"column {column.name!r} is stored as {types[column.name]}; expected {STORED_AS[column.kind]}"
        for column in columns
        if not _reads_as(types[column.name], column.kind)
    ]
    if faults:
        raise DataError(
            f"{origin}: {'; '.join(faults)}. Deliver the file again with other types, or correct the "
            "column's kind in model.yaml."
        )
    return frame.select(_cast(column, types[column.name], strict=True) for column in columns)


def diagnose_parquet(source: Path, columns: Sequence[Column], origin: str) -> DataError | None:
    """Return the first fault among the values of a Parquet file, or None.

    :param source: local file whose types are right.
    :param columns: columns of the table.
    :param origin: URI to name in messages.
    """
    import polars as pl

    frame = pl.scan_parquet(source, glob=False, hive_partitioning=False).with_row_index("\0row", offset=1)
    types = frame.collect_schema()
    for column in columns:
        raw = pl.col(column.name)
        lost = _cast(column, types[column.name], strict=False).is_null()
        wrong = (
            lost
            if column.kind in NEVER_MISSING
            else lost & raw.is_not_null() & ~_is_nan(raw, types[column.name])
        )
        found = (
            frame.filter(wrong).select("\0row", column.name).head(MOST_EXAMPLES).collect(engine="streaming")
        )
        if found.height:
            return value_fault(
                origin, column, [Example(f"row {row}", value) for row, value in found.iter_rows()]
            )
    return None


def _reads_as(found: Any, kind: Kind) -> bool:
    """Tell whether values of a stored type have one sure reading as a kind of column."""
    import polars as pl

    text = (pl.String, pl.Categorical, pl.Enum)
    if found == pl.Null:
        return True
    if kind == "date":
        return found in {pl.Date, pl.String} or (found == pl.Datetime and found.time_zone is None)
    if kind == "number":
        return bool(found.is_numeric())
    if kind == "category":
        return found in text or found == pl.Boolean or bool(found.is_integer())
    if kind == "string":
        return found in text
    return bool(found.is_integer()) or (kind in {"target", "late_target"} and found == pl.Boolean)


def _cast(column: Column, found: Any, *, strict: bool) -> pl.Expr:
    """Return the expression that gives a column its canonical type.

    :param strict: fail on a value that has no such reading; otherwise it becomes null.
    """
    import polars as pl

    raw = pl.col(column.name)
    if column.kind == "date":
        if found == pl.String:
            return raw.str.to_date("%Y-%m-%d", strict=strict)
        if found == pl.Datetime:
            # A time of day has no place in a date: such a value becomes text that is none, and fails as such.
            day = raw.cast(pl.Date)
            at_midnight = pl.when(raw == day.cast(found)).then(day.dt.to_string())
            return at_midnight.otherwise(raw.dt.to_string()).str.to_date("%Y-%m-%d", strict=strict)
        return raw.cast(pl.Date, strict=strict)
    if column.kind == "number":
        return raw.cast(pl.Float64, strict=strict).fill_nan(None)
    if column.kind in {"category", "string"}:
        # As in a CSV file, an empty text is a missing value.
        text = raw.cast(pl.String, strict=strict)
        return pl.when(text != "").then(text).name.keep()
    return raw.cast(pl.Int64 if column.kind == "integer" else pl.Int8, strict=strict)


def _is_nan(raw: pl.Expr, found: Any) -> pl.Expr:
    """Return whether values are NaN, for types that have it."""
    import polars as pl

    return raw.is_nan().fill_null(value=False) if found.is_float() else pl.lit(value=False)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
