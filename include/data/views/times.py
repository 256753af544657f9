"""Refuse a delivery of a view with times that can't be: never set, in the future, or known before it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.data.days import midnight_before
from include.data.read_snapshot import explained
from include.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.joined_view import Clock, JoinedView
    from include.config.views.view import View

_DAY = timedelta(days=1)
_NEVER_SET = {"date": date(1970, 1, 1), "timestamp": datetime(1970, 1, 1, tzinfo=UTC)}
_OPEN = timedelta(hours=36)  # how far an instant may lie from the midnight in UTC with which its day begins


def check_times(path: Path, view: View | JoinedView, partition: str, origin: str) -> None:
    """Check that each event was over when it was delivered, has a time at all, and was known no earlier.

    :param path: the snapshot of one delivery.
    :param view: the view.
    :param partition: ISO date of the delivery.
    :param origin: URI of the delivery, named in messages.
    :raises DataError: the first wrong time, and in which row it stands.
    """
    event, known = view.event_time, view.known_at
    day = date.fromisoformat(partition)
    clocks = [clock for clock in (event, known) if clock is not None]
    start = 0
    with explained(path), pq.ParquetFile(path) as parquet:
        for number in range(parquet.num_row_groups):
            table = parquet.read_row_group(number, columns=[clock.column for clock in clocks])
            times = {clock.column: table[clock.column].combine_chunks() for clock in clocks}
            here = _Place(origin, partition, start)
            for clock in clocks:
                here.require_set(times[clock.column], clock)
            here.require_past(times[event.column], event, day)
            if known is not None and not view.announced:
                here.require_order(times[event.column], times[known.column], event, known)
            start += len(table)


class _Place:
    """One row group of a delivery.

    :param origin: URI of the delivery.
    :param partition: ISO date of it.
    :param start: number of the first row, from 0.
    """

    def __init__(self, origin: str, partition: str, start: int) -> None:
        self._origin, self._partition, self._start = origin, partition, start

    def require_set(self, times: pa.Array, clock: Clock) -> None:
        """Refuse the time that a program writes where it has none."""
        wrong = pc.equal(times, pa.scalar(_NEVER_SET[clock.type], times.type))
        what = "times at the beginning of time in computers"
        remedy = (
            "Expected when it was: a program writes 1970-01-01 where it has no time. Deliver it again with "
            "the times corrected, or without these rows."
        )
        self._refuse(wrong, clock.column, times, (what, remedy))

    def require_past(self, times: pa.Array, clock: Clock, day: date) -> None:
        """Refuse events behind the day of the delivery."""
        if clock.type == "date":
            wrong = pc.greater(times, pa.scalar(day, times.type))
        else:
            last = midnight_before(day + _DAY, clock.timezone)
            wrong = pc.greater_equal(times, pa.scalar(last, times.type))
        remedy = (
            f"Expected events up to {self._partition}, the day of the delivery; what holds later is "
            "delivered later. Deliver it again with the times corrected."
        )
        self._refuse(wrong, clock.column, times, ("events after the delivery's day", remedy))

    def require_order(self, events: pa.Array, known: pa.Array, event: Clock, clock: Clock) -> None:
        """Refuse values that were surely known before they held; of a day the hour is open."""
        first = _stamps(events) if event.type == "timestamp" else _stamps(events, -_open(event, clock))
        last = _stamps(known) if clock.type == "timestamp" else _stamps(known, _open(event, clock))
        what = f"values that became known before they held, by {event.column!r}"
        remedy = (
            "Expected that nothing is known before it happens. If the two columns are swapped in the view's "
            "file, swap them; if values are announced in advance, say so there with announced: true; else "
            "deliver it again with the times corrected."
        )
        self._refuse(pc.less(last, first), clock.column, known, (what, remedy), beside=events)

    def _refuse(
        self,
        wrong: pa.Array,
        column: str,
        times: pa.Array,
        says: tuple[str, str],
        *,
        beside: pa.Array | None = None,
    ) -> None:
        """Raise an error about the first of the wrong times.

        :param wrong: which of them are, by row.
        :param says: what they are, and what was expected and is to be done.
        :param beside: what they were compared with.
        """
        if not pc.any(wrong).as_py():
            return
        row = pc.index(wrong, True).as_py()
        count = pc.sum(wrong).as_py()
        other = f", held from {beside[row].as_py()} on" if beside is not None else ""
        raise DataError(
            f"{self._origin}: column {column!r} has {says[0]}. Found {count:,} such as {times[row].as_py()}"
            f"{other}, in row {self._start + row + 1:,}. {says[1]}"
        )


def _open(event: Clock, known: Clock) -> timedelta:
    """Return how much earlier or later a day may be read: none where both are days of one zone."""
    same = event.type == known.type and event.timezone == known.timezone
    return timedelta() if same else _OPEN


def _stamps(times: pa.Array, later: timedelta = timedelta()) -> pa.Array:
    """Return instants, a day as its midnight in UTC, moved by some time."""
    stamps = times.cast(pa.timestamp("us")) if pa.types.is_date(times.type) else times
    return pc.add(stamps.cast(pa.int64()), later // timedelta(microseconds=1))
