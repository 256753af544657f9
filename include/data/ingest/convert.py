"""Convert one delivery into a canonical snapshot: same rows, same bytes, whatever they came in.

The work is done by polars' streaming engine, in which the rows pass from the reader to the Parquet writer in
small pieces. Memory does not grow with the file. It was chosen after measuring;
``benchmarks/bench_extract.py`` repeats that. Rows are counted in two ways that have to agree: the records
that are proven to be in a CSV file, or that a Parquet file says it has, and the rows of the snapshot.
"""

from __future__ import annotations

import base64
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow.parquet as pq

from include.data.arrow_schema import arrow_schema
from include.data.atomic_file import DigestingWriter, as_os_error, storage_error, whole_file
from include.data.ingest.column_names import check_columns, check_same_columns
from include.data.ingest.csv_reader import CsvScan, read_header
from include.data.ingest.parquet_reader import (
    count_rows,
    diagnose_parquet,
    note_truths,
    read_names,
    scan_parquet,
)
from include.data.ingest.part import Part
from include.data.ingest.truth_spellings import TruthSpellings
from include.data.ingest.value_errors import unexplained
from include.data.schema import COMPRESSION, NEVER_MISSING, ROWS_PER_GROUP
from include.errors import DataError, MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class _Delivery:
    """How one delivery is read.

    :param fmt: how its files are written.
    :param parts: the files, in the order of their rows.
    :param columns: columns of the table.
    :param origin: URI of the delivery.
    """

    def __init__(
        self, fmt: Literal["csv", "parquet"], parts: Sequence[Part], columns: tuple[Column, ...], origin: str
    ) -> None:
        self.parts = parts
        self.columns = columns
        self.origin = origin
        self._csv = CsvScan(parts, columns) if fmt == "csv" else None

    def scan(self) -> pl.LazyFrame:
        """Return the typed rows as a query."""
        import polars as pl

        if self._csv:
            return self._csv.frame()
        return pl.concat([scan_parquet(part, self.columns) for part in self.parts])

    def count(self) -> int:
        """Return how many rows the files have, by another way than that of :meth:`scan`, which has run."""
        return self._csv.records if self._csv else sum(map(count_rows, self.parts))

    def check_categories(self) -> None:
        """Refuse text in Parquet that spells a truth value in two ways. In CSV the scan does it."""
        truths = TruthSpellings()
        for part in [] if self._csv else self.parts:
            note_truths(part, self.columns, truths)
        truths.check(self.origin)

    def diagnose(self) -> DataError | None:
        """Return the first fault among the values, found the slow way, or None. In CSV the scan names it."""
        import polars as pl

        for part in [] if self._csv else self.parts:
            with suppress(pl.exceptions.PolarsError):  # damaged within: no value can be named
                fault = diagnose_parquet(part, self.columns)
                if fault is not None:
                    return fault
        return None


def convert(
    source: Path | Sequence[Path],
    *,
    fmt: Literal["csv", "parquet"],
    columns: tuple[Column, ...],
    target: Path,
    origin: str,
    part_origins: Sequence[str] = (),
) -> Conversion:
    """Write the canonical snapshot of one delivery.

    Rows keep their order, and those of several files follow one another as the files do: the snapshot is that
    of one file with all rows. A missing value is null, also where the source has NaN; infinite values stay,
    for the data contract to judge. ``target`` is there whole or not at all.

    :param source: file on local disk, or several in order that make one delivery: all have the same
        columns, perhaps in another order, and in CSV a header each.
    :param fmt: how it is written. CSV may be packed with gzip or zstd, whatever its name.
    :param columns: columns of the table, from :func:`include.data.schema.table_columns`.
    :param target: snapshot to write; an older one is replaced in one step.
    :param origin: URI of the delivery, named in messages.
    :param part_origins: URIs of several files; if left out, the delivery's with their names.
    :raises DataError: missing, empty, of another format or encoding, without a column, or with values that
        are not of its kind; entity, time and target may not be missing in any row. The message names the
        place and the remedy.
    :raises StorageError: the disk is full or fails.
    """
    parts = _open_parts(source, fmt, origin, part_origins)
    ignored = check_columns(parts[0].names, columns, parts[0].origin)
    for part in parts[1:]:
        check_same_columns(part, parts[0])
    delivery = _Delivery(fmt, parts, columns, origin)
    with whole_file(target) as (writer, temporary):
        _write(delivery, writer)
        rows = _check_rows(delivery, temporary)
        delivery.check_categories()
    log.info(
        "%s: %s rows, %s bytes in %s; columns ignored: %s",
        origin,
        rows,
        writer.written,
        target.name,
        list(ignored) or "none",
    )
    return Conversion(rows=rows, bytes=writer.written, sha256=writer.sha256, ignored_columns=ignored)


