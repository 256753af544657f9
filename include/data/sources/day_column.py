"""Read the column that says to which day a row belongs: dates, or timestamps with or without a zone.

What has two readings is refused: 04/05/2005, a number, and a column in which some clocks have a zone and
others have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from include.data.days import days_in_zone
from include.data.ingest.clock_text import WHOLE_TIME
from include.data.ingest.clocks import find_zone, read_clock
from include.data.ingest.readings import BLANKS, ISO_DATE

if TYPE_CHECKING:
    import polars as pl

Clock = Literal["date", "local", "zoned"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)
WORDS: dict[Clock, str] = {"date": "dates", "local": "times without a zone", "zoned": "times with a zone"}

_OF_A_DAY = 86_400 * 1_000_000
_FAR = 100_000 * _OF_A_DAY  # years 1696 to 2243: what is further away is wrong wherever the clock stands


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
        days = _of_type(moments, "zoned")
        return days._replace(days=_days_of(days.days, timezone))
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
    is_time, has_zone = text.str.contains(WHOLE_TIME), find_zone(text).fill_null(value=False)
    shape: dict[Clock, np.ndarray] = {
        "date": text.str.contains(ISO_DATE).to_numpy(),
        "local": (is_time & ~has_zone).to_numpy(),
        "zoned": (is_time & has_zone).to_numpy(),
    }
    written = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    is_day = written.is_not_null().to_numpy() & np.logical_or.reduce(list(shape.values()))
    days = written.cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy().copy()
    zoned = np.flatnonzero(shape["zoned"] & is_day)
    if len(zoned):
        moments = (
            text.gather(zoned).to_frame("time").select(read_clock(pl.col("time"), timezone, strict=True))
        )
        days[zoned] = _days_of(moments.to_series().dt.timestamp("us").to_numpy(), timezone)
    clocks = {
        clock: int(np.argmax(found & is_day)) for clock, found in shape.items() if (found & is_day).any()
    }
    return Days(days, is_day, clocks)


def _days_of(moments: np.ndarray, timezone: str) -> np.ndarray:
    """Return the day of each moment; some day as wrong where the calendar may not have it."""
    return days_in_zone(np.clip(moments, -_FAR, _FAR), timezone)
