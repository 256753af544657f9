"""Snapshots as streams of Arrow batches, with the names that the queries give their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.data.arrow_numpy import to_arrow
from include.data.read_snapshot import explained
from include.data.views.queries import PLACE
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def stream_rows(path: Path, columns: Mapping[str, str], groups: Sequence[int]) -> pa.RecordBatchReader:
    """Return columns of some row groups, with the place of each row in the file.

    :param path: a snapshot.
    :param columns: name in the queries to name in the snapshot.
    :param groups: numbers of the row groups, each following the one before.
    :raises DataError: here or while it is read: the file is damaged.
    """
    with explained(path), pq.ParquetFile(path) as parquet:
        schema = parquet.schema_arrow
        metadata = parquet.metadata
        first = sum(metadata.row_group(number).num_rows for number in range(groups[0]))
    fields = [schema.field(source).with_name(name) for name, source in columns.items()]
    made = pa.schema([pa.field(PLACE, pa.int64()), *fields])

    def batches() -> Iterator[pa.RecordBatch]:
        start = first
        with explained(path), pq.ParquetFile(path, metadata=metadata) as parquet:
            for number in groups:
                table = parquet.read_row_group(number, columns=list(columns.values()))
                place = to_arrow(np.arange(start, start + len(table)))
                start += len(table)
                yield _batch(table, columns, made, place)

    return pa.RecordBatchReader.from_batches(made, batches())


def stream_values(
    paths: Sequence[Path], columns: Mapping[str, str], types: pa.Schema
) -> pa.RecordBatchReader:
    """Return the rows of all snapshots of a view, with the place of each one's delivery among them.

    A column that a snapshot lacks is null: it was not delivered yet.

    :param paths: the snapshots, in the order in which they were delivered.
    :param columns: name in the queries to name in the snapshots.
    :param types: schema of the view's snapshots.
    :raises DataError: here or while it is read: a file is damaged.
    """
    fields = [types.field(source).with_name(name) for name, source in columns.items()]
    made = pa.schema([pa.field(PLACE, pa.int64()), *fields])

    def batches() -> Iterator[pa.RecordBatch]:
        for number, path in enumerate(paths):
            with explained(path), pq.ParquetFile(path) as parquet:
                held = [name for name in columns.values() if name in parquet.schema_arrow.names]
                _check_types(path, parquet.schema_arrow, types, held)
                for group in range(parquet.num_row_groups):
                    table = parquet.read_row_group(group, columns=held)
                    place = to_arrow(np.full(len(table), number))
                    yield _batch(table, columns, made, place)

    return pa.RecordBatchReader.from_batches(made, batches())


def _check_types(path: Path, found: pa.Schema, types: pa.Schema, names: Sequence[str]) -> None:
    """Refuse a snapshot that was made when a column had another kind.

    :raises DataError: it was.
    """
    for name in names:
        if found.field(name).type != types.field(name).type:
            raise DataError(
                f"{path}: column {name!r} of this snapshot of a view is {found.field(name).type}; expected "
                f"{types.field(name).type}, as the view's file says now. Deliver that partition again, or "
                "give the column its kind back."
            )


def _batch(table: pa.Table, columns: Mapping[str, str], made: pa.Schema, place: pa.Array) -> pa.RecordBatch:
    """Return the columns of a table under other names, and null where it lacks one."""
    arrays = [
        table[source].combine_chunks()
        if source in table.column_names
        else pa.nulls(len(table), made.field(name).type)
        for name, source in columns.items()
    ]
    return pa.RecordBatch.from_arrays([place, *arrays], schema=made)
