"""Put rows and values of views on one time line, as expressions of SQL.

Every instant is a whole number of microseconds since 1970 in UTC. A day begins at its midnight in the zone of
its clock, which is looked up in a table, so that the rules of zones are those of :mod:`include.data.days` and
no others.

What is known of a day alone may have become known at its very end, and a row of which the day alone is known
may have been observed at its very beginning. So, unless the view says ``same_day``, a value of a day counts
from the next midnight on, and a row of a day stands at the midnight with which the day begins. With
``same_day`` a value counts from the beginning of its day on, and a row stands at the end of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from include.config.joined_view import read_duration
from include.data.views.units import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.data_schema import Time
    from include.config.joined_view import Clock, JoinedView

UTC = "UTC"
ROW, EVENT, KNOWN = "row_time", "event_time", "known_at"  # what the queries call the three times


@dataclass(kw_only=True)
class TimeLine:
    """The instants of one view and of the rows that it is joined to, as expressions of one query.

    :param view: the view.
    :param time: the section ``time`` of ``model.yaml``.
    :param zones: time zone to a table with the columns ``day`` and ``begins``.
    :param joins: what has to stand behind the query's ``FROM`` once it is written.
    """

    view: JoinedView
    time: Time
    zones: Mapping[str, str]
    joins: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Return when a row is: what a value has to be known at."""
        if self.time.type == "timestamp":
            return _instant(ROW)
        if self.view.same_day:
            return f"({self._midnight(ROW, self.time, 1)} - 1)"
        return self._midnight(ROW, self.time, 0)

    def age_from(self) -> str:
        """Return the instant from which the age of a value is counted back to :meth:`age_to`."""
        if self.time.type == "timestamp":
            return _instant(ROW)
        return _calendar(ROW) if self._by_calendar else self._midnight(ROW, self.time, 0)

    def age_to(self) -> str:
        """Return the instant to which an age is counted back."""
        return _calendar(EVENT) if self._by_calendar else self.event()

    def event(self) -> str:
        """Return from when on a value holds."""
        clock = self.view.event_time
        return _instant(EVENT) if clock.type == "timestamp" else self._midnight(EVENT, clock, 0)

    def known(self) -> str:
        """Return from when on a value was known."""
        name, clock = (KNOWN, self.view.known_at) if self.view.known_at else (EVENT, self.view.event_time)
        delay = read_duration(self.view.delay) if self.view.delay else timedelta()
        if clock.type == "timestamp":
            return f"({_instant(name)} + {delay // timedelta(microseconds=1)})"
        return self._midnight(name, clock, delay.days + (0 if self.view.same_day else 1))

    @property
    def _by_calendar(self) -> bool:
        """Whether an age is a difference of two days: then it does not depend on any clock."""
        return self.time.type == self.view.event_time.type == "date"

    def _midnight(self, column: str, clock: Clock | Time, later: int) -> str:
        """Return the midnight with which a day begins, some days later."""
        if clock.timezone == UTC:
            return f"({_calendar(column)} + {later * DAY})"
        name = f"midnight_{len(self.joins)}"
        self.joins.append(
            f"LEFT JOIN {self.zones[clock.timezone]} AS {name} ON {name}.day = {column} + {later}"
        )
        return f"{name}.begins"


def _instant(column: str) -> str:
    return f"epoch_us({column})"


def _calendar(column: str) -> str:
    """Return a day as if it began at midnight in UTC, for what is counted in days."""
    return f"(({column} - DATE '1970-01-01')::BIGINT * {DAY})"
