"""Refuse a delivery of a view whose values contradict each other, or lie in the future."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.data.arrow_schema import arrow_schema
from include.data.days import midnight_before
from include.data.read_snapshot import explained
from include.data.views.columns import view_columns
from include.data.views.database import database
from include.data.views.queries import VALUES, repeated_query
from include.data.views.streams import stream_values
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.joined_view import JoinedView
    from include.config.views.view import View

_DAY = timedelta(days=1)
_NEVER_SET = {"date": date(1970, 1, 1), "timestamp": datetime(1970, 1, 1, tzinfo=UTC)}
_SHOWN = 3


def check_values(path: Path, view: View | JoinedView, partition: str, *, origin: str, scratch: Path) -> int:
    """Check the snapshot of one delivery of a view; return how many rows say what another one says too.

    :param path: the snapshot.
    :param view: the view.
    :param partition: ISO date of the delivery.
    :param origin: URI of the delivery, named in messages.
    :param scratch: folder for what does not fit into memory.
    :raises DataError: an event lies behind the day of the delivery, or was never given a time; or two rows
        of one key and times have other values.
    """
    _check_times(path, view, partition, origin)
    columns = view_columns(view)
    values = {column.name: f"c{at}" for at, column in enumerate(columns) if column.name in view.columns}
    keys = {column.name: f"k{at}" for at, column in enumerate(columns) if column.name not in view.columns}
    with database(scratch) as connection:
        names = {
            **{ours: name for name, ours in keys.items()},
            **{ours: name for name, ours in values.items()},
        }
        connection.register(VALUES, stream_values([path], names, arrow_schema(columns)))
        found = connection.execute(repeated_query(list(keys.values()), list(values.values()))).fetchall()
    contradictions = [row for row in found if row[-1] > 1]
    if contradictions:
        raise _contradiction(origin, list(keys), contradictions)
    return sum(row[-2] - 1 for row in found)


def _contradiction(origin: str, keys: list[str], found: list[Any]) -> DataError:
    examples = "; ".join(
        ", ".join(f"{shown(name)} {value}" for name, value in zip(keys, row[:-2], strict=True))
        for row in found[:_SHOWN]
    )
    return DataError(
        f"{origin}: {len(found)} times, rows of one key and times have other values. Found {examples}. "
        "Expected one row for each key, event time and time of becoming known: otherwise nobody can tell "
        "which was known. Deliver it again with one row each, or with a known_at column that tells a "
        "correction from what it corrects."
    )


def _check_times(path: Path, view: View | JoinedView, partition: str, origin: str) -> None:
    """Check that each event was over when it was delivered, and has a time at all."""
    clock = view.event_time
    day = date.fromisoformat(partition)
    last: Any = day if clock.type == "date" else midnight_before(day + _DAY, clock.timezone)
    with explained(path), pq.ParquetFile(path) as parquet:
        for number in range(parquet.num_row_groups):
            times = parquet.read_row_group(number, columns=[clock.column])[clock.column]
            late = pc.greater(times, pa.scalar(last, times.type))
            if clock.type == "timestamp":
                late = pc.greater_equal(times, pa.scalar(last, times.type))
            unset = pc.equal(times, pa.scalar(_NEVER_SET[clock.type], times.type))
            for wrong, what in (
                (late, "after the delivery's day"),
                (unset, "the beginning of time in computers"),
            ):
                if pc.any(wrong).as_py():
                    raise _bad_time(origin, clock.column, times.filter(wrong), what, partition)


def _bad_time(origin: str, column: str, times: pa.ChunkedArray, what: str, partition: str) -> DataError:
    return DataError(
        f"{origin}: column {column!r} has events {what}. Found {len(times)} such as {times[0].as_py()}. "
        f"Expected events up to {partition}, the day of the delivery; what holds later is "
        "delivered later. Deliver it again with the times corrected."
    )
