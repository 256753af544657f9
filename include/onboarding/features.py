"""Which columns become features, as what, and why the others are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING

from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from include.onboarding.columns import Column, Kind
    from include.onboarding.source import SourceTable
    from include.onboarding.tasks.base import Target
    from include.onboarding.time import Cut

MOST_CATEGORIES = 100
_RARE = 5  # rows of a category, below which it teaches nothing
_ID = re.compile(r"(^|_)(id|uuid|guid)$|^(id|uuid)_?$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Features:
    """The features of a new model.

    :param numeric: columns of numbers.
    :param categorical: columns of categories.
    :param left_out: column to why it is none.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    left_out: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, numeric first."""
        return self.numeric + self.categorical


def choose_features(
    table: SourceTable, columns: Mapping[str, Column], target: Target, partition: str, cut: Cut
) -> Features:
    """Return the features among some columns.

    :param table: the table.
    :param columns: all but entity, time and target.
    :param target: the target.
    :param partition: the expression for a row's partition.
    :param cut: the partitions.
    """
    left_out = dict(table.unusable)
    numeric: list[str] = []
    categorical: list[str] = []
    for name, column in columns.items():
        why = _unfit(column) or _absent(table, column, partition, cut) or _copies(table, column, target)
        if why:
            left_out[name] = why
        else:
            (numeric if column.kind == "number" else categorical).append(name)
    return Features(numeric=tuple(numeric), categorical=tuple(categorical), left_out=left_out)


def _unfit(column: Column) -> str:
    """Return why a column is not a feature whatever the others are; empty where it may be one."""
    if column.constant:
        return "one value in all rows: nothing can be learned from it"
    return _UNFIT[column.kind](column)


def _unfit_number(column: Column) -> str:
    if isinf(column.low) or isinf(column.high):
        return "infinite values, which the built-in rules refuse: correct the division by zero upstream"
    if column.unique and column.whole and _ID.search(column.name):
        return "another number in each row, and called like an id"
    return ""


def _unfit_text(column: Column) -> str:
    known = column.rows - column.missing
    if column.distinct <= MOST_CATEGORIES and column.distinct * _RARE <= known:
        return ""
    return (
        f"{column.distinct:,} different texts in {known:,} rows: as a category it would be learned by heart: "
        "group it, or deliver what you mean by it as a number"
    )


def _unfit_date(_: Column) -> str:
    return (
        "a date goes on for ever, and a model knows the past ones only: deliver what you mean by it as a "
        "number, such as days since then"
    )


_UNFIT: dict[Kind, Callable[[Column], str]] = {
    "number": _unfit_number,
    "text": _unfit_text,
    "boolean": lambda _: "",
    "date": _unfit_date,
    "moment": _unfit_date,
    "empty": lambda _: "no value in any row",
    "other": lambda column: f"values of type {column.native} are neither numbers nor categories",
}


def _absent(table: SourceTable, column: Column, partition: str, cut: Cut) -> str:
    """Return why a column is none that lacks all values in a partition."""
    if not column.missing:
        return ""
    counted = f"SELECT ({partition})::VARCHAR AS p FROM rows GROUP BY p HAVING count({column.sql}) = 0"
    empty = sorted(found for (found,) in table.query(counted))
    if not empty:
        return ""
    some = ", ".join(empty[:3]) + (" ..." if len(empty) > 3 else "")  # noqa: PLR2004
    return (
        f"no value in {len(empty)} of {len(cut.rows)} partitions ({some}): the built-in rules refuse a "
        "delivery "
        "in which a feature has none"
    )


def _copies(table: SourceTable, column: Column, target: Target) -> str:
    """Return why a column is none that says the same as the target in each row."""
    if column.distinct != (len(target.classes) or column.distinct):
        return ""
    known = f"FROM rows WHERE {target.sql} IS NOT NULL AND {column.sql} IS NOT NULL"
    ((pairs, ours, theirs, rows),) = table.query(
        f"SELECT count(DISTINCT ({target.sql}, {column.sql})), count(DISTINCT {target.sql}), "
        f"count(DISTINCT {column.sql}), count(*) {known}"
    )
    if pairs == ours == theirs > 1 and ours * _RARE <= rows:
        return f"each of its values stands for one value of {shown(target.column)}: it is the target again"
    return ""
