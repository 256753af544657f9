"""A query of a database: one table that holds all partitions, read through an Airflow connection.

A partition is what lies from ``:from`` on (the first day of its period) and before ``:to`` (the day after its
last). It is read in one transaction, which only reads and, where the database can, sees one snapshot. Rows
are ordered by all of their columns, so that the same rows give the same snapshot.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from include.config.sql.query import read_query
from include.data.sources.periods import first_day, last_day
from include.data.sources.progress import Progress
from include.data.sources.row_digest import digest_rows
from include.data.sources.sql_rows import RowWriter, day_of, has_clock
from include.data.sources.sql_types import ResultColumn, check_types, check_unchanged, find_column
from include.errors import ConfigError, DataError, StorageError
from include.strict_json import to_json
from mlops.hooks.sources.base import Delivery, TableSource
from mlops.hooks.sources.query_notes import QueryNotes
from mlops.hooks.sql.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from include.config.sql.query import Bound, Query
    from mlops.hooks.sources.base import TableSettings
    from mlops.hooks.sql.session import Session

log = logging.getLogger(__name__)
_ALL: Mapping[Bound, date] = {"from": date(1800, 1, 1), "to": date(9999, 12, 31)}


class _Layout(NamedTuple):
    """What is selected: the table's columns in their order, then the one it is cut by, if it is another."""

    columns: tuple[ResultColumn, ...]
    dated: int


