"""Join feature views to the rows of one delivery, each value as it was known at the row's time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.config.joined_view import AGE, FEATURE_KINDS, joined_name, read_duration
from include.data.arrow_schema import arrow_schema
from include.data.read_snapshot import explained
from include.data.schema import table_columns
from include.data.views.columns import delivered_columns, view_columns
from include.data.views.database import database, make_zone
from include.data.views.gather import BUDGET, Found, Gatherer, Kept
from include.data.views.instants import EVENT, KNOWN, ROW, UTC, TimeLine
from include.data.views.queries import ROWS, VALUES, join_query, steps_query
from include.data.views.streams import stream_rows, stream_values
from include.data.views.write import write_joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from include.config.joined_view import JoinedView
    from include.config.schema import ModelConfig

_ROWS_AT_ONCE = 1 << 18


def join_views(
    rows: Path,
    target: Path,
    config: ModelConfig,
    deliveries: Mapping[str, Sequence[Path]],
    *,
    scratch: Path,
    budget: int = BUDGET,
) -> dict[str, Found]:
    """Write the snapshot of a delivery of features: its own columns, and those of its views.

    The rows keep their order, and the same rows and values give the same bytes. Memory is bounded by
    :data:`include.data.views.database.MEMORY`, *budget* and the row groups, whatever the sizes of the tables.

    :param rows: canonical snapshot of the delivery, with the columns that
        :func:`include.data.views.columns.delivered_columns` names.
    :param target: the snapshot to write.
    :param config: the model's configuration.
    :param deliveries: view to its snapshots, in the order in which they were delivered.
    :param scratch: folder for what does not fit into memory; whoever calls removes it.
    :param budget: bytes that the values of a chunk of rows may take.
    :return: view to how many rows have a value.
    :raises DataError: a snapshot is damaged.
    :raises StorageError: the disk is full or fails.
    """
    kept: dict[str, Kept] = {}
    found: dict[str, Found] = {}
    for name, view in config.features.views.items():
        folder = scratch / f"join-{len(found)}"
        folder.mkdir(parents=True)
        gatherer = _Join(view, config, folder).run(rows, deliveries[name], budget)
        found[name] = gatherer.found
        names = [*(joined_name(name, column) for column in view.columns), joined_name(name, AGE)]
        kept |= dict(zip(names, gatherer.columns, strict=True))
    write_joined(rows, target, table_columns(config, "features"), kept)
    return found


class _Join:
    """The join of one view.

    :param view: the view.
    :param config: the model's configuration.
    :param folder: for what does not fit into memory.
    """

    def __init__(self, view: JoinedView, config: ModelConfig, folder: Path) -> None:
        self._view, self._config, self._folder = view, config, folder
        kinds = {one.name: one.kind for one in delivered_columns(config, table_columns(config, "features"))}
        self._compared = [kinds[view.match[key]] for key in view.key]
        self._asked = {
            **{f"k{at}": view.match[key] for at, key in enumerate(view.key)},
            ROW: config.time.column,
        }
        known = {KNOWN: view.known_at.column} if view.known_at else {}
        self._valued = {
            **{f"k{at}": key for at, key in enumerate(view.key)},
            EVENT: view.event_time.column,
            **known,
            **{f"c{at}": column for at, column in enumerate(view.columns)},
        }

    def run(self, rows: Path, paths: Sequence[Path], budget: int) -> Gatherer:
        """Return the columns of the view, one value for each row.

        :param rows: snapshot of the rows.
        :param paths: the view's snapshots.
        :param budget: bytes that the values of a chunk of rows may take.
        """
        view = self._view
        limit = None if view.max_age is None else read_duration(view.max_age) // timedelta(microseconds=1)
        files = [self._folder / f"{at}.raw" for at in range(len(view.columns) + 1)]
        gatherer = Gatherer([FEATURE_KINDS[kind] for kind in view.columns.values()], limit, files)
        with database(self._folder) as connection:
            zones = self._make_zones(connection, rows, paths)
            connection.register(VALUES, stream_values(paths, self._valued, arrow_schema(view_columns(view))))
            connection.execute(steps_query(self._line(zones), self._compared, len(view.columns)))
            connection.unregister(VALUES)
            query = join_query(self._line(zones), self._compared, len(view.columns))
            for groups, first, count in _chunks(rows, budget // (8 * len(files))):
                connection.register(ROWS, stream_rows(rows, self._asked, groups))
                gatherer.take(connection.sql(query).to_arrow_reader(_ROWS_AT_ONCE), first, count)
                connection.unregister(ROWS)
        return gatherer

    def _line(self, zones: Mapping[str, str]) -> TimeLine:
        return TimeLine(view=self._view, time=self._config.time, zones=zones)

    def _make_zones(self, connection: Any, rows: Path, paths: Sequence[Path]) -> dict[str, str]:
        """Make the tables of midnights, for the zones whose days are looked up."""
        view, time = self._view, self._config.time
        days: dict[str, list[int]] = {}
        for clock, files in ((time, [rows]), (view.event_time, paths), (view.known_at, paths)):
            if clock is not None and clock.type == "date" and clock.timezone != UTC:
                days.setdefault(clock.timezone, []).extend(_range(files, clock.column))
        later = 2 + (read_duration(view.delay).days if view.delay else 0)
        return {
            zone: make_zone(
                connection, f"zone_{at}", zone, min(found, default=0) - 1, max(found, default=0) + later
            )
            for at, (zone, found) in enumerate(days.items())
        }


def _range(paths: Sequence[Path], column: str) -> list[int]:
    """Return the first and the last day in a column of files, in days since 1970; nothing without any."""
    found: list[int] = []
    for path in paths:
        with explained(path), pq.ParquetFile(path) as parquet:
            for group in range(parquet.num_row_groups):
                days = parquet.read_row_group(group, columns=[column])[column].cast(pa.int32())
                limits = pc.min_max(days)
                found += [limits["min"].as_py(), limits["max"].as_py()]
    return [min(found), max(found)] if found else []


def _chunks(rows: Path, size: int) -> Iterator[tuple[list[int], int, int]]:
    """Yield numbers of row groups that have up to so many rows, their first row and how many rows."""
    with explained(rows), pq.ParquetFile(rows) as parquet:
        sizes = [parquet.metadata.row_group(at).num_rows for at in range(parquet.num_row_groups)]
    groups: list[int] = []
    first = count = 0
    for number, more in enumerate(sizes):
        if groups and count + more > size:
            yield groups, first, count
            groups, first, count = [], first + count, 0
        groups.append(number)
        count += more
    if groups:
        yield groups, first, count
