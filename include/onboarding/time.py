"""The time column: which day a row belongs to, and how rows are cut into partitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from include.errors import DataError
from include.names import shown
from include.onboarding.source import literal

if TYPE_CHECKING:
    from include.onboarding.columns import Column
    from include.onboarding.source import SourceTable

Every = Literal["day", "week", "month"]
_FIRST = "1900-01-01"
_YEARS, _COMPACT = (1900, 2100), (19_000_101, 21_001_231)

_SPELT = {
    "%d.%m.%Y": "day.month.year",
    "%d/%m/%Y": "day/month/year",
    "%m/%d/%Y": "month/day/year",
    "%d-%m-%Y": "day-month-year",
    "%m-%d-%Y": "month-day-year",
}
"""How people spell days besides 2015-04-30."""

PARTITION: dict[Every, str] = {
    "day": "{day}",
    "week": "(date_trunc('week', {day}) + INTERVAL 6 DAY)::DATE",
    "month": "last_day({day})",
}
"""A partition is named by its last day: the day itself, the Sunday of the week, the end of the month."""

ENOUGH, USUAL = 6, 300
"""Partitions that a past worth the name has, and rows of a partition that tell something in monitoring."""


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The time of the rows.

    :param column: its name.
    :param type: what deliveries hold: a date, or a timestamp.
    :param sql: an expression that gives that in the table ``rows``; of a timestamp in UTC where it is zoned.
    :param zoned: whether timestamps name their zone.
    :param timezone: whose midnight ends a day.
    :param day: an expression that gives the day of a row in the table ``rows``.
    :param first: the first day, ISO.
    :param last: the last one.
    :param note: how it was read, where that is not plain.
    """

    column: str
    type: Literal["date", "timestamp"]
    sql: str
    zoned: bool
    timezone: str
    day: str
    first: str
    last: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How rows are cut into partitions.

    :param every: the length of a partition.
    :param rows: partition (ISO date of its last day) to its rows, oldest first.
    :param why: the reason for this length.
    """

    every: Every
    rows: dict[str, int]
    why: str

    @property
    def usual(self) -> int:
        """Rows of the partition in the middle."""
        return sorted(self.rows.values())[len(self.rows) // 2]


def read_time(table: SourceTable, column: Column, timezone: str, today: str) -> Moments:
    """Return the day of each row.

    :param table: the table.
    :param column: the time column.
    :param timezone: IANA name of the zone whose midnight ends a day, and that times without one are in.
    :param today: ISO date after which nothing can have been observed.
    :raises DataError: rows without a time, or what can't be read as one, or is of a time that can't be.
    """
    where = f"{table.origin}: time column {shown(column.name)}"
    if column.kind == "empty" or column.missing:
        raise DataError(
            f"{where}: found no value in {column.missing:,} of {column.rows:,} rows; expected a date in "
            "each: "
            "correct or remove these rows, or name another column with --time"
        )
    if column.kind == "moment" and 0 < column.zoned < column.rows:
        raise DataError(
            f"{where}: found a time zone in {column.zoned:,} of {column.rows:,} rows and none in the others; "
            "expected one clock: write all of them in UTC, or all without a zone"
        )
    day, note = _spelt_day(table, column) if column.kind == "text" else _day(column, timezone)
    if day is None:
        example = next(iter(column.values), column.low)
        raise DataError(
            f"{where}: found {example!r} and the like ({column.native}); expected dates such as 2015-04-30, "
            "with or without a time, whole years, or days as 20150430: write them so, or name another column "
            "with --time"
        )
    ((first, last),) = table.query(f"SELECT min({day})::VARCHAR, max({day})::VARCHAR FROM rows")
    if first < _FIRST or first == "1970-01-01":
        raise DataError(
            f"{where}: found days from {first} to {last}; expected days of this or the last century, and no "
            "1970-01-01, which is a time that was never filled in: correct or remove these rows"
        )
    if last > today:
        ((late,),) = table.query(f"SELECT count(*) FROM rows WHERE {day} > DATE '{today}'")
        raise DataError(
            f"{where}: found {late:,} of {column.rows:,} rows after today ({today}), up to {last}; expected "
            "when a row was observed, or happened: correct or remove these rows, or name another column with "
            "--time"
        )
    timed = column.kind == "moment"
    return Moments(
        column=column.name, type="timestamp" if timed else "date", sql=column.sql if timed else day,
        zoned=bool(column.zoned), timezone=timezone, day=day, first=first, last=last, note=note,
    )  # fmt: skip


def _spelt_day(table: SourceTable, column: Column) -> tuple[str | None, str]:
    """Return the same for a column of text, where one way to spell a day fits all rows and no other does.

    :raises DataError: two ways do: what is the day, and what the month?
    """
    counted = ", ".join(f"count(try_strptime({column.sql}, '{spelling}'))" for spelling in _SPELT)
    (found,) = table.query(f"SELECT {counted} FROM rows")
    fitting = [spelling for spelling, rows in zip(_SPELT, found, strict=True) if rows == column.rows]
    if len(fitting) > 1:
        raise DataError(
            f"{table.origin}: time column {shown(column.name)}: found days such as {str(column.low)!r}, "
            f"which read both as {_SPELT[fitting[0]]} and as {_SPELT[fitting[1]]}; write them as 2015-04-30"
        )
    if not fitting:
        return None, ""
    return f"try_strptime({column.sql}, '{fitting[0]}')::DATE", f"a day as {_SPELT[fitting[0]]}"


def _day(column: Column, timezone: str) -> tuple[str | None, str]:
    """Return an expression for the day, None where there is none, and how the column was read."""
    if column.kind == "date":
        return column.sql, ""
    if column.kind == "moment" and column.zoned:
        local = f"timezone({literal(timezone)}, timezone('UTC', {column.sql}))"
        return f"{local}::DATE", f"the day in {timezone}"
    if column.kind == "moment":
        return f"{column.sql}::DATE", f"its times name no zone and count as {timezone}"
    if column.kind == "number" and column.whole:
        if column.low >= _YEARS[0] and column.high <= _YEARS[1]:
            return f"make_date({column.sql}::INTEGER, 12, 31)", "a year, which ends on 31 December"
        if column.low >= _COMPACT[0] and column.high <= _COMPACT[1]:
            return f"try_strptime({column.sql}::BIGINT::VARCHAR, '%Y%m%d')::DATE", "a day without separators"
    return None, ""


def cut(table: SourceTable, moments: Moments, wanted: Every | None) -> Cut:
    """Choose how long partitions are: the shortest length with enough rows in each, or what was asked for.

    :param table: the table.
    :param moments: the time of its rows.
    :param wanted: ``--every``; None to choose.
    :raises DataError: all rows fall into one partition.
    """
    found = {every: _count(table, moments, every) for every in PARTITION}
    chosen: Every | None = wanted
    why = "as --every says"
    if chosen is None:
        chosen, why = _choose({every: Cut(every=every, rows=rows, why="") for every, rows in found.items()})
    made = Cut(every=chosen, rows=found[chosen], why=why)
    if len(made.rows) == 1:
        shorter = next((every for every, rows in found.items() if len(rows) > 1), None)
        remedy = (
            f"try --every {shorter}" if shorter else "a model that is kept current needs rows of several days"
        )
        raise DataError(
            f"{table.origin}: time column {shown(moments.column)}: all {table.rows:,} rows lie in one "
            f"{chosen}, "
            f"{moments.first} to {moments.last}; expected two partitions at least, the older to train on and "
            "the "
            f"newer to test on: {remedy}"
        )
    return made


def _count(table: SourceTable, moments: Moments, every: Every) -> dict[str, int]:
    partition = PARTITION[every].format(day=moments.day)
    return dict(
        table.query(
            f"SELECT ({partition})::VARCHAR AS partition, count(*) FROM rows GROUP BY partition ORDER BY "
            "partition"
        )
    )


def _choose(cuts: dict[Every, Cut]) -> tuple[Every, str]:
    """Return the shortest length whose partitions have enough rows, and why."""
    month = cuts["month"]
    if len(cuts["day"].rows) <= len(month.rows):
        return "month", "there is one date a month at most"
    if len(cuts["day"].rows) <= len(cuts["week"].rows):
        return "week", "there is one date a week at most"
    for every, one in cuts.items():
        if one.usual >= USUAL and len(one.rows) > 1:
            shorter = [name for name in cuts if name != every][: list(cuts).index(every)]
            few = f" and {cuts[shorter[-1]].usual:,} of a {shorter[-1]}" if shorter else ""
            return every, (
                f"the usual {every} has {one.usual:,} rows{few}; from about {USUAL} on a partition tells "
                "something"
            )
    for every in ("month", "week", "day"):
        if len(cuts[every].rows) >= ENOUGH:
            return every, (
                f"the longest of which there are {ENOUGH} or more: {len(cuts[every].rows)}, of "
                f"{cuts[every].usual:,} rows as a rule, which is little"
            )
    return "day", f"the shortest there is: the past has {len(cuts['day'].rows)} days in all"
