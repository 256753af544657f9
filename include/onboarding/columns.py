"""What the columns of a table hold: a type for each, by all of its values, and figures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from include.onboarding.source import literal

if TYPE_CHECKING:
    from include.onboarding.source import SourceTable

Kind = Literal["number", "text", "boolean", "date", "moment", "empty", "other"]
FEW = 100  # values that are counted one by one

_TOKENS = ("na", "n/a", "nan", "null", "none", "?", "-", "missing", "unknown", "#n/a")
"""How exports write a missing number; a category may be called so."""
_TRUTHS = ("true", "false")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_ZONE = "[0-9][ ]?(Z|z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    :param name: its name.
    :param kind: what its values are: ``moment`` is a date with a time of day.
    :param sql: what gives its values in that kind in the table ``rows``, NULL for what is missing.
    :param rows: rows of the table.
    :param missing: rows without a value.
    :param distinct: distinct values.
    :param low: smallest value; None where there is none.
    :param high: largest value.
    :param whole: whether all of its numbers are whole.
    :param tokens: texts that stand for a missing number, such as ``NA``.
    :param values: each value with its rows, most first, where there are few.
    :param zoned: of a moment, how many rows name a time zone or an offset.
    :param native: its type in the file.
    """

    name: str
    kind: Kind
    sql: str
    rows: int
    missing: int
    distinct: int
    low: Any = None
    high: Any = None
    whole: bool = False
    tokens: tuple[str, ...] = ()
    values: dict[str, int] = field(default_factory=dict)
    zoned: int = 0
    native: str = ""

    @property
    def constant(self) -> bool:
        """Whether every row has one and the same value."""
        return self.distinct == 1 and not self.missing

    @property
    def unique(self) -> bool:
        """Whether no two rows share a value and none lacks one."""
        return self.distinct == self.rows and not self.missing


def _finite(number: str) -> str:
    """Return an expression of a number with NULL in place of NaN."""
    return f"CASE WHEN NOT isnan({number}) THEN {number} END"


_TYPED: dict[str, tuple[Kind, str]] = {
    **dict.fromkeys(_NUMBERS, ("number", _finite("{place}::DOUBLE"))),
    "BOOLEAN": ("boolean", "CASE WHEN {place} THEN 'True' WHEN NOT {place} THEN 'False' END"),
    "DATE": ("date", "{place}"),
    "TIMESTAMP": ("moment", "{place}::TIMESTAMP"),
    "ZONED": ("moment", "timezone('UTC', {place})"),
}
"""DuckDB's type, without its size or unit, to what it holds."""


def look_at_columns(table: SourceTable) -> dict[str, Column]:
    """Return what each column of a table holds, in the order of the table, and keep its typed values.

    :param table: the table.
    """
    found = {name: _look(table, name) for name in table.types}
    table.keep({name: column.sql for name, column in found.items() if column.kind not in {"empty", "other"}})
    return {name: replace(column, sql=table.place(name)) for name, column in found.items()}


def _look(table: SourceTable, name: str) -> Column:
    native, place = table.types[name], table.place(name)
    kind, sql, tokens, zoned = _read(table, place, native)
    if kind in {"empty", "other"}:
        (missing,) = table.query(f"SELECT count(*) - count({place}) FROM looked")[0]
        return Column(
            name=name, kind=kind, sql=sql, rows=table.rows, missing=missing, distinct=0, native=native
        )
    if kind == "moment" and not zoned:
        ((at_midnight,),) = table.query(f"SELECT bool_and({sql} = date_trunc('day', {sql})) FROM looked")
        if at_midnight:
            kind, sql = "date", f"({sql})::DATE"
    whole = f"bool_and({sql} = floor({sql}))" if kind == "number" else "false"
    (known, distinct, low, high, is_whole) = table.query(
        f"SELECT count({sql}), count(DISTINCT {sql}), min({sql}), max({sql}), {whole} FROM looked"
    )[0]
    values = {}
    if distinct <= FEW:
        counted = f"SELECT {sql} AS found, count(*) FROM looked GROUP BY found ORDER BY count(*) DESC, found"
        values = {_text(value): rows for value, rows in table.query(counted) if value is not None}
    return Column(
        name=name, kind=kind if known else "empty", sql=sql, rows=table.rows, missing=table.rows - known,
        distinct=distinct, low=low, high=high, whole=bool(is_whole), tokens=tokens, values=values,
        zoned=zoned, native=native,
    )  # fmt: skip


def _read(table: SourceTable, place: str, native: str) -> tuple[Kind, str, tuple[str, ...], int]:
    """Return kind, expression, texts for what is missing, and rows that name a zone."""
    base = native.removeprefix("U").partition("(")[0]
    if base in {"VARCHAR", "ENUM"}:
        return _read_text(table, f"{place}::VARCHAR")
    zoned = native == "TIMESTAMP WITH TIME ZONE"
    kind, sql = _TYPED.get("ZONED" if zoned else base.partition("_")[0], ("other", "{place}"))
    return kind, sql.format(place=place), (), table.rows if zoned else 0


def _read_text(table: SourceTable, place: str) -> tuple[Kind, str, tuple[str, ...], int]:
    """Return the same for a column of text: the first kind that all of its values have."""
    text = f"nullif(trim({place}), '')"
    tokens = ", ".join(map(literal, _TOKENS))
    truths = ", ".join(map(literal, _TRUTHS))
    known, missing, numbers, booleans, dates, moments, zoned = table.query(
        f"SELECT count({text}), count(*) FILTER (lower({text}) IN ({tokens})), "
        f"count(try_cast({text} AS DOUBLE)) FILTER (lower({text}) NOT IN ({tokens})), "
        f"count(*) FILTER (lower({text}) IN ({truths})), "
        f"count(try_cast({text} AS DATE)) FILTER (length({text}) <= 10), "
        f"count(try_cast({text} AS TIMESTAMP)), "
        f"count(*) FILTER (length({text}) > 10 AND regexp_matches({text}, {literal(_ZONE)})) FROM looked"
    )[0]
    if not known:
        return "empty", "NULL", (), 0
    said = known - missing
    if said and numbers == said:
        number = f"CASE WHEN lower({text}) NOT IN ({tokens}) THEN try_cast({text} AS DOUBLE) END"
        found = table.query(
            f"SELECT DISTINCT {text} FROM looked WHERE lower({text}) IN ({tokens}) ORDER BY 1"
        )
        return "number", _finite(number), tuple(one for (one,) in found), 0
    if booleans == known:
        return "boolean", f"CASE lower({text}) WHEN 'true' THEN 'True' WHEN 'false' THEN 'False' END", (), 0
    if dates == known:
        return "date", f"try_cast({text} AS DATE)", (), 0
    if moments == known:
        cast = f"try_cast({text} AS TIMESTAMP)"
        if zoned == known:
            cast = f"timezone('UTC', try_cast({text} AS TIMESTAMPTZ))"
        return "moment", cast, (), zoned
    return "text", f"nullif({place}, '')", (), 0


def _text(value: Any) -> str:
    """Return a value as people write it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
