"""A file, or a folder of part files, that holds all partitions: a column says to which one a row belongs.

What a file holds is found in one pass over it, and remembered with the digest of its bytes: a file that has
not changed is not parsed again. Each partition has a digest of its rows, so that only those with new or
restated rows are fetched; all that are fetched in one run are cut out in one pass.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from include.data.ingest.column_names import check_columns
from include.data.ingest.convert import open_part
from include.data.ingest.formats import FORMATS
from include.data.ingest.row_numbers import RowNumbers
from include.data.sources.cut import cut_files
from include.data.sources.dated_file import CutRule
from include.data.sources.dated_formats import DATED_FORMATS
from include.data.sources.index import Index, add_up, index_file
from include.data.sources.layout import part_pattern
from include.data.sources.periods import first_day
from include.errors import ConfigError, DataError
from mlops.hooks.object_path import plain_uri
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.sources.base import Delivery, TableSource
from mlops.hooks.sources.index_notes import IndexNotes
from mlops.hooks.sources.reading import read_file, read_parts

if TYPE_CHECKING:
    from collections.abc import Collection

    from include.data.sources.cut import CutRows
    from include.data.sources.dated_file import DatedFile
    from mlops.hooks.sources.base import TableSettings
    from mlops.hooks.sources.reading import ReadFile

log = logging.getLogger(__name__)
_HAVE_CLOCKS = {"local", "zoned"}


class DatedFiles(TableSource):
    """The rows of a file, or of the part files of a folder, cut by a date or a timestamp among its columns.

    Its connection is an Airflow connection with ``root`` in its extra, as for the object store.
    """

    def __init__(self, settings: TableSettings) -> None:
        super().__init__(settings)
        self.store = ObjectStoreHook(settings.connection, marked=False)
        self._uri, self._fmt = settings.table.location
        self._read: list[ReadFile] = []
        self._table = Index()
        self._wanted: set[str] = set()
        self._cut: dict[str, CutRows] = {}

    def describe(self) -> str:
        """Return the URI of the table."""
        end = "/" if self._uri.endswith("/") else ""
        return plain_uri(self.store.resolve(self._uri)).rstrip("/") + end

    def partitions(self) -> dict[str, str]:
        """Return the partitions that have rows now, and whose period is over.

        Where the column holds times, a period is over at midnight of the table's time zone. Where it holds
        dates, the rows of a day are taken as complete.

        :raises DataError: a file is damaged, or has no such column, or a row is on no day that can be.
        :raises StorageError: a file can't be read, or changed while it was read.
        """
        self._cut, self._wanted = {}, set()
        self._read = self._read_files()
        found: dict[tuple[str, str], Index] = {}
        for read in self._read:
            known = self._notes.get(read.uri, read.sha256)
            found[read.uri, read.sha256] = known or self._index(read)
        self._notes.keep(found)
        self._table = add_up(found.values(), self._rule)
        names = list(self._table.partitions)
        today = self._today().isoformat()
        if _HAVE_CLOCKS & set(self._table.clocks) and names and names[-1] >= today:
            rows = sum(self._table.partitions[name].rows for name in names if name >= today)
            log.info(
                "%s: %s rows belong to a period that is not over in %s; they are read once it is",
                self.describe(), f"{rows:,}", self.settings.table.timezone,
            )  # fmt: skip
            names = [name for name in names if name < today]
        return {name: self._origin(name) for name in names}

    def fingerprint(self, partition: str) -> str | None:
        """Return the digest of a partition's rows, in whatever order and files they are.

        :param partition: ISO date, from :meth:`partitions`.
        """
        return self._table.partitions[partition].digest

    def has_rolled_out(self, partition: str, rows: int) -> bool:
        """Return whether the table begins within a partition now, and had more rows of it before.

        :param partition: ISO date, from :meth:`partitions`.
        :param rows: rows of the version that is known.
        """
        found = self._table.partitions[partition]
        begins = first_day(date.fromisoformat(partition), self._rule.every).isoformat()
        return partition == min(self._table.partitions) and found.rows < rows and found.first > begins

    def expect(self, partitions: Collection[str]) -> None:
        """Learn which partitions will be fetched: the first fetch cuts them all out in one pass.

        :param partitions: ISO dates, from :meth:`partitions`.
        """
        self._wanted |= set(partitions)

    def fetch(self, partition: str, scratch: Path) -> Delivery:
        """Return the rows of a partition, in the format of the file.

        :param partition: ISO date, from :meth:`partitions`.
        :param scratch: folder for the files.
        :raises DataError: a file is damaged.
        :raises StorageError: a file changed since :meth:`partitions` looked at it.
        """
        if partition not in self._cut:
            self._cut_all({partition, *self._wanted} - set(self._cut), scratch)
        cut = self._cut[partition]
        return Delivery(
            uri=self._origin(partition),
            files=tuple(part.file for part in cut.parts),
            origins=tuple(part.origin for part in cut.parts),
            sha256=self._table.partitions[partition].digest,
            fmt=self._fmt,
            numbers=tuple(RowNumbers.beside(part.file) for part in cut.parts),
        )

    def _cut_all(self, partitions: Collection[str], scratch: Path) -> None:
        """Cut partitions out, and make sure that the rows are those that were counted."""
        scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix="cut-", dir=scratch))
        for read in self._read:
            read.check_unchanged()
        try:
            found = cut_files(map(self._open, self._read), partitions, folder, self._today())
        finally:  # a change while they are read is the cause of whatever else is found
            for read in self._read:
                read.check_unchanged()
        for partition in partitions:
            counted = self._table.partitions[partition].rows
            rows = found[partition].rows if partition in found else 0
            if rows != counted:
                raise DataError(
                    f"{self._origin(partition)}: {rows} rows were cut out, but {counted} were counted. "
                    "Nothing was stored. Compare the file with its producer's and deliver it again."
                )
        self._cut |= found

    def _read_files(self) -> list[ReadFile]:
        """Return the table's files; none where a single file is not there (yet)."""
        path, scratch = self.store.resolve(self._uri), Path(self._copies.name)
        pattern = part_pattern(self._uri)
        if pattern is not None:
            folder = path if self._uri.endswith("/") else path.parent
            return read_parts(self.store, folder, pattern, scratch) if self.store.entries(folder) else []
        return [read_file(self.store, path, scratch)] if self.store.exists(path) else []

    def _index(self, read: ReadFile) -> Index:
        """Return what a file holds, from a pass over it."""
        try:
            return index_file(self._open(read), self._today())
        finally:
            read.check_unchanged()

    def _open(self, read: ReadFile) -> DatedFile:
        """Return a file as one whose rows can be told apart by day.

        :raises DataError: it lacks a column.
        """
        part = open_part(FORMATS[self._fmt], read.file, read.uri)
        check_columns(part.names, self._rule.columns, read.uri)
        times = part.names.count(self._rule.column)
        if times != 1:
            raise DataError(
                f"{read.uri}: column {self._rule.column!r} is there {times} times; expected it once: "
                f"source.{self.settings.name}.partition_by names it, and it says to which partition a row "
                "belongs. Deliver the file with it, or name another column in model.yaml."
            )
        return DATED_FORMATS[self._fmt](part, self._rule)

    def _origin(self, partition: str) -> str:
        return f"{self.describe()}?partition={partition}"

    def _today(self) -> date:
        """Return the date on the clocks of the table's time zone."""
        return datetime.now(ZoneInfo(self.settings.table.timezone)).date()

    @cached_property
    def _rule(self) -> CutRule:
        """How the table is cut.

        :raises ConfigError: not at all; the table is of another kind then.
        """
        by = self.settings.table.partition_by
        if by is None:
            raise ConfigError(f"source.{self.settings.name} has no partition_by; expected it for one table")
        return CutRule(
            column=by.column,
            every=by.every,
            timezone=self.settings.table.timezone,
            columns=self.settings.columns,
        )

    @cached_property
    def _copies(self) -> TemporaryDirectory[str]:
        """Folder for copies of objects, which goes with this source."""
        return TemporaryDirectory(prefix="dated-files-")

    @cached_property
    def _notes(self) -> IndexNotes:
        settings, rule = self.settings, self._rule
        about: list[object] = [
            self.describe(), settings.connection, rule.column, rule.every, rule.timezone, self._fmt,
            list(rule.needed),
        ]  # fmt: skip
        return IndexNotes.read(settings.store, settings.owner, settings.name, about)
