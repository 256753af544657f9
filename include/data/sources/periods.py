"""The periods into which a table that holds all partitions is cut: days, weeks or months.

A partition is named by the last day of its period and covers what lies after the partition before it, up to
and including its own day. Weeks end on Sunday, as in ISO 8601.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from include.data.days import to_number, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.data_schema import Period

_ONE = timedelta(days=1)
_SUNDAY = 7

_LAST: dict[Period, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day + (_SUNDAY - day.isoweekday()) * _ONE,
    "month": lambda day: day.replace(day=monthrange(day.year, day.month)[1]),
}
_FIRST: dict[Period, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - (day.isoweekday() - 1) * _ONE,
    "month": lambda day: day.replace(day=1),
}


def last_day(day: date, every: Period) -> date:
    """Return the last day of the period that a day is in: it names the partition.

    :param day: any day.
    :param every: how long a period is.
    """
    return _LAST[every](day)


def first_day(day: date, every: Period) -> date:
    """Return the first day of the period that a day is in.

    :param day: any day.
    :param every: how long a period is.
    """
    return _FIRST[every](day)


def last_days(days: np.ndarray, every: Period) -> np.ndarray:
    """Return the last day of the period that each day is in.

    :param days: days since 1970, int64 of shape (n,).
    :param every: how long a period is.
    :return: days since 1970, int64 of shape (n,).
    """
    distinct, place = np.unique(days, return_inverse=True)
    ends = [
        to_number(last_day(date.fromisoformat(to_text(day)), every).isoformat()) for day in distinct.tolist()
    ]
    return np.asarray(ends, dtype=np.int64)[place]
