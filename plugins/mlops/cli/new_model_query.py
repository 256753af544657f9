"""The rows of a query for ``bin/mlops new-model --sql``: read once, as the model's tasks will read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from include.config.sql.query import QueryFaultsError, read_query
from include.data.sources.sql_types import find_column
from include.errors import ConfigError, DataError
from mlops.cli.local_connections import use_connections
from mlops.hooks.sql.session import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from include.config.sql.query import Bound
    from include.data.sources.sql_types import ResultColumn

_ALL: Mapping[Bound, date] = {"from": date(1800, 1, 1), "to": date(9999, 12, 31)}
_TIMEOUT_SECONDS = 3600
_ARROW: dict[str, pa.DataType] = {
    "integer": pa.int64(),
    "whole": pa.float64(),
    "decimal": pa.float64(),
    "real": pa.float64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
}
"""What a column of a type is looked at as; of any other it is text."""


def copy_rows(
    file: Path, connection: str, *, column: str, timezone: str, target: Path
) -> tuple[ResultColumn, ...]:
    """Run a query over all time and write its rows to a Parquet file; return its columns.

    :param file: the query, with ``:from`` and ``:to``.
    :param connection: id of the Airflow connection.
    :param column: the column by which partitions are cut.
    :param timezone: IANA name of the zone whose midnight ends a day.
    :param target: the Parquet file.
    :raises ConfigError: the query is none that may be run, or the connection is none.
    :raises DataError: it fails, or gives no rows.
    :raises StorageError: the database can't be reached, or takes too long.
    """
    try:
        query = read_query(file.read_text(encoding="utf-8"), column)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: can't be read: {error}; check --sql") from error
    except QueryFaultsError as error:
        raise ConfigError("\n".join(f"{file}:{one.line}: {one.text}" for one in error.faults)) from error
    use_connections()
    rows = 0
    with open_session(
        connection, query, timezone=timezone, timeout_seconds=_TIMEOUT_SECONDS, where=str(file)
    ) as session:
        found = session.describe(_ALL)
        by = find_column(found, column, str(file))
        schema = pa.schema([(one.name, _ARROW.get(one.type or "", pa.string())) for one in found])
        chosen = ", ".join(f"q.{session.engine.quote(one.name)}" for one in found)
        zone = ZoneInfo(timezone)
        with pq.ParquetWriter(target, schema) as writer:
            for batch in session.rows(chosen, "", _ALL, by.type):
                columns = [
                    _column(values, field.type, zone)
                    for field, values in zip(schema, zip(*batch, strict=True), strict=True)
                ]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                rows += len(batch)
    if not rows:
        raise DataError(f"{file}: gives no rows; check the query, and that {connection} leads to the data")
    return found


def _column(values: Sequence[Any], kind: pa.DataType, zone: ZoneInfo) -> pa.Array:
    read = _READ[kind]
    return pa.array([read(one, zone) for one in values], kind)


def _number(value: Any, _: ZoneInfo) -> float | None:
    return float(value) if isinstance(value, (Decimal, int, float)) else None


def _utc(value: Any, zone: ZoneInfo) -> datetime | None:
    if value is None:
        return None
    moment: datetime = value if value.tzinfo else value.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _same(value: Any, _: ZoneInfo) -> Any:
    return value


def _text(value: Any, _: ZoneInfo) -> str | None:
    return None if value is None else str(value)


_READ: dict[pa.DataType, Callable[[Any, ZoneInfo], Any]] = {
    **dict.fromkeys(_ARROW.values(), _same),
    pa.float64(): _number,
    pa.timestamp("us", "UTC"): _utc,
    pa.string(): _text,
}
