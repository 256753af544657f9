"""Lay a table out as deliveries: a Parquet file for each partition, with the columns that the model names."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.data.atomic_file import whole_file
from include.data.schema import COMPRESSION, ROWS_PER_GROUP
from include.onboarding.source import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from include.onboarding.look import Look
    from include.onboarding.source import SourceTable

FILE = "rows.parquet"
FOLDER = "as_of={partition}"


def lay_out(table: SourceTable, found: Look, folder: Path, *, sampled: bool = False) -> dict[str, Path]:
    """Write a delivery for each partition; return them by its ISO date.

    :param table: the table.
    :param found: what was found in it.
    :param folder: where the deliveries go.
    :param sampled: write only the entities that are looked at.
    :raises StorageError: the disk is full or fails.
    """
    features = found.features
    moments = found.moments
    clock = (
        pa.timestamp("us", "UTC" if moments.zoned else None) if moments.type == "timestamp" else pa.date32()
    )
    chosen: dict[str, tuple[str, pa.DataType | None]] = {
        found.entity.column: (found.entity.sql, None),
        **({found.row.column: (found.row.sql, None)} if found.row else {}),
        moments.column: (moments.sql, clock),
        **{name: (found.columns[name].sql, None) for name in features.names},
        found.target.column: (found.target.sql, None),
    }
    listed = ", ".join(f"{sql} AS v{number}" for number, (sql, _) in enumerate(chosen.values()))
    where = found.where_sampled() if sampled else "true"
    batches = table.batches(
        f"SELECT ({found.partition})::VARCHAR AS p, {listed} FROM rows WHERE {where} ORDER BY p, {ROW}",
        ROWS_PER_GROUP,
    )
    schema = pa.schema([
        pa.field(name, kind or field.type)
        for (name, (_, kind)), field in zip(chosen.items(), list(batches.schema)[1:], strict=True)
    ])
    written = {}
    for partition, parts in groupby(_parts(batches), key=itemgetter(0)):
        target = folder / FOLDER.format(partition=partition) / FILE
        with (
            whole_file(target) as temporary,
            pq.ParquetWriter(temporary, schema, compression=COMPRESSION) as writer,
        ):
            for _, part in parts:
                columns = [one.cast(field.type) for one, field in zip(part.columns[1:], schema, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        written[partition] = target
    return written


def _parts(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the batches cut where their first column changes, each with its value there."""
    for batch in batches:
        start = 0
        for run in pc.run_end_encode(batch.column(0)).run_ends.to_pylist():
            yield batch.column(0)[start].as_py(), batch.slice(start, run - start)
            start = run
