"""Read columns of a canonical snapshot, and refuse a file that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import DataError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from include.config.schema import ModelConfig


def column_types(config: ModelConfig, columns: tuple[str, ...]) -> dict[str, pa.DataType]:
    """Return the Arrow type that each column has in a canonical snapshot.

    :param config: the model's configuration.
    :param columns: names of configured columns: entity, time, target or features.
    """
    import pyarrow as pa

    types = {
        config.entity.column: pa.int64() if config.entity.type == "integer" else pa.string(),
        config.time.column: pa.date32(),
        config.target.column: pa.int8(),
        **dict.fromkeys(config.features.numeric, pa.float64()),
        **dict.fromkeys(config.features.categorical, pa.string()),
    }
    return {column: types[column] for column in columns}


def read_columns(path: Path, config: ModelConfig, columns: tuple[str, ...]) -> pa.Table:
    """Read columns of one snapshot into memory, in the order asked for.

    :param path: a canonical Parquet file.
    :param config: the model's configuration, which settles the types.
    :param columns: names of the columns to read.
    :raises DataError: when the file is missing, no Parquet, truncated, or lacks a column or its type.
    :raises StorageError: when the disk fails to give the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    expected = column_types(config, columns)
    try:
        with pq.ParquetFile(path) as parquet:
            _check_schema(path, parquet.schema_arrow, expected)
            return parquet.read(columns=list(columns)).select(list(columns))
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: run extract for this partition again") from error
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is no readable Parquet file ({error}): run extract again") from error
    except OSError as error:
        raise StorageError(f"{path} could not be read ({error}): check the disk, then retry") from error


def _check_schema(path: Path, found: pa.Schema, expected: dict[str, pa.DataType]) -> None:
    """Compare names and types of the columns."""
    wrong = [
        f"{name}: found {found.field(name).type if name in found.names else 'no such column'}, expected "
        f"{kind}"
        for name, kind in expected.items()
        if name not in found.names or found.field(name).type != kind
    ]
    if wrong:
        raise DataError(
            f"{path} is no canonical snapshot of this model ({'; '.join(wrong)}): extract it again after a "
            "change of model.yaml"
        )
