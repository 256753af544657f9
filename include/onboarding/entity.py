"""Whom a row is about: the column that was named, the best candidate, or the number of the row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from include.errors import DataError
from include.names import shown
from include.onboarding.source import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.onboarding.columns import Column
    from include.onboarding.source import SourceTable

NUMBERED = "row_id"
"""The column that is added where a table names nobody."""
_ID = re.compile(r"(^|_|\b)(id|uuid|guid|key|no|nr|number|code)$|^(id|uuid)(_|\b)|[a-z]I[dD]$", re.IGNORECASE)
_LARGEST = 2**53


@dataclass(frozen=True, kw_only=True)
class Entity:
    """Whom rows are about.

    :param column: what it is called in deliveries.
    :param type: ``integer`` or ``string``.
    :param sql: an expression over the table ``rows``.
    :param why: why this one.
    :param distinct: how many there are.
    :param most: rows of one entity in one partition, at most.
    :param derived: whether the column is added to the table.
    """

    column: str
    type: Literal["integer", "string"]
    sql: str
    why: str
    distinct: int
    most: int
    derived: bool = False


def find_candidates(columns: Iterable[Column]) -> list[Column]:
    """Return the columns that could name an entity, the likeliest first: filled, whole or text, called so.

    :param columns: all but time and target.
    """
    filled = [one for one in columns if one.distinct > 1 and not one.missing and _type(one)]
    called = [one for one in filled if _ID.search(one.name)]
    unique = [one for one in filled if one.unique and one not in called and one.kind == "text"]
    return sorted(called, key=lambda one: one.distinct) + unique


def choose_entity(
    table: SourceTable, columns: Mapping[str, Column], partition: str, wanted: str | None
) -> Entity:
    """Return whom rows are about.

    :param table: the table.
    :param columns: all but time and target.
    :param partition: the expression for a row's partition.
    :param wanted: ``--entity``; None to choose.
    :raises DataError: the column that was named can't be one.
    """
    if wanted is not None:
        return _describe(table, _check(table, columns[wanted]), partition, "as --entity says")
    candidates = find_candidates(columns.values())
    if candidates:
        one = candidates[0]
        about = "no two rows share it" if one.unique else f"it names {one.distinct:,} in {one.rows:,} rows"
        called = (
            "it is called like an id and" if _ID.search(one.name) else "no column is called like an id; it is"
        )
        found = _describe(table, one, partition, f"{called} filled in every row; {about}")
        others = ", ".join(shown(other.name) for other in candidates[1:])
        if others:
            return Entity(**{**vars(found), "why": f"{found.why}; other candidates: {others}"})
        return found
    return _number(
        table,
        columns,
        "no column names anybody, so each row is one of its own and has the number that it has in the table: "
        "new "
        "data has to bring such a number, or an id of yours (--entity)",
    )


def choose_row(table: SourceTable, columns: Mapping[str, Column], entity: Entity) -> Entity | None:
    """Return what tells the rows of one entity in one partition apart; None where there is one at most.

    :param table: the table.
    :param columns: all but time and target.
    :param entity: whom rows are about.
    """
    if entity.most == 1:
        return None
    several = f"{shown(entity.column)} has up to {entity.most:,} rows in one partition"
    others = [one for one in columns.values() if one.unique and _type(one) and one.name != entity.column]
    called = [one for one in others if _ID.search(one.name)] or [one for one in others if one.kind == "text"]
    if called:
        why = f"{several}, and no two rows share {shown(called[0].name)}"
        return _describe(table, called[0], "", why)
    return _number(
        table,
        columns,
        f"{several}, and no column tells them apart, so a row has the number that it has in the table: new "
        "data "
        "has to bring such a number",
    )


def _number(table: SourceTable, columns: Mapping[str, Column], why: str) -> Entity:
    """Return the number of a row as an id, under a name that no column has."""
    name = NUMBERED
    while name.casefold() in {one.casefold() for one in columns}:
        name = f"{name}_"
    return Entity(column=name, type="integer", sql=ROW, why=why, distinct=table.rows, most=1, derived=True)


def _describe(table: SourceTable, column: Column, partition: str, why: str) -> Entity:
    kind = _type(column) or "string"
    sql = f"{column.sql}::BIGINT" if kind == "integer" else f"{column.sql}::VARCHAR"
    most = 1
    if not column.unique:
        counted = f"SELECT count(*) AS n FROM rows GROUP BY {column.sql}, {partition}"
        ((most,),) = table.query(f"SELECT max(n) FROM ({counted})")
    return Entity(column=column.name, type=kind, sql=sql, why=why, distinct=column.distinct, most=most)


def _type(column: Column) -> Literal["integer", "string"] | None:
    if column.kind == "number" and column.whole and abs(column.low) <= _LARGEST >= abs(column.high):
        return "integer"
    return "string" if column.kind == "text" else None


def _check(table: SourceTable, column: Column) -> Column:
    """Return a column that may be the entity.

    :raises DataError: it may not.
    """
    where = f"{table.origin}: entity column {shown(column.name)}"
    if column.missing:
        raise DataError(
            f"{where}: found no value in {column.missing:,} of {column.rows:,} rows; expected one in each: "
            "fill it "
            "in, or name another column with --entity"
        )
    if _type(column) is None:
        raise DataError(
            f"{where}: found values of type {column.native} ({column.kind}); expected whole numbers or text: "
            "name another column with --entity"
        )
    if column.distinct == 1:
        raise DataError(
            f"{where}: found one value in all rows; expected many: whoever is held out is never trained on, "
            "and "
            "here that would be everybody or nobody: name another column with --entity"
        )
    return column
