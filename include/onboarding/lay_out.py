"""Lay a table out as deliveries: a Parquet file for each partition, with the columns that the model names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.atomic_file import whole_file
from include.data.schema import COMPRESSION, ROWS_PER_GROUP

if TYPE_CHECKING:
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
    written = {}
    for partition in found.cut.rows:
        target = folder / FOLDER.format(partition=partition) / FILE
        batches = table.batches(
            f"SELECT {listed} FROM rows WHERE {found.partition} = DATE '{partition}' AND {where} "
            "ORDER BY mlops_row",
            ROWS_PER_GROUP,
        )
        schema = pa.schema([
            pa.field(name, kind or field.type)
            for (name, (_, kind)), field in zip(chosen.items(), batches.schema, strict=True)
        ])
        with (
            whole_file(target) as temporary,
            pq.ParquetWriter(temporary, schema, compression=COMPRESSION) as writer,
        ):
            for batch in batches:
                columns = [one.cast(field.type) for one, field in zip(batch.columns, schema, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        written[partition] = target
    return written
