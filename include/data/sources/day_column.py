"""Read the column that says to which day a row belongs: dates, or timestamps with or without a zone.

What has two readings is refused: 04/05/2005, a number, and a column in which some clocks have a zone and
others have none.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from include.data.days import midnight_before
from include.data.ingest.readings import BLANKS, ISO_DATE
from include.data.sources.periods import from_date

if TYPE_CHECKING:
    import polars as pl

Clock = Literal["date", "local", "zoned"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)
WORDS: dict[Clock, str] = {"date": "dates", "local": "times without a zone", "zoned": "times with a zone"}

_TIME = r"[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_ZONE = r"(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_DAY = ISO_DATE.removesuffix("$")
_PATTERNS: dict[Clock, str] = {
    "date": ISO_DATE,
    "local": f"{_DAY}{_TIME}$",
    "zoned": f"{_DAY}{_TIME}{_ZONE}$",
}
_MICROSECONDS = 1_000_000
_OF_A_DAY = 86_400 * _MICROSECONDS
_BEGINNING = midnight_before(date(1970, 1, 1), "UTC")


class Days(NamedTuple):
    """What a piece of the column says.

    :param days: days since 1970, int64 of shape (n,); anything where there is none.
    :param is_day: whether there is one, booleans of shape (n,).
    :param clocks: for each clock that is seen, the place of the first value of it.
    """

    days: np.ndarray
    is_day: np.ndarray
    clocks: dict[Clock, int]


def is_readable(found: pl.DataType) -> bool:
    """Tell whether a type in a Parquet file can say which day it is.

    :param found: as polars calls it.
    """
    import polars as pl

    return found in (pl.String, pl.Categorical, pl.Enum, pl.Null, pl.Date, pl.Datetime)


def read_days(raw: pl.Series, timezone: str) -> Days:
    """Return the day of each row.

    :param raw: of a type that :func:`is_readable`.
    :param timezone: IANA name of the zone in which a time with a zone is on a day. A time without one is read
        from a clock of this zone, so its day is the one that is written.
    """
    import polars as pl

    if raw.dtype == pl.Null:
        return Days(np.zeros(len(raw), dtype=np.int64), np.zeros(len(raw), dtype=bool), {})
    if raw.dtype == pl.Date:
        return _of_type(raw.cast(pl.Int32).cast(pl.Int64), "date")
    if isinstance(raw.dtype, pl.Datetime):
        moments = raw.dt.timestamp("us")
        if raw.dtype.time_zone is None:
            return _of_type(moments // _OF_A_DAY, "local")
        known = moments.is_not_null().to_numpy()
        days = _of_type(moments, "zoned")
        return days._replace(days=_days_in(days.days, known, timezone))
    return _of_text(raw.cast(pl.String), timezone)


def _of_type(numbers: pl.Series, clock: Clock) -> Days:
    """Return what a typed column says."""
    known = numbers.is_not_null().to_numpy()
    first = {clock: int(np.argmax(known))} if known.any() else {}
    return Days(numbers.fill_null(0).to_numpy().astype(np.int64), known, first)


def _of_text(raw: pl.Series, timezone: str) -> Days:
    """Return what a column of text says."""
    import polars as pl

    text = raw.str.strip_chars(BLANKS).fill_null("")
    shape = {clock: text.str.contains(pattern).to_numpy() for clock, pattern in _PATTERNS.items()}
    written = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    is_day = written.is_not_null().to_numpy() & np.logical_or.reduce(list(shape.values()))
    days = written.cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy().copy()
    zoned = np.flatnonzero(shape["zoned"] & is_day)
    if len(zoned):
        moments = _moments(text.gather(zoned), days[zoned])
        days[zoned] = _days_in(moments, np.ones(len(zoned), dtype=bool), timezone)
    clocks = {
        clock: int(np.argmax(found & is_day)) for clock, found in shape.items() if (found & is_day).any()
    }
    return Days(days, is_day, clocks)


def _moments(text: pl.Series, days: np.ndarray) -> np.ndarray:
    """Return times with a zone as microseconds since 1970, without parts of a second."""

    def number(pattern: str) -> np.ndarray:
        found = text.str.extract(pattern, 1).cast(int, strict=False).fill_null(0)
        return np.asarray(found.to_numpy(), dtype=np.int64)

    clock = number(r"[ T](\d\d):") * 3600 + number(r"[ T]\d\d:(\d\d)") * 60 + number(r"[ T]\d\d:\d\d:(\d\d)")
    ahead = number(r"[+-](\d\d)(?::?\d\d)?$") * 3600 + number(r"[+-]\d\d:?(\d\d)$") * 60
    ahead[text.str.contains(r"-\d\d(:?\d\d)?$").to_numpy()] *= -1
    return np.asarray(days * _OF_A_DAY + (clock - ahead) * _MICROSECONDS)


def _days_in(moments: np.ndarray, known: np.ndarray, timezone: str) -> np.ndarray:
    """Return the day of each moment in a zone, as days since 1970."""
    if not known.any():
        return np.zeros(len(moments), dtype=np.int64)
    utc = moments // _OF_A_DAY
    first, last = int(utc[known].min()) - 1, int(utc[known].max()) + 2
    distinct = np.unique(utc[known])
    candidates = np.unique(np.concatenate([distinct - 1, distinct, distinct + 1, distinct + 2]))
    candidates = candidates[(candidates >= first) & (candidates <= last)]
    starts = np.array([_midnight(day, timezone) for day in candidates.tolist()])
    place = np.searchsorted(starts, moments, side="right") - 1
    return np.asarray(np.where(known, candidates[np.clip(place, 0, None)], 0))


@cache
def _midnight(day: int, timezone: str) -> int:
    """Return when a day begins in a zone, in microseconds since 1970."""
    lowest, highest = from_date(date.min), from_date(date.max)
    found = midnight_before(date(1970, 1, 1) + timedelta(days=min(max(day, lowest), highest)), timezone)
    return (found - _BEGINNING) // timedelta(microseconds=1)
