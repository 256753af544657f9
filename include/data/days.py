"""Which day a row is of, and which days a delivery is about.

A delivery is named by its last day and is about the day, the week or the month that ends with it
(``time.every``, or ``partition_by.every``). A day ends at midnight of ``time.timezone``; times themselves are
stored in UTC. The zone's rules come from Python's ``zoneinfo``, so that the machine needs no other copy.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from include.data.arrow_numpy import to_numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from include.config.schema import ModelConfig

_EPOCH = date(1970, 1, 1)
_ONE = timedelta(days=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 86_400_000_000  # of a day


def _month_before(last: date) -> date:
    """Return the day a month earlier; the last day of a month has the last day of the one before."""
    before = last.replace(day=1) - _ONE
    ends = monthrange(last.year, last.month)[1]
    return before if last.day == ends else before.replace(day=min(last.day, before.day))


_PREVIOUS: dict[str, Callable[[date], date]] = {
    "day": lambda last: last - _ONE,
    "week": lambda last: last - 7 * _ONE,
    "month": _month_before,
}
"""Length of a delivery to the last day of the one before."""


def first_day(partition: str, config: ModelConfig) -> str:
    """Return the ISO date of the first day that a delivery is about; the last one is its name.

    :param partition: ISO date.
    :param config: the model's configuration.
    """
    return (_PREVIOUS[config.delivery_length](date.fromisoformat(partition)) + _ONE).isoformat()


def midnight_before(day: date, timezone: str) -> datetime:
    """Return when a day begins, in UTC.

    Where clocks skip midnight the day begins as they jump; where midnight comes twice, with the first one.

    :param day: the day.
    :param timezone: IANA name.
    """
    naive = datetime.combine(day, time.min)
    try:
        return naive.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    except OverflowError:  # the first or the last day that there is
        return naive.replace(tzinfo=UTC)


def days_of(times: pa.Array | pa.ChunkedArray, config: ModelConfig) -> np.ndarray:
    """Return the day of each row, in days since 1970, integers of shape (n,).

    :param times: the time column of a snapshot, without nulls.
    :param config: the model's configuration.
    """
    found = to_numpy(times)
    return found if config.time.type == "date" else days_in_zone(found, config.time.timezone)


def days_in_zone(moments: np.ndarray, timezone: str) -> np.ndarray:
    """Return the day that each moment is on, in days since 1970, integers of shape (n,).

    :param moments: microseconds since 1970, in UTC, int64 of shape (n,).
    :param timezone: IANA name of the zone whose midnight ends a day.
    """
    if not len(moments):
        return moments
    utc = moments // _MICROSECONDS  # no clock is a whole day off
    distinct, place = np.unique(utc, return_inverse=True)
    starts = np.array([[_start(day + later, timezone) for later in (0, 1)] for day in distinct.tolist()])
    return np.asarray(utc - 1 + (moments[:, None] >= starts[place]).sum(axis=1))


def to_text(day: int) -> str:
    """Return a day since 1970 as an ISO date."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def to_number(day: str) -> int:
    """Return an ISO date in days since 1970."""
    return (date.fromisoformat(day) - _EPOCH).days


@lru_cache(maxsize=100_000)
def _start(day: int, timezone: str) -> int:
    """Return when a day since 1970 begins, in microseconds since 1970."""
    found = midnight_before(_EPOCH + timedelta(days=day), timezone)
    return (found - _BEGINNING) // timedelta(microseconds=1)
