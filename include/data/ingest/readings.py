"""What a value of a source is read as: one answer for each spelling, whatever the format.

Text in a CSV field and the same text in a Parquet column are read alike, and so are a typed Parquet column
and what its writer would have put into a CSV file: a boolean and ``True``, a float and ``5.0``, a timestamp
at midnight and ``2005-04-30 00:00:00``. What has two readings is refused; docs/bring-your-own-model.md has
the list.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from include.data.ingest.clocks import read_clock, read_local

if TYPE_CHECKING:
    import polars as pl

    from include.data.schema import Column, Kind

TRUE, FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
NOT_A_NUMBER = ("nan", "NaN", "NAN")
BLANKS = " \t\n\r\v\f"
WHOLE = r"^([+-]?\d+)\.0*$"
# There is no year 0000 in Python, Arrow's readers or SQL.
ISO_DATE = r"^([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-[0-9]{2}-[0-9]{2}$"
MIDNIGHT = r"[ T]00:00(:00(\.0{1,9})?)?$"

DATES: frozenset[Kind] = frozenset({"date", "event"})

# Above these not each whole number has a float of its own.
_EXACT_32, _EXACT_64 = 2**24, 2**53


def one_spelling(text: str) -> str:
    """Return how a category is spelled in a snapshot: booleans as Python and pandas spell them.

    :param text: as it is delivered, or written in a contract.
    """
    return "True" if text in TRUE else "False" if text in FALSE else text


def polars_type(kind: Kind) -> Any:
    """Return the type that a snapshot stores a kind of column in, as polars calls it."""
    import polars as pl

    types: dict[Kind, Any] = {
        "integer": pl.Int64,
        "string": pl.String,
        "date": pl.Date,
        "timestamp": pl.Datetime("us", "UTC"),
        "number": pl.Float64,
        "category": pl.String,
        "target": pl.Int8,
        "late_target": pl.Int8,
        "whole": pl.Int64,
        "flag": pl.Int8,
        "event": pl.Date,
    }
    return types[kind]


def read_text(column: Column, raw: pl.Expr, *, strict: bool) -> pl.Expr:
    """Return the expression that reads text as a kind of column.

    :param column: gives kind and name.
    :param raw: text; an empty one is a missing value.
    :param strict: fail on text that has no such reading; otherwise it becomes null.
    """
    import polars as pl

    if column.kind == "category":
        read = _one_spelling(raw)
    elif column.kind == "string":
        read = pl.when(raw != "").then(raw)
    elif column.kind in DATES:
        read = _iso_date(pl.when(raw != "").then(raw).str.replace(MIDNIGHT, ""), strict=strict)
    elif column.kind == "timestamp":
        read = read_clock(pl.when(raw != "").then(raw), column.zone, strict=strict)
    else:
        bare = raw.str.strip_chars_start(BLANKS)  # as polars' CSV reader does it
        known = pl.when(bare != "").then(bare)
        if column.kind == "number":
            read = known.cast(pl.Float64, strict=strict).fill_nan(None)
        elif column.kind in {"integer", "whole"}:
            read = known.str.replace(WHOLE, "$1").cast(pl.Int64, strict=strict)
        else:
            truth = pl.when(bare.is_in(TRUE)).then(pl.lit("1")).when(bare.is_in(FALSE)).then(pl.lit("0"))
            digits = truth.when(~bare.is_in(NOT_A_NUMBER)).then(known)
            read = digits.str.replace(WHOLE, "$1").cast(pl.Int8, strict=strict)
    return read.alias(column.name)


def read_stored(column: Column, found: Any, *, strict: bool) -> pl.Expr:
    """Return the expression that reads a typed column of a Parquet file.

    :param column: what it is to become.
    :param found: its type; :func:`has_reading` is true of it.
    :param strict: fail on a value that has no such reading; otherwise it becomes null.
    """
    import polars as pl

    raw = pl.col(column.name)
    kind = polars_type(column.kind)
    if found == pl.Null:
        return pl.when(raw.is_null() & raw.is_not_null()).then(pl.lit(None, dtype=kind)).alias(column.name)
    if found == kind == pl.Date:  # a key without a day is refused
        return pl.when(raw.is_between(date.min, date.max)).then(raw)
    if column.kind == "timestamp" and found == pl.Datetime:
        known = (
            pl.when(raw.dt.year().is_between(date.min.year, date.max.year)).then(raw).dt.cast_time_unit("us")
        )
        read = read_local(known, column.zone, strict=strict) if found.time_zone is None else known
        return read.dt.convert_time_zone("UTC").alias(column.name)
    if column.kind == "number" and found.is_numeric():
        return raw.cast(kind, strict=strict).fill_nan(None)
    if found.is_integer() and kind in {pl.Int64, pl.Int8}:
        return raw.cast(kind, strict=strict)
    return read_text(column, as_text(raw, found), strict=strict)


def has_reading(found: Any, kind: Kind) -> bool:
    """Tell whether values of a type in a Parquet file have one sure reading as a kind of column.

    :param found: as polars calls it.
    :param kind: kind of column.
    """
    import polars as pl

    if found == pl.Null or found in (pl.String, pl.Categorical, pl.Enum):
        return True
    whole = found.is_integer() or (found.is_decimal() and found.scale == 0)
    if kind in DATES:
        return found == pl.Date or (found == pl.Datetime and found.time_zone is None)
    if kind == "timestamp":
        return bool(found == pl.Datetime)
    if kind == "category":
        return bool(whole or found == pl.Boolean)
    if kind == "string":
        return False
    return bool(found.is_numeric() or (found == pl.Boolean and kind in {"target", "late_target", "flag"}))


def as_text(raw: pl.Expr, found: Any) -> pl.Expr:
    """Return what a typed column would look like in a CSV file."""
    import polars as pl

    if found == pl.Datetime:
        return raw.dt.to_string("%Y-%m-%d %H:%M:%S%.f" + ("" if found.time_zone is None else "%:z"))
    if found.is_float():
        known = raw.fill_nan(None)
        exact = known.abs() <= (_EXACT_32 if found == pl.Float32 else _EXACT_64)
        return pl.when(exact).then(known.cast(pl.String)).when(~exact).then(pl.lit("not exact"))
    return raw.cast(pl.String)


def _iso_date(text: pl.Expr, *, strict: bool) -> pl.Expr:
    """Return the day that ISO text names. polars alone would skip blanks, and take 2005-04-3, cut off."""
    import polars as pl

    is_whole = text.str.contains(ISO_DATE)
    day = pl.when(is_whole).then(text).when(~is_whole).then(pl.lit("no date"))
    return day.str.to_date("%Y-%m-%d", strict=strict)


def _one_spelling(raw: pl.Expr) -> pl.Expr:
    """Return text as :func:`one_spelling` does; null where it is empty."""
    import polars as pl

    return (
        pl.when(raw.is_in(TRUE)).then(pl.lit(one_spelling(TRUE[0])))
        .when(raw.is_in(FALSE)).then(pl.lit(one_spelling(FALSE[0])))
        .when(raw != "").then(raw)
    )  # fmt: skip
