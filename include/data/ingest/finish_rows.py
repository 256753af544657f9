"""Finish the rows that a CSV reader has parsed, at no more cost than what is in them asks for.

Most blocks of most files hold no NaN, one day, and categories without a boolean among them. So a column
is looked at first: a number by its sum, which is NaN as soon as one value is; a day and a category by its
distinct values.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from include.data.ingest.clocks import read_plain
from include.data.ingest.readings import DATES, FALSE, ISO_DATE, TRUE, polars_type, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from include.data.schema import Column, Kind

_WHOLE_DAY = re.compile(ISO_DATE)
_OTHER_CATEGORIES = [*TRUE, *FALSE, ""]


def raw_type(kind: Kind, *, as_text: bool) -> Any:
    """Return the type to parse a CSV field to.

    CSV readers take 30/04/2005 for a date too, and 04/05/2005 has two readings: dates and times are read as
    text.

    :param kind: kind of column.
    :param as_text: leave all but numbers as text: :func:`finish_rows` knows more spellings than a reader.
    """
    import polars as pl

    as_written = kind in DATES or kind == "timestamp"
    return pl.String if as_written or (as_text and kind != "number") else polars_type(kind)


def find_other_categories(rows: pl.DataFrame, columns: Sequence[Column]) -> dict[str, list[str]]:
    """Return the categories that do not stay as they stand: booleans, and those that are empty.

    :param rows: parsed to :func:`raw_type`.
    :param columns: columns of the table; those of categories are the keys of the answer.
    """
    distinct = {column.name: rows[column.name].unique() for column in columns if column.kind == "category"}
    return {
        name: values.filter(values.is_in(_OTHER_CATEGORIES)).to_list() for name, values in distinct.items()
    }


def finish_rows(
    rows: pl.DataFrame, columns: Sequence[Column], others: dict[str, list[str]], *, as_text: bool
) -> pl.DataFrame:
    """Return the typed rows, with the columns in their order.

    :param rows: parsed to :func:`raw_type`.
    :param columns: columns of the table.
    :param others: from :func:`find_other_categories`.
    :param as_text: as it was given to :func:`raw_type`.
    :raises polars.exceptions.PolarsError: a value has no reading as its column's kind.
    """
    return rows.select(
        rows[column.name]
        if column.kind == "category" and not others[column.name]
        else _finish(column, rows[column.name], as_text=as_text)
        for column in columns
    )


def _finish(column: Column, raw: pl.Series, *, as_text: bool) -> pl.Series | pl.Expr:
    import polars as pl

    if column.kind == "number":
        return raw.fill_nan(None) if math.isnan(raw.sum()) else raw
    if column.kind in DATES:
        return _finish_day(column, raw)
    if column.kind == "timestamp" and (plain := read_plain(raw, column.zone)) is not None:
        return plain
    if as_text or raw.dtype == pl.String:
        return read_text(column, pl.col(column.name), strict=True)
    return raw


def _finish_day(column: Column, raw: pl.Series) -> pl.Series | pl.Expr:
    import polars as pl

    days = raw.unique()
    if len(days) == 1 and _WHOLE_DAY.fullmatch(days[0] or ""):
        return days.str.to_date("%Y-%m-%d", strict=True).new_from_index(0, len(raw))
    if days.str.contains(ISO_DATE).all():
        return raw.str.to_date("%Y-%m-%d", strict=True)
    return read_text(column, pl.col(column.name), strict=True)