class QuerySource(TableSource):
    """The rows of a query, cut into partitions by a date or a timestamp among its columns."""

    def __init__(self, settings: TableSettings) -> None:
        super().__init__(settings)
        table = settings.table
        self._columns = settings.columns
        self._zone = ZoneInfo(table.timezone)
        self._counts: dict[str, int] = {}
        self._known_layout: _Layout | None = None

    def describe(self) -> str:
        """Return a URI that names the connection and the query."""
        return f"sql://{self.settings.connection}/{self.settings.owner}/{quote(str(self.settings.table.sql))}"

    def partitions(self) -> dict[str, str]:
        """Return the partitions that have rows now: the database counts the rows of each day.

        Where the column holds times, rows come all through a period, which is delivered once it is over on
        the clocks of the table's time zone. Where it holds dates, the rows of a day are taken as complete.

        :raises DataError: the query fails, or the column that it is cut by has values that are no days.
        :raises StorageError: the database can't be reached, or takes too long.
        """
        counts: dict[str, int] = {}
        running = 0
        with self._session(self.describe()) as session:
            by = find_column(session.describe(_ALL), self._by.column, self.describe())
            day = session.engine.day(f"q.{session.engine.quote(by.name)}", by.type)
            for rows in session.rows(f"{day}, count(*)", f"GROUP BY {day}", _ALL, by.type):
                for value, many in rows:
                    name = self._partition_of(value)
                    if has_clock(value, by.type) and name >= self._today():
                        running += int(many)
                        continue
                    counts[name] = counts.get(name, 0) + int(many)
        if running:
            log.info(
                "%s: %s rows belong to a period that is not over in %s; they are read once it is",
                self.describe(), f"{running:,}", self.settings.table.timezone,
            )  # fmt: skip
        self._counts = dict(sorted(counts.items()))
        return {name: self._uri(name) for name in self._counts}

    def fingerprint(self, partition: str) -> str | None:
        """Return what :meth:`fetch` would find, without transferring rows; None where that can't be known.

        Of partitions older than ``lookback`` the rows are only counted: as long as there are as many, what
        was found when they were read last stays.

        :param partition: ISO date, from :meth:`partitions`.
        """
        if partition not in list(self._counts)[-self.settings.table.lookback :]:
            rows, digest = self._notes.partitions.get(partition, (None, None))
            return digest if rows == self._counts[partition] else None
        with self._session(self._uri(partition)) as session:
            return self._digest(session, partition)

    def fetch(self, partition: str, scratch: Path) -> Delivery:
        """Return the rows of a partition as Parquet.

        :param partition: ISO date, from :meth:`partitions`.
        :param scratch: folder for the files.
        :raises DataError: the query fails, gives no rows or other columns, or a column's type changed.
        :raises StorageError: the database can't be reached, or takes too long.
        """
        uri = self._uri(partition)
        day = date.fromisoformat(partition)
        with self._session(uri) as session:
            layout = self._layout(session)
            writer = RowWriter(
                Path(mkdtemp(prefix="query-", dir=scratch)), columns=self._columns, found=layout.columns,
                partition=(first_day(day, self._by.every), day, layout.dated),
                timezone=self.settings.table.timezone, origin=uri,
            )  # fmt: skip
            digest = self._digest(session, partition)
            progress = Progress(uri, self._counts.get(partition, 0))
            order = f"ORDER BY {', '.join(str(place + 1) for place in range(len(layout.columns)))}"
            for rows in session.rows(self._selected(session), order, *self._cut(partition)):
                writer.write(rows)
                progress.show(writer.rows)
            files = writer.close()
        progress.end(writer.rows)
        self._check_rows(partition, writer.rows)
        types = dict(zip([column.name for column in self._columns], writer.types, strict=False))
        check_unchanged(types, self._notes.types, uri)
        sha256 = digest or _sha256(writer.rows, digest_rows(files))
        self._notes.note(partition, writer.rows, sha256, types)
        return Delivery(uri=uri, files=files, origins=(uri,) * len(files), sha256=sha256, fmt="parquet")

    @property
    def _by(self) -> Any:
        """How partitions are cut.

        :raises ConfigError: not at all; the cross-checks let no query have none.
        """
        by = self.settings.table.partition_by
        if by is None:
            raise ConfigError(f"source.{self.settings.name} has no partition_by; expected it beside sql")
        return by

    @cached_property
    def _query(self) -> Query:
        """The query, as it was when the configuration was read.

        :raises ConfigError: the configuration was not read from the model's folder.
        """
        return read_query(self._text, self._by.column)

    @property
    def _text(self) -> str:
        """Its text.

        :raises ConfigError: the configuration was not read from its folder.
        """
        if self.settings.query is None:
            raise ConfigError(f"{self.settings.table.sql} was not read; expected it in the model's folder")
        return self.settings.query

    @cached_property
    def _notes(self) -> QueryNotes:
        settings, table = self.settings, self.settings.table
        about = [
            self._text, settings.connection, self._by.column, self._by.every,
            table.timezone, [list(column) for column in self._columns],
        ]  # fmt: skip
        return QueryNotes.read(settings.store, settings.owner, settings.name, about)

    def _session(self, where: str) -> AbstractContextManager[Session]:
        table = self.settings.table
        return open_session(
            self.settings.connection, self._query, timezone=table.timezone,
            timeout_seconds=table.timeout_seconds, where=where,
        )  # fmt: skip

    def _uri(self, partition: str) -> str:
        return f"{self.describe()}?partition={partition}"

    def _today(self) -> str:
        """Return the ISO date on the clocks of the table's time zone."""
        return datetime.now(self._zone).date().isoformat()

    def _partition_of(self, value: Any) -> str:
        """Return the partition of a value of the column that partitions are cut by."""
        day = day_of(value, self._zone)
        if day is None:
            raise DataError(
                f"{self.describe()}: found {value!r} in column {self._by.column!r}, by which partitions are "
                "cut; expected a date, or a time of a day. Leave rows without one out in the query."
            )
        return last_day(day, self._by.every).isoformat()

    def _layout(self, session: Session) -> _Layout:
        """Return what is selected, after checking that the query has it, in types that model.yaml allows."""
        if self._known_layout is None:
            found, origin = session.describe(_ALL), self.describe()
            by = find_column(found, self._by.column, origin)
            known = [find_column(found, column.name, origin) for column in self._columns]
            check_types(known, self._columns, origin)
            columns = known if by in known else [*known, by]
            self._known_layout = _Layout(tuple(columns), columns.index(by))
        return self._known_layout

    def _selected(self, session: Session) -> str:
        """Return the SQL of what is selected."""
        return ", ".join(f"q.{session.engine.quote(one.name)}" for one in self._layout(session).columns)

    def _cut(self, partition: str) -> tuple[Mapping[Bound, date], str | None]:
        """Return the bounds of a partition, and the type of the column that is compared with them."""
        last = date.fromisoformat(partition)
        layout = self._known_layout
        dated = layout.columns[layout.dated].type if layout else None
        return {"from": first_day(last, self._by.every), "to": last + timedelta(days=1)}, dated

    def _digest(self, session: Session, partition: str) -> str | None:
        """Return the digest of a partition that the database computes, or None where it can't."""
        aggregate = session.engine.digest(f"ROW({self._selected(session)})")
        if aggregate is None:
            return None
        bounds, dated = self._cut(partition)
        ((rows, digest),) = next(session.rows(f"count(*), {aggregate}", "", bounds, dated))
        return _sha256(int(rows), str(digest))

    def _check_rows(self, partition: str, rows: int) -> None:
        """Refuse a partition that has fewer rows than were counted."""
        counted = self._counts.get(partition, 0)
        if rows == 0:
            raise DataError(
                f"{self._uri(partition)}: the query gave no rows; {counted} were counted a moment ago. They "
                "were deleted since, or the query cuts by other days than its column has: expected "
                f"{self._by.column} >= :from AND {self._by.column} < :to."
            )
        if rows < counted:
            raise StorageError(
                f"{self._uri(partition)}: the query gave {rows} rows, {counted} were counted a moment ago. "
                "Rows are being deleted, or the query cuts by other days than its column has (expected "
                f"{self._by.column} >= :from AND {self._by.column} < :to). The task is retried."
            )


def _sha256(rows: int, digest: str) -> str:
    return hashlib.sha256(to_json([rows, digest]).encode()).hexdigest()
