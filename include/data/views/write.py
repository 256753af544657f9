"""Write the snapshot of a delivery with the columns of its views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.arrow_schema import arrow_schema
from include.data.atomic_file import whole_file
from include.data.read_snapshot import explained
from include.data.schema import COMPRESSION, ROWS_PER_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from include.data.schema import Column
    from include.data.views.gather import Kept

_REPETITIVE = frozenset({"date", "category"})  # on floats a dictionary costs twice the time


def write_joined(rows: Path, target: Path, columns: Sequence[Column], kept: Mapping[str, Kept]) -> None:
    """Write the canonical columns of a snapshot, those of views from where they are kept.

    ``target`` is there whole or not at all. The row groups are those of the rows.

    :param rows: snapshot of the delivery.
    :param target: the snapshot to write; an older one is replaced in one step.
    :param columns: columns of the features table in their canonical order.
    :param kept: joined columns by name.
    :raises DataError: the snapshot of the rows is damaged.
    :raises StorageError: the disk is full or fails.
    """
    schema = arrow_schema(tuple(columns))
    own = [name for name in schema.names if name not in kept]
    options = {
        "compression": COMPRESSION,
        "store_schema": False,
        "use_dictionary": [column.name for column in columns if column.kind in _REPETITIVE],
    }
    with whole_file(target) as temporary, pq.ParquetWriter(temporary, schema, **options) as writer:
        first = 0
        with explained(rows), pq.ParquetFile(rows) as parquet:
            for number in range(parquet.num_row_groups):
                group = parquet.read_row_group(number, columns=own)
                count = group.num_rows
                arrays = [
                    kept[name].read(first, count) if name in kept else group[name] for name in schema.names
                ]
                writer.write_table(pa.table(arrays, schema=schema), row_group_size=ROWS_PER_GROUP)
                first += count
