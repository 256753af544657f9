"""How far each column had drifted, delivery by delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from include.monitoring.drift.decision import ColumnStatus
from include.pages.bounded import REMEDY, figure, fit
from include.pages.moment import MOST_DAYS
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from include.monitoring.drift.report import DriftReport

MOST_COLUMNS = 30
_LONGEST_NAME = 80
_ROUND = 2

COLUMN_DAYS = RecordKind(name="page columns", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column.

    :param label: as people read it.
    :param importance: its share of the champion's importance, from 0 to 1; None if nobody knows it.
    """

    label: str
    importance: float | None


@dataclass(frozen=True, kw_only=True)
class ColumnDay:
    """One delivery.

    :param day: its ISO date.
    :param severities: of each column, in thresholds: from 1 on it is of practical importance; None where it
        was not looked at.
    :param drifted: whether it is beyond its threshold, and beyond chance.
    """

    day: str
    severities: tuple[float | None, ...]
    drifted: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True)
class ColumnDays(Record, kind=COLUMN_DAYS):
    """The columns over a year of deliveries.

    :param columns: the worst of the newest delivery first, 30 at most.
    :param days: oldest first; each has as many severities as there are columns.
    """

    columns: tuple[Column, ...] = ()
    days: tuple[ColumnDay, ...] = ()

    @classmethod
    def of(cls, report: DriftReport, day: str) -> ColumnDays:
        """Return the columns of one delivery: what is predicted, and the features.

        :param report: what the check for drift found.
        :param day: ISO date of the delivery.
        """
        shown = (*report.predicted, *report.columns)[:MOST_COLUMNS]
        return cls(
            columns=tuple(
                Column(label=one.label[:_LONGEST_NAME], importance=one.importance) for one in shown
            ),
            days=(
                ColumnDay(
                    day=day,
                    severities=tuple(one.severity for one in shown),
                    drifted=tuple(one.status is ColumnStatus.DRIFTED for one in shown),
                ),
            ),
        )

    def after(self, earlier: ColumnDays) -> ColumnDays:
        """Return these days with those before, of the columns that are shown now.

        :param earlier: what was known.
        """
        places = {one.label: place for place, one in enumerate(earlier.columns)}
        order = [places.get(one.label) for one in self.columns]
        before = [
            ColumnDay(
                day=one.day,
                severities=tuple(None if place is None else one.severities[place] for place in order),
                drifted=tuple(place is not None and one.drifted[place] for place in order),
            )
            for one in earlier.days
        ]
        days = {one.day: one for one in (*before, *self.days)}
        return ColumnDays(columns=self.columns, days=tuple(days[day] for day in sorted(days)[-MOST_DAYS:]))

    def _plain(self) -> dict[str, Any]:
        days: list[Any] = [
            [
                one.day,
                "".join("d" if drifted else "-" for drifted in one.drifted),
                [None if value is None else round(value, _ROUND) for value in one.severities],
            ]
            for one in self.days[-MOST_DAYS:]
        ]
        columns = [[one.label, one.importance and round(one.importance, 4)] for one in self.columns]
        return fit({"columns": columns, "days": days}, oldest_first=[days])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> ColumnDays:
        columns = tuple(_column(*one) for one in fields["columns"])
        days = tuple(_day(*one, columns=len(columns)) for one in fields["days"])
        return cls(columns=columns, days=tuple(sorted(days, key=lambda one: one.day)))


NO_COLUMNS = ColumnDays()


def _column(label: Any, importance: Any) -> Column:
    if not isinstance(label, str):
        raise ValueError(f"{label!r} is not the name of a column")  # noqa: TRY004 - of a record
    return Column(label=label, importance=None if importance is None else figure(importance))


def _day(day: Any, drifted: Any, severities: Any, *, columns: int) -> ColumnDay:
    date.fromisoformat(day)
    if not len(drifted) == len(severities) == columns:
        raise ValueError(f"{day} has {len(severities)} columns of {columns}")
    return ColumnDay(
        day=day,
        severities=tuple(None if value is None else figure(value) for value in severities),
        drifted=tuple(one == "d" for one in drifted),
    )