def _open_parts(
    source: Path | Sequence[Path], fmt: Literal["csv", "parquet"], origin: str, part_origins: Sequence[str]
) -> list[Part]:
    """Look at the beginning (CSV) or end (Parquet) of each file."""
    files = [source] if isinstance(source, Path) else list(source)
    if not files:
        raise DataError(f"{origin}: there is no file in it. Deliver it again, whole.")
    origins = [origin] if isinstance(source, Path) else part_origins or [f"{origin}/{f.name}" for f in files]
    return [_open(file, fmt, uri) for file, uri in zip(files, origins, strict=True)]


def _open(file: Path, fmt: Literal["csv", "parquet"], origin: str) -> Part:
    """Look at one file of a delivery."""
    try:
        if not file.is_file():
            raise DataError(
                f"{origin}: there is no such file. Deliver it, or correct the uri in model.yaml or the "
                "connection's root."
            )
        if file.stat().st_size == 0:
            raise DataError(f"{origin}: the file is empty (0 bytes). Deliver it again, whole.")
        names = read_header(file, origin) if fmt == "csv" else read_names(file, origin)
    except OSError as error:
        raise storage_error(file, error) from error
    return Part(file, origin, names)


def _write(delivery: _Delivery, writer: DigestingWriter) -> None:
    """Stream the rows into the writer, and say in this project's words why if that fails."""
    import polars as pl

    # polars notes its own large_string as the Arrow type; plain strings are what every reader expects.
    schema = base64.b64encode(arrow_schema(delivery.columns).serialize().to_pybytes()).decode("ascii")
    try:
        delivery.scan().sink_parquet(
            writer, compression=COMPRESSION, row_group_size=ROWS_PER_GROUP, metadata={"ARROW:schema": schema}
        )
    except MlopsError:
        raise
    except Exception as error:
        if writer.failure is not None:
            raise writer.failure from error
        disk = as_os_error(error)
        if disk is not None:
            raise storage_error(delivery.parts[0].file, disk) from error
        if isinstance(error, pl.exceptions.PolarsError):
            raise delivery.diagnose() or unexplained(delivery.origin, error) from error
        raise


def _check_rows(delivery: _Delivery, written: Path) -> int:
    """Return the number of rows, after checking that all have arrived, at least one, each with its keys."""
    with pq.ParquetFile(written) as parquet:
        rows = int(parquet.metadata.num_rows)
        nulls = _count_nulls(parquet.metadata)
    delivered = delivery.count()
    if rows != delivered:
        raise DataError(
            f"{delivery.origin}: {delivered} rows were delivered, but {rows} arrived in the snapshot. "
            "Nothing was kept. Check the file against its producer and deliver it again."
        )
    if rows == 0:
        raise DataError(
            f"{delivery.origin}: there are columns but no row below them. Deliver the file again, whole."
        )
    keyless = [
        column.name for column in delivery.columns if column.kind in NEVER_MISSING and nulls[column.name]
    ]
    if keyless:
        raise delivery.diagnose() or DataError(
            f"{delivery.origin}: no value in some rows of {keyless}; expected one in each row."
        )
    return rows


def _count_nulls(metadata: Any) -> dict[str, int]:
    """Return column to number of missing values, from the statistics in a Parquet file's footer."""
    counts: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            counts[chunk.path_in_schema] = counts.get(chunk.path_in_schema, 0) + chunk.statistics.null_count
    return counts
