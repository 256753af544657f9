"""Times of day: text and typed columns read as moments in UTC.

A time with a zone (``Z``, ``UTC``, ``+02:00``) is a moment. One without is what the clocks of
``time.timezone`` showed; where they showed it twice, or never, because they were put back or forward, nobody
knows the moment, and it is refused. So is a delivery in which some times have a zone and others have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.data.ingest.clock_text import OFFSET, PLAIN_TIME, WHOLE_TIME
from include.data.ingest.value_errors import shown
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

_HOURS = r":[0-9.:]*([+-][0-9]{2}):?(?:[0-9]{2})?$"
_MINUTES = r":[0-9.:]*[+-][0-9]{2}:?([0-9]{2})$"
_WEST = r"-[0-9]{2}:?(?:[0-9]{2})?$"
_TO_THE_DAY, _TO_THE_MINUTE = 11, 16  # length of 2015-07-01 13:45


def read_clock(text: pl.Expr, zone: str, *, strict: bool) -> pl.Expr:
    """Return the moment that text names, in microseconds of UTC.

    :param text: null where a time is missing.
    :param zone: IANA name of the zone of times without one.
    :param strict: fail on text that names no moment; otherwise it becomes null.
    """
    import polars as pl

    is_whole = text.str.contains(WHOLE_TIME)
    known = pl.when(is_whole).then(text).when(~is_whole).then(pl.lit("no time"))
    clock = known.str.replace(OFFSET + "$", "").str.replace("T", " ", literal=True)
    clock = pl.when(clock.str.len_bytes() == _TO_THE_MINUTE).then(clock + ":00").otherwise(clock)
    naive = clock.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=strict)
    has_zone = find_zone(known)
    hours, minutes = (known.str.extract(part, 1).cast(pl.Int64) for part in (_HOURS, _MINUTES))
    sign = pl.when(known.str.contains(_WEST)).then(-1).otherwise(1)
    offset = hours.fill_null(0) * 60 + sign * minutes.fill_null(0)
    moment = (naive - pl.duration(minutes=offset)).dt.replace_time_zone("UTC")
    local = read_local(pl.when(~has_zone).then(naive), zone, strict=strict)
    return pl.when(has_zone).then(moment).otherwise(local)


def find_zone(text: Any) -> Any:
    """Tell for each text that is a time whether it has a zone; null where it is missing."""
    return text.str.slice(_TO_THE_DAY).str.contains(OFFSET + "$")


def read_plain(text: pl.Series, zone: str) -> pl.Expr | None:
    """Return what :func:`read_clock` does of text that all looks like ``2015-07-01 13:45:00``, only sooner.

    :param text: of one block.
    :param zone: IANA name.
    :return: None where some looks otherwise.
    """
    import polars as pl

    if not text.str.contains(PLAIN_TIME).all() or text.null_count():
        return None
    naive = pl.col(text.name).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=True)
    return read_local(naive, zone, strict=True)


def read_local(naive: pl.Expr, zone: str, *, strict: bool) -> pl.Expr:
    """Return the moments at which the clocks of a zone showed some times.

    :param naive: times without a zone, in microseconds.
    :param zone: IANA name.
    :param strict: fail on a time that the clocks showed twice, or never; otherwise it becomes null.
    """
    refused: Any = "raise" if strict else "null"
    return naive.dt.replace_time_zone(zone, ambiguous=refused, non_existent=refused).dt.convert_time_zone(
        "UTC"
    )


class Clocks:
    """Remembers whether the times of one delivery have a zone."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, bool], str] = {}

    def note(self, column: str, *, zoned: bool, find_place: Callable[[], str]) -> None:
        """Remember that there are times with a zone, or without.

        :param column: its name.
        :param zoned: whether they have one.
        :param find_place: gives the place of the first of them; called for the first of its kind only.
        """
        if (column, zoned) not in self._places:
            self._places[column, zoned] = find_place()

    def check(self, origin: str) -> None:
        """Check all that was noted.

        :param origin: URI of the delivery.
        :raises DataError: a column has times with a zone and times without.
        """
        for column in sorted({name for name, _ in self._places}):
            with_zone, without = (self._places.get((column, zoned)) for zoned in (True, False))
            if with_zone and without:
                raise DataError(
                    f"{origin}: column {shown(column)} has times with a time zone ({with_zone}) and times "
                    f"without ({without}), so nobody knows which clock those without were read from. "
                    "Expected one or the other throughout a delivery. Deliver it again with a zone in each, "
                    "such as 2015-07-01T13:45:00-04:00, or without and with time.timezone in model.yaml."
                )
