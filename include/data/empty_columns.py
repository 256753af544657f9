"""Features that have no value in any row of some partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from include.data.read_snapshot import explained, stream_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from include.config.schema import ModelConfig


def find_empty(paths: Iterable[Path], config: ModelConfig) -> tuple[str, ...]:
    """Return the features without any value in the snapshots together, in the order of ``model.yaml``.

    Counts come from the statistics of the Parquet files; only a column without them is read.

    :param paths: canonical snapshots.
    :param config: the model's configuration.
    """
    candidates = set(config.feature_names)
    for path in paths:
        candidates = {name for name in candidates if _is_empty(path, name, config)}
        if not candidates:
            break
    return tuple(name for name in config.feature_names if name in candidates)


def _is_empty(path: Path, name: str, config: ModelConfig) -> bool:
    """Tell whether one snapshot has no value of a feature."""
    with explained(path), pq.ParquetFile(path) as parquet:
        if name in parquet.schema_arrow.names:
            place = parquet.schema_arrow.names.index(name)
            groups = [parquet.metadata.row_group(number) for number in range(parquet.num_row_groups)]
            counts = [group.column(place).statistics for group in groups]
            if all(found is not None and found.has_null_count for found in counts):
                return all(
                    found.null_count == group.num_rows for found, group in zip(counts, groups, strict=True)
                )
    return all(table[name].null_count == len(table) for table in stream_columns(path, config, (name,)))
