"""The periods that partitions cover: days, ISO weeks and months, each named by its last day.

A partition covers the days after the previous one's last day, up to its own last day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.data_schema import Period

_EPOCH = date(1970, 1, 1)
_MONDAY = 3  # 1970-01-01 was a Thursday: so many days before it a week began


def _of_week(days: np.ndarray) -> np.ndarray:
    return np.asarray((days + _MONDAY) // 7 * 7 - _MONDAY + 6)


def _of_month(days: np.ndarray) -> np.ndarray:
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray((months + 1).astype("datetime64[D]").astype(np.int64) - 1)


_LAST: dict[Period, Callable[[np.ndarray], np.ndarray]] = {
    "day": lambda days: days,
    "week": _of_week,
    "month": _of_month,
}
_FIRST: dict[Period, Callable[[date], date]] = {
    "day": lambda last: last,
    "week": lambda last: last - timedelta(days=6),
    "month": lambda last: last.replace(day=1),
}


def last_days(days: np.ndarray, every: Period) -> np.ndarray:
    """Return the last day of the period that each day belongs to.

    :param days: days since 1970, int64 of shape (n,).
    :param every: length of the periods; weeks end on Sunday, as ISO 8601 has them.
    :return: days since 1970, int64 of shape (n,).
    """
    return _LAST[every](days.astype(np.int64))


def first_day(partition: str, every: Period) -> str:
    """Return the ISO date of the first day that a partition covers.

    :param partition: ISO date of its last day.
    :param every: length of the periods.
    """
    return _FIRST[every](date.fromisoformat(partition)).isoformat()


def to_iso(day: int) -> str:
    """Return a day since 1970 as an ISO date."""
    return (_EPOCH + timedelta(days=int(day))).isoformat()


def from_date(day: date) -> int:
    """Return a date as days since 1970."""
    return (day - _EPOCH).days
