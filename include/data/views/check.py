"""Refuse a delivery of a view whose values contradict each other, or lie in the future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.data.arrow_schema import arrow_schema
from include.data.views.columns import view_columns
from include.data.views.database import database
from include.data.views.queries import VALUES, repeated_query
from include.data.views.streams import stream_values
from include.data.views.times import check_times
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.joined_view import JoinedView
    from include.config.views.view import View

_SHOWN = 3


def check_values(path: Path, view: View | JoinedView, partition: str, *, origin: str, scratch: Path) -> int:
    """Check the snapshot of one delivery of a view; return how many rows say what another one says too.

    :param path: the snapshot.
    :param view: the view.
    :param partition: ISO date of the delivery.
    :param origin: URI of the delivery, named in messages.
    :param scratch: folder for what does not fit into memory.
    :raises DataError: a time can't be (:func:`include.data.views.times.check_times`), or two rows of one key
        and times have other values.
    """
    check_times(path, view, partition, origin)
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
        f"{origin}: rows of one key and times have other values, {len(found):,} times. Found {examples}. "
        "Expected one row for each key, event time and time of becoming known: otherwise nobody can tell "
        "which was known. Deliver it again with one row each, or with a known_at column that tells a "
        "correction from what it corrects."
    )
