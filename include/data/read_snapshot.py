"""Read columns of a canonical snapshot, and refuse any other file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.arrow_schema import columns_schema
from include.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig


def read_columns(path: Path, config: ModelConfig, columns: tuple[str, ...]) -> pa.Table:
    """Read columns of one snapshot into memory, in the order asked for.

    :param path: a canonical Parquet file.
    :param config: the model's configuration, which settles the types.
    :param columns: names of the columns to read.
    :raises DataError: when the file is missing, truncated or not Parquet, or lacks a column or its type.
    :raises StorageError: when the disk fails to give the file.
    """
    with explained(path), pq.ParquetFile(path) as parquet:
        _check_schema(path, parquet.schema_arrow, columns_schema(config, columns))
        return parquet.read(columns=list(columns)).select(list(columns))


def stream_columns(path: Path, config: ModelConfig, columns: tuple[str, ...]) -> Iterator[pa.Table]:
    """Yield columns of one snapshot row group by row group; parameters and errors as :func:`read_columns`."""
    with explained(path), pq.ParquetFile(path) as parquet:
        _check_schema(path, parquet.schema_arrow, columns_schema(config, columns))
        for group in range(parquet.num_row_groups):
            yield parquet.read_row_group(group, columns=list(columns)).select(list(columns))


def count_rows(path: Path) -> int:
    """Return the number of rows of a snapshot, from its footer; errors as :func:`read_columns`."""
    with explained(path), pq.ParquetFile(path) as parquet:
        return int(parquet.metadata.num_rows)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what can go wrong while reading a Parquet file into errors that say what to do.

    :param path: the file.
    :raises DataError: when the file is missing, damaged or not Parquet.
    :raises StorageError: when the disk fails to give it.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: run extract for this partition again") from error
    except (pa.ArrowException, OSError) as error:
        if is_damaged(error):
            said = " ".join(str(error).split())
            raise DataError(f"{path} is not a readable Parquet file ({said}): run extract again") from error
        raise StorageError(f"{path} could not be read ({error}): check the disk, then retry") from error


def is_damaged(error: Exception) -> bool:
    """Tell a damaged Parquet file from a failing disk, by what Arrow raised.

    Arrow raises an OSError for damaged pages too, but one without a number of the system's.
    """
    return getattr(error, "errno", None) is None


def _check_schema(path: Path, found: pa.Schema, expected: pa.Schema) -> None:
    """Compare names and types of the columns."""
    wrong = [
        f"{field.name}: found "
        f"{found.field(field.name).type if field.name in found.names else 'no such column'}, expected "
        f"{field.type}"
        for field in expected
        if field.name not in found.names or found.field(field.name).type != field.type
    ]
    if wrong:
        raise DataError(
            f"{path} is not a canonical snapshot of this model ({'; '.join(wrong)}): extract it again after "
            "a change of model.yaml"
        )
