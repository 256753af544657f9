"""Convert one delivered file into a canonical snapshot: same rows, same bytes, whatever they came in.

The work is done by polars' streaming engine, in which the rows pass from the CSV reader to the Parquet writer
in small pieces. Memory grows with the number of cores (some 50 MB each on top of 300 MB), never with the
file. It was chosen after measuring; ``benchmarks/bench_extract.py`` repeats that.
"""

from __future__ import annotations

import base64
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from include.data.csv_source import may_have_short_rows, read_header, scan_csv
from include.data.diagnose import diagnose_csv
from include.data.found_columns import check_columns
from include.data.parquet_source import diagnose_parquet, read_names, scan_parquet
from include.data.schema import COMPRESSION, NEVER_MISSING, ROWS_PER_GROUP, arrow_schema
from include.data.snapshot_file import DigestingWriter, as_os_error, storage_error, whole_file
from include.errors import DataError, MlopsError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from include.data.schema import Column

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What became of a delivered file.

    :param rows: rows of the snapshot, as many as the source has.
    :param bytes: size of the snapshot.
    :param sha256: digest of the snapshot's bytes.
    :param ignored_columns: columns of the source that model.yaml does not name, in its order.
    """

    rows: int
    bytes: int
    sha256: str
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """How one source is read."""

    source: Path
    fmt: Literal["csv", "parquet"]
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    origin: str

    def scan(self) -> pl.LazyFrame:
        """Return the typed rows as a query."""
        if self.fmt == "csv":
            return scan_csv(self.source, self.names, self.columns)
        return scan_parquet(self.source, self.columns, self.origin)

    def diagnose(self) -> DataError | None:
        """Return the first fault of the source, found the slow way, or None."""
        import polars as pl

        if self.fmt == "csv":
            return diagnose_csv(self.source, self.names, self.columns, self.origin)
        with suppress(pl.exceptions.PolarsError):  # damaged within: no value can be named
            return diagnose_parquet(self.source, self.columns, self.origin)
        return None


def convert(
    source: Path, *, fmt: Literal["csv", "parquet"], columns: tuple[Column, ...], target: Path, origin: str
) -> Conversion:
    """Write the canonical snapshot of one delivered file.

    Rows keep their order. A missing value is null, also where the source has NaN; infinite values stay, for
    the data contract to judge. ``target`` is there whole or not at all.

    :param source: file on local disk.
    :param fmt: how it is written.
    :param columns: columns of the table, from :func:`include.data.schema.table_columns`.
    :param target: snapshot to write; an older one is replaced in one step.
    :param origin: URI of the source, named in messages.
    :raises DataError: missing, empty, of another format or encoding, without a column, or with values that
        are not of its kind; entity, time and target may not be missing in any row. The message names the
        place and the remedy.
    :raises StorageError: the disk is full or fails.
    """
    reading = _open_source(source, fmt, columns, origin)
    ignored = check_columns(reading.names, columns, origin)
    with whole_file(target) as (writer, temporary):
        _write(reading, writer)
        rows = _check_rows(reading, temporary)
    log.info(
        "%s: %s rows, %s bytes in %s; columns ignored: %s",
        origin,
        rows,
        writer.written,
        target.name,
        list(ignored) or "none",
    )
    return Conversion(rows=rows, bytes=writer.written, sha256=writer.sha256, ignored_columns=ignored)


def _open_source(
    source: Path, fmt: Literal["csv", "parquet"], columns: tuple[Column, ...], origin: str
) -> _Reading:
    """Look at the file's beginning (CSV) or end (Parquet)."""
    try:
        if not source.is_file():
            raise DataError(
                f"{origin}: there is no such file. Deliver it, or correct the uri in model.yaml or the "
                "connection's root."
            )
        if source.stat().st_size == 0:
            raise DataError(f"{origin}: the file is empty (0 bytes). Deliver it again, whole.")
        names = read_header(source, origin) if fmt == "csv" else read_names(source, origin)
    except OSError as error:
        raise storage_error(source, error) from error
    return _Reading(source=source, fmt=fmt, names=names, columns=columns, origin=origin)


def _write(reading: _Reading, writer: DigestingWriter) -> None:
    """Stream the rows into the writer, and say in this project's words why if that fails."""
    import polars as pl

    # polars notes its own large_string as the Arrow type; plain strings are what every reader expects.
    schema = base64.b64encode(arrow_schema(reading.columns).serialize().to_pybytes()).decode("ascii")
    try:
        reading.scan().sink_parquet(
            writer, compression=COMPRESSION, row_group_size=ROWS_PER_GROUP, metadata={"ARROW:schema": schema}
        )
    except MlopsError:
        raise
    except Exception as error:
        if writer.failure is not None:
            raise writer.failure from error
        disk = as_os_error(error)
        if disk is not None:
            raise storage_error(reading.source, disk) from error
        if isinstance(error, pl.exceptions.PolarsError):
            raise reading.diagnose() or _unexplained(reading.origin, error) from error
        raise


def _check_rows(reading: _Reading, written: Path) -> int:
    """Return the number of rows, after checking what an engine lets pass.

    That is: no row at all, keys without a value, rows with too few fields.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(written) as parquet:
        rows = int(parquet.metadata.num_rows)
        nulls = _count_nulls(parquet.metadata)
    if rows == 0:
        raise DataError(
            f"{reading.origin}: there are columns but no row below them. Deliver the file again, whole."
        )
    keyless = [
        column.name for column in reading.columns if column.kind in NEVER_MISSING and nulls[column.name]
    ]
    # A short row has nothing in the last column of the file. Where that is never empty, or counted commas
    # suffice ...
    suspicious = reading.fmt == "csv" and nulls.get(reading.names[-1], 1) > 0
    if keyless or (suspicious and may_have_short_rows(reading.source, len(reading.names), rows)):
        fault = reading.diagnose()
        if fault is None and keyless:
            fault = DataError(
                f"{reading.origin}: no value in some rows of {keyless}; expected one in each row."
            )
        if fault is not None:
            raise fault
    return rows


def _count_nulls(metadata: Any) -> dict[str, int]:
    """Return column to number of missing values, from the statistics in a Parquet file's footer."""
    counts: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            counts[chunk.path_in_schema] = counts.get(chunk.path_in_schema, 0) + chunk.statistics.null_count
    return counts


def _unexplained(origin: str, error: Exception) -> DataError:
    """Return the error for a failure that the diagnosing pass found no cause for."""
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return DataError(
        f"{origin}: could not be read ({said}). Check the file against its producer and deliver it again."
    )
