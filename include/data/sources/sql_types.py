"""The types of a query's columns: what a database calls them, and what each kind of column takes.

A type comes from what the driver says of the result (PEP 249, ``description``), never from the text of the
values. Where a driver says nothing, as SQLite's, it comes from the Python types of the values.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from include.data.ingest.column_names import check_columns
from include.data.schema import Column
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.data.schema import Kind

REMEDY = "Name the column so in the query (... AS name), or change model.yaml and train again."

# What the types of all databases come down to. Decimals without decimals are "whole".
NUMBERS = ("integer", "whole", "decimal", "real", "float")
_TIMES = ("date", "timestamp", "timestamp with time zone")

ACCEPTED: dict[Kind, tuple[str, ...]] = {
    "integer": ("integer", "whole"),
    "string": ("text", "uuid"),
    "date": (*_TIMES, "text"),
    "timestamp": ("timestamp", "timestamp with time zone", "text"),
    "number": NUMBERS,
    "category": ("text", "uuid", "integer", "whole", "boolean"),
    "target": ("boolean", *NUMBERS),
    "late_target": ("boolean", *NUMBERS),
    "event": (*_TIMES, "text"),
    "whole": ("integer", "whole"),
    "flag": ("boolean", "integer"),
}
# What is written around a column to make it what its kind takes, in standard SQL.
_CASTS: dict[Kind, str] = {
    "integer": "bigint",
    "string": "varchar(200)",
    "date": "date",
    "timestamp": "timestamp",
    "number": "double precision",
    "category": "varchar(200)",
    "target": "smallint",
    "late_target": "smallint",
    "event": "date",
    "whole": "bigint",
    "flag": "boolean",
}

# What a column of a type that no kind takes may become, before it is cast.
_INSTEAD = {
    "interval": "EXTRACT(EPOCH FROM {name})",
    "time": "EXTRACT(EPOCH FROM {name})",
    "time without time zone": "EXTRACT(EPOCH FROM {name})",
    "time with time zone": "EXTRACT(EPOCH FROM {name})",
    "money": "CAST({name} AS numeric)",
    "json": "{name} ->> 'key'",
    "jsonb": "{name} ->> 'key'",
}

_WORDS: dict[str, str] = {
    **dict.fromkeys(("bool", "boolean", "bit"), "boolean"),
    **dict.fromkeys(
        ("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "byteint", "int2", "int4", "int8",
         "int16", "int32", "int64", "utinyint", "usmallint", "uinteger", "long", "short"), "integer"
    ),
    **dict.fromkeys(("hugeint", "uhugeint", "ubigint"), "whole"),
    **dict.fromkeys(("real", "float4"), "real"),
    **dict.fromkeys(("float", "float8", "float64", "double", "double precision", "binary_double"), "float"),
    **dict.fromkeys(("decimal", "numeric", "number", "bignumeric", "newdecimal"), "decimal"),
    **dict.fromkeys(
        ("char", "varchar", "character", "character varying", "text", "string", "nchar", "nvarchar", "bpchar",
         "clob", "enum", "var_string", "varchar2", "nvarchar2"), "text"
    ),
    "uuid": "uuid",
    "date": "date",
    **dict.fromkeys(
        ("timestamp", "datetime", "timestamp without time zone", "datetime2", "timestamp_ntz",
         "timestamp_ms", "timestamp_s", "timestamp_ns"), "timestamp"
    ),
    **dict.fromkeys(
        ("timestamptz", "timestamp with time zone", "timestamp with local time zone", "timestamp_tz",
         "timestamp_ltz", "datetimeoffset"), "timestamp with time zone"
    ),
}  # fmt: skip
_CLASSES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    Decimal: "decimal",
    str: "text",
    UUID: "uuid",
    date: "date",
    datetime: "timestamp",
}
_ARGUMENTS = re.compile(r"\(([^()]*)\)")


class ResultColumn(NamedTuple):
    """A column of a query's result.

    :param name: as the database spells it.
    :param type: one of those above, another type's own name, or None where the driver does not say.
    """

    name: str
    type: str | None


def type_of_class(found: type) -> str:
    """Return the type that values of a Python type have; a time with a zone shows in the value alone.

    :param found: the class of a value.
    """
    return _CLASSES.get(found, found.__name__)


def type_of_word(word: str) -> str | None:
    """Return the type that a database's name for it means; None where it is a number of the driver's own.

    :param word: such as ``DECIMAL(10,2)`` or ``varchar``.
    """
    if not word or word.lstrip("-").isdigit():
        return None
    arguments = _ARGUMENTS.search(word)
    bare = " ".join(_ARGUMENTS.sub(" ", word.lower()).removeprefix("db_type_").split())
    found = _WORDS.get(bare, bare)
    if found == "decimal" and arguments:
        _, _, scale = arguments[1].partition(",")
        return "whole" if scale.strip() in {"", "0"} else "decimal"
    return found


def check_types(found: Sequence[ResultColumn], columns: Sequence[Column], origin: str) -> None:
    """Check that each column has a type that its kind takes.

    Text that looks like a number is not guessed to be one: the query says what it is.

    :param found: column by column, as the table's.
    :param columns: columns of the table.
    :param origin: what messages call the source.
    :raises DataError: another type, with what the query can do about it.
    """
    faults = [
        type_fault(column, one.type)
        for one, column in zip(found, columns, strict=True)
        if one.type is not None and one.type not in ACCEPTED[column.kind]
    ]
    if faults:
        raise DataError(f"{origin}: {' '.join(faults)}")


def type_fault(column: Column, found: str) -> str:
    """Return what is said of a column of the wrong type.

    :param column: of the table.
    :param found: its type in the result.
    """
    name = column.name if column.name.isidentifier() and column.name.islower() else f'"{column.name}"'
    taken = "{name}[1]" if found.endswith("[]") else _INSTEAD.get(found, "{name}")
    return (
        f"column {column.name!r} has the type {found}; expected {', '.join(ACCEPTED[column.kind])}. Cast it "
        f"in the query, such as CAST({taken.format(name=name)} AS {_CASTS[column.kind]}) AS {name}, or "
        "correct the column's kind in model.yaml."
    )


def find_column(found: Sequence[ResultColumn], name: str, origin: str) -> ResultColumn:
    """Return the column of a name; where none is spelled so, the only one that differs in case alone.

    Databases fold names that are not in quotes to upper or to lower case.

    :param found: the columns of a result.
    :param name: as ``model.yaml`` spells it.
    :param origin: what messages call the source.
    :raises DataError: there is none, or more than one.
    """
    same = [one for one in found if one.name == name]
    folded = same or [one for one in found if one.name.casefold() == name.casefold()]
    taken = folded[0] if len(folded) == 1 else None
    names = [name if one is taken else one.name for one in found]
    check_columns(names, [Column(name, "category")], origin, remedy=REMEDY)
    return folded[0]


def check_unchanged(types: dict[str, str | None], before: dict[str, str], origin: str) -> None:
    """Check that columns have the types that they had in the deliveries before.

    :param types: column to type; None where it is not known.
    :param before: column to type, of the same query.
    :param origin: what messages call the source.
    :raises DataError: a type changed.
    """
    faults = [
        f"column {name!r} has the type {found}; expected {before[name]}, as in the deliveries before."
        for name, found in types.items()
        if found is not None and before.get(name, found) != found
    ]
    if faults:
        raise DataError(
            f"{origin}: {' '.join(faults)} Find out whether it still means the same. If so, cast it in the "
            "query to what it was; a query whose text was changed, if only a comment, accepts the new type."
        )
