"""The rows of a query, written to Parquet batch by batch: memory holds one batch, whatever the result."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.ingest.value_errors import shown
from include.data.sources.sql_types import ACCEPTED, NUMBERS, ResultColumn, type_fault, type_of_class
from include.data.sources.sql_values import WrongValueError, to_arrow
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from include.data.schema import Column


class RowWriter:
    """Writes the rows of one partition to Parquet files in a folder.

    There is one file, unless a driver that does not tell types shows that of a column after rows in which it
    was NULL: then the rows that follow go into another one.

    :param folder: that exists and is empty.
    :param columns: of the table.
    :param found: the same columns of the result, in the same order.
    :param partition: first and last day that a row may be of, and the place of the column that says it.
    :param timezone: IANA name, the table's.
    :param origin: what messages call the partition.
    """

    def __init__(
        self,
        folder: Path,
        *,
        columns: Sequence[Column],
        found: Sequence[ResultColumn],
        partition: tuple[date, date, int],
        timezone: str,
        origin: str,
    ) -> None:
        self.rows = 0
        self.files: list[Path] = []
        self.types = [one.type for one in found]
        self._folder = folder
        self._columns = columns
        self._declared = [one.type is not None for one in found]
        self._first, self._last, self._dated = partition
        self._zone = ZoneInfo(timezone)
        self._origin = origin
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write one batch.

        :param rows: values in the order of the columns; what stands after them is only looked at.
        :raises DataError: a value is of another type than those before it, or a row of another partition.
        """
        if not rows:
            return
        values = list(zip(*rows, strict=True))
        self._check_days(values[self._dated])
        arrays = [self._array(at, values[at]) for at in range(len(self._columns))]
        names = [column.name for column in self._columns]
        batch = pa.RecordBatch.from_arrays(arrays, names)
        if self._writer is None or self._writer.schema != batch.schema:
            self._begin(batch.schema)
        self._writer.write_batch(batch)  # type: ignore[union-attr]
        self.rows += len(rows)

    def close(self) -> tuple[Path, ...]:
        """End the last file, and return all of them in the order of their rows."""
        if self._writer is None:
            self._begin(pa.schema([(column.name, pa.null()) for column in self._columns]))
        self._end()
        return tuple(self.files)

    def _begin(self, schema: pa.Schema) -> None:
        self._end()
        self.files.append(self._folder / f"rows-{len(self.files):04d}.parquet")
        self._writer = pq.ParquetWriter(self.files[-1], schema, compression="snappy")

    def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _array(self, at: int, values: Sequence[Any]) -> pa.Array:
        column = self._columns[at]
        if not self._declared[at]:
            self._learn(at, values)
        found = self.types[at]
        if found is None:
            return pa.nulls(len(values))
        try:
            return to_arrow(values, found, column.kind, self._zone)
        except WrongValueError as wrong:
            raise self._wrong(at, wrong) from wrong

    def _learn(self, at: int, values: Sequence[Any]) -> None:
        """Note the type of a column of which the driver says nothing, from the Python types of its values.

        Whole numbers and others may stand together in one column, as SQLite keeps decimals.
        """
        column, known = self._columns[at], self.types[at]
        kinds = {type_of_class(one) for one in set(map(type, values)) if one is not type(None)}
        if "timestamp" in kinds and any(value is not None and value.tzinfo for value in values):
            kinds = kinds - {"timestamp"} | {"timestamp with time zone"}
        if kinds and kinds <= set(NUMBERS) and column.kind in {"number", "target", "late_target"}:
            kinds = {"float"} if column.kind == "number" or len(kinds) > 1 or known == "float" else kinds
        if kinds == {"decimal"} and column.kind != "number":
            kinds = {"whole"}
        if not kinds:
            return
        first = min(kinds)
        found = known or first
        if found not in ACCEPTED[column.kind]:
            raise DataError(f"{self._origin}: {type_fault(column, found)}")
        if known is None or (known == "integer" and first == "float" and column.kind != "integer"):
            self.types[at] = first

    def _wrong(self, at: int, wrong: WrongValueError) -> DataError:
        """Return the error for a value of another type than its column's."""
        column = self._columns[at]
        kind = type_of_class(type(wrong.value))
        return DataError(
            f"{self._origin}: column {column.name!r}, row {self.rows + wrong.at + 1} of the result: found "
            f"{shown(wrong.value)}, which is {kind}; expected {self.types[at]}, as in the rows before it or "
            "as the database says. Cast the column in the query, so that all of its rows have one type."
        )

    def _check_days(self, values: Sequence[Any]) -> None:
        """Refuse a row that does not belong to the partition."""
        for value in set(values):
            day = day_of(value, self._zone)
            if day is None or not self._first <= day <= self._last:
                row = self.rows + values.index(value) + 1
                raise DataError(
                    f"{self._origin}: row {row} of the result is of {shown(value)}; expected days from "
                    f"{self._first} to {self._last} only. The query has to cut by the column of partition_by "
                    "itself: column >= :from AND column < :to."
                )


def has_clock(value: Any, found: str | None) -> bool:
    """Tell whether a column says the time of a day, and not the day alone.

    :param value: one of its values, or of its days.
    :param found: its type, or None where the driver does not say.
    """
    if found is not None:
        return found.startswith("timestamp")
    return isinstance(value, datetime) or (isinstance(value, str) and len(value) > len("2024-01-31"))


def day_of(value: Any, zone: ZoneInfo) -> date | None:
    """Return the day that a value of the partition's column is of, or None where it names none.

    :param value: a date, a time with or without a zone, or ISO text (SQLite has no other dates).
    :param zone: the table's, in which a time with a zone has its day.
    """
    if isinstance(value, datetime):
        try:
            return (value if value.tzinfo is None else value.astimezone(zone)).date()
        except OverflowError:  # in the years 1 and 9999
            return None
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).date()
        except ValueError:
            return None
    return None
