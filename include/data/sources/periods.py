"""The periods into which a table that holds all partitions is cut: days, weeks or months.

A partition is named by the last day of its period and covers what lies after the partition before it, up to
and including its own day. Weeks end on Sunday, as in ISO 8601.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Every = Literal["day", "week", "month"]

_ONE = timedelta(days=1)
_SUNDAY = 7

_LAST: dict[Every, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day + (_SUNDAY - day.isoweekday()) * _ONE,
    "month": lambda day: day.replace(day=monthrange(day.year, day.month)[1]),
}
_FIRST: dict[Every, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - (day.isoweekday() - 1) * _ONE,
    "month": lambda day: day.replace(day=1),
}


def last_day(day: date, every: Every) -> date:
    """Return the last day of the period that a day is in: it names the partition.

    :param day: any day.
    :param every: how long a period is.
    """
    return _LAST[every](day)


def first_day(day: date, every: Every) -> date:
    """Return the first day of the period that a day is in.

    :param day: any day.
    :param every: how long a period is.
    """
    return _FIRST[every](day)
