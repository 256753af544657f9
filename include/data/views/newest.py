"""The newest times in the snapshot of a view, from the file's own statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.data.read_snapshot import explained

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


def newest_time(path: Path, column: str) -> date | None:
    """Return the latest day or instant in a column of times; None without rows.

    :param path: a snapshot.
    :param column: the column's name.
    :raises DataError: the file is damaged, or has no such column.
    """
    found = []
    with explained(path), pq.ParquetFile(path) as parquet:
        for number in range(parquet.num_row_groups):
            latest = pc.max(parquet.read_row_group(number, columns=[column])[column]).as_py()
            found += [] if latest is None else [latest]
    return max(found, default=None)
