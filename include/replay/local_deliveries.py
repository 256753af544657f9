"""Deliveries from local files or tables in memory, turned into snapshots as the task ``extract`` would."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.ingest.convert import convert
from include.data.labels.impossible_days import check_delivery
from include.data.schema import schema_digest, table_columns
from include.data.views.check import check_values
from include.data.views.columns import delivered_columns, view_columns
from include.data.views.messages import of_view
from include.errors import DataError
from include.lineage import SnapshotRef
from include.replay.cache import digest
from include.replay.deliveries import Delivered
from include.replay.local_views import join_day_by_day, join_in_cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from include.config.schema import ModelConfig
    from include.data.schema import Column
    from include.replay.cache import Cache


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Something that arrives at the source of a model.

    :param table: ``features``, ``labels``, or the name of one of the model's views.
    :param partition: ISO date that names it.
    :param content: an Arrow table, a file (``.csv``, ``.csv.gz``, ``.parquet``), the files of one delivery in
        their order, or None where the delivery disappears from the source.
    :param on: ISO date on which it arrives; by default its partition. A second one of the same table and
        partition replaces the first from its day on.
    """

    table: str
    partition: str
    content: pa.Table | Path | Sequence[Path] | None
    on: str = ""


class LocalDeliveries:
    """Deliveries on local disk or in memory.

    :param config: the model's configuration; it says which columns are kept, and as what.
    :param arrivals: what arrives, in any order; those of one day and name in the order in which they come.
    :param cache: where snapshots are kept.
    """

    def __init__(self, config: ModelConfig, arrivals: Iterable[Arrival], cache: Cache) -> None:
        self._config = config
        self._cache = cache
        self._files: dict[str, Path] = {}
        taken = tuple(self._take(one) for one in arrivals)
        self._versions = join_day_by_day(config, taken, self._join) if config.features.views else taken

    @classmethod
    def of_tables(
        cls,
        config: ModelConfig,
        features: Mapping[str, pa.Table | Path],
        labels: Mapping[str, pa.Table | Path],
        cache: Cache,
        views: Mapping[str, Mapping[str, pa.Table | Path]] | None = None,
    ) -> LocalDeliveries:
        """Build them from tables or files by partition, each of which arrives on the day that names it."""
        tables = (("features", features), ("labels", labels), *(views or {}).items())
        return cls(
            config,
            [
                Arrival(table=table, partition=partition, content=content)
                for table, by_day in tables
                for partition, content in sorted(by_day.items())
            ],
            cache,
        )

    @property
    def versions(self) -> tuple[Delivered, ...]:
        """Every version of every delivery, in the order in which they came."""
        return self._versions

    def file(self, ref: SnapshotRef) -> Path:
        """Return a snapshot as a local file."""
        return self._files[ref.md5]

    def _take(self, arrival: Arrival) -> Delivered:
        place = {"table": arrival.table, "partition": arrival.partition}
        known_on = arrival.on or arrival.partition
        if arrival.content is None:
            return Delivered(**place, known_on=known_on, ref=None)
        try:
            ref = self._convert(arrival)
        except DataError as error:
            if arrival.table in self._config.features.views:
                error = of_view(error, arrival.table)
            return Delivered(**place, known_on=known_on, ref=None, error=str(error))
        return Delivered(**place, known_on=known_on, ref=ref)

    def _convert(self, arrival: Arrival) -> SnapshotRef:
        """Return the snapshot of an arrival.

        :raises DataError: it can't be read as what ``model.yaml`` says.
        """
        columns = self._columns(arrival.table)
        types = schema_digest(columns)
        files = _files(arrival, self._cache)
        source = _digest_files(files)
        name = f"{arrival.table} of {arrival.partition}"
        key = digest("snapshot", source, types, [file.suffix for file in files])
        made = self._cache.file(
            "snapshots",
            f"{key}.parquet",
            lambda target: convert(
                tuple(files),
                fmt="parquet" if files[0].suffix == ".parquet" else "csv",
                columns=columns,
                target=target,
                origin=name,
                part_origins=tuple(map(str, files)),
            ),
        )
        check_delivery(
            made, table=arrival.table, partition=arrival.partition, config=self._config, now=None, origin=name
        )
        if view := self._config.features.views.get(arrival.table):
            with tempfile.TemporaryDirectory(prefix="check-") as scratch:
                check_values(made, view, arrival.partition, origin=name, scratch=Path(scratch))
        return self._keep(
            made,
            arrival.table,
            arrival.partition,
            source=name,
            source_sha256=source,
            schema_digest=types,
        )

    def _columns(self, table: str) -> tuple[Column, ...]:
        """Return the columns with which a table is delivered; of a view those that the model uses."""
        if view := self._config.features.views.get(table):
            return view_columns(view)
        columns = table_columns(self._config, table)
        return delivered_columns(self._config, columns) if table == "features" else columns

    def _join(self, ref: SnapshotRef, chosen: Mapping[str, Sequence[SnapshotRef]]) -> SnapshotRef:
        """Return a delivery of features with the columns of its views."""
        made, made_from, types = join_in_cache(self._config, ref, chosen, self._cache, self.file)
        return self._keep(
            made, ref.table, ref.partition, source=ref.source, source_sha256=made_from, schema_digest=types
        )

    def _keep(self, made: Path, table: str, partition: str, **made_from: str) -> SnapshotRef:
        """Remember a file as the snapshot of a delivery; *made_from* is the rest of its reference."""
        md5 = _digest_file(made, "md5")
        self._files[md5] = made
        with pq.ParquetFile(made) as parquet:
            rows = parquet.metadata.num_rows
        return SnapshotRef(
            table=table,
            partition=partition,
            path=f"{self._config.name}/{table}/{partition}.parquet",
            md5=md5,
            rows=rows,
            size=made.stat().st_size,
            commit="",
            **made_from,
        )


def _files(arrival: Arrival, cache: Cache) -> list[Path]:
    """Return the files of an arrival; a table in memory is written to one."""
    content = arrival.content
    if isinstance(content, Path):
        return [content]
    if isinstance(content, pa.Table):
        table = content
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        body = sink.getvalue()
        key = hashlib.sha256(body).hexdigest()[:32]
        return [cache.file("tables", f"{key}.parquet", lambda target: target.write_bytes(body))]
    return list(content or ())


def _digest_files(files: Sequence[Path]) -> str:
    return hashlib.sha256("".join(_digest_file(file, "sha256") for file in files).encode()).hexdigest()


def _digest_file(file: Path, name: str) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, name).hexdigest()
