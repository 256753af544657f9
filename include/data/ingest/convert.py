"""Convert one delivery into a canonical snapshot: same rows, same bytes, whatever they came in.

The work is done by polars' streaming engine, in which the rows pass from the reader to the Parquet writer in
small pieces. Memory does not grow with the file. It was chosen after measuring;
``benchmarks/bench_extract.py`` repeats that. Rows are counted in two ways that have to agree: the records
that are proven to be in a CSV file, or that a Parquet file says it has, and the rows of the snapshot.
"""

from __future__ import annotations

import base64
import errno
import logging
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from include.data.arrow_schema import arrow_schema
from include.data.atomic_file import as_os_error, storage_error, whole_file
from include.data.ingest.column_names import check_columns, check_same_columns
from include.data.ingest.delivery import Part
from include.data.ingest.formats import FORMATS
from include.data.ingest.value_errors import unexplained
from include.data.schema import COMPRESSION, NEVER_MISSING, ROWS_PER_GROUP
from include.errors import DataError, MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from include.config.data_schema import SourceFormat
    from include.data.ingest.delivery import Delivery
    from include.data.ingest.row_numbers import RowNumbers
    from include.data.schema import Column

log = logging.getLogger(__name__)

_OF_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # no disk says so while it is read


def convert(
    files: Sequence[Path],
    *,
    fmt: SourceFormat,
    columns: tuple[Column, ...],
    target: Path,
    origin: str,
    part_origins: Sequence[str] = (),
    part_numbers: Sequence[RowNumbers | None] = (),
) -> int:
    """Write the canonical snapshot of one delivery and return its number of rows.

    Rows keep their order, and those of several files follow one another as the files do: the snapshot is that
    of one file with all rows. A missing value is null, also where the source has NaN; infinite values stay,
    for the data contract to check. ``target`` is there whole or not at all.

    :param files: files on local disk, in order, that make one delivery, most often one: all have the same
        columns, perhaps in another order, and in CSV a header each.
    :param fmt: how they are written. CSV may be compressed with gzip or zstd, whatever its name.
    :param columns: columns of the table, from :func:`include.data.schema.table_columns`.
    :param target: snapshot to write; an older one is replaced in one step.
    :param origin: URI of the delivery, named in messages.
    :param part_origins: URIs of several files; if left out, the delivery's with their names.
    :param part_numbers: where their rows stand at these origins; left out, there as in the files.
    :raises DataError: missing, empty, of another format or encoding, without a column, or with values that
        are not of its kind; entity, time and target may not be missing in any row. The message says where,
        and what to do.
    :raises StorageError: the disk is full or fails.
    """
    reader = FORMATS[fmt]
    parts = _open_parts(reader, files, origin, part_origins, part_numbers)
    ignored = check_columns(parts[0].names, columns, parts[0].origin)
    for part in parts[1:]:
        check_same_columns(part, parts[0])
    delivery = reader(parts, columns, origin)
    with whole_file(target) as temporary:
        _write(delivery, temporary, target)
        rows = _check_rows(delivery, temporary)
        delivery.check_spellings()
        size = temporary.stat().st_size
    log.info(
        "%s: %s rows, %s bytes in %s; columns ignored: %s",
        origin,
        rows,
        size,
        target.name,
        list(ignored) or "none",
    )
    return rows


def _open_parts(
    reader: type[Delivery],
    files: Sequence[Path],
    origin: str,
    part_origins: Sequence[str],
    part_numbers: Sequence[RowNumbers | None],
) -> list[Part]:
    """Read the column names of each file, from its beginning (CSV) or its end (Parquet)."""
    if not files:
        raise DataError(f"{origin}: the delivery has no files. Deliver the complete file again.")
    if not part_origins:
        part_origins = [origin] if len(files) == 1 else [f"{origin}/{file.name}" for file in files]
    return [
        open_part(reader, file, uri, numbers)
        for file, uri, numbers in zip(files, part_origins, part_numbers or (None,) * len(files), strict=True)
    ]


def open_part(reader: type[Delivery], file: Path, origin: str, numbers: RowNumbers | None = None) -> Part:
    """Read the column names of one file.

    :param reader: of its format.
    :param file: on local disk.
    :param origin: its URI, named in messages.
    :param numbers: where its rows stand at its origin.
    :raises DataError: there is no such file, or it is empty, or of another format.
    :raises StorageError: it can't be read.
    """
    try:
        if not file.is_file():
            raise DataError(
                f"{origin}: there is no such file. Deliver it, or correct the uri in model.yaml or the "
                "connection's root."
            )
        if file.stat().st_size == 0:
            raise DataError(f"{origin}: the file is empty (0 bytes). Deliver the complete file again.")
        names = reader.read_names(file, origin)
    except OSError as error:
        raise storage_error(file, error) from error
    return Part(file, origin, names, numbers)


def _write(delivery: Delivery, temporary: Path, target: Path) -> None:
    """Stream the rows into a file, and turn polars' errors into those of this project."""
    import polars as pl

    # polars notes its own large_string as the Arrow type; plain strings are what every reader expects.
    schema = base64.b64encode(arrow_schema(delivery.columns).serialize().to_pybytes()).decode("ascii")
    try:
        # Given a path, polars opens the file in a thread that outlives a query that fails: it would appear
        # after its removal.
        with temporary.open("wb") as file:
            delivery.scan().sink_parquet(
                file, compression=COMPRESSION, row_group_size=ROWS_PER_GROUP,
                metadata={"ARROW:schema": schema},
            )  # fmt: skip
    except MlopsError:
        raise
    except Exception as error:
        disk = as_os_error(error)
        if disk is not None:
            failed = target if disk.errno in _OF_WRITING else delivery.parts[0].file
            raise storage_error(failed, disk) from error
        if isinstance(error, pl.exceptions.PolarsError):
            raise delivery.find_value_error() or unexplained(delivery.origin, error) from error
        raise


def _check_rows(delivery: Delivery, written: Path) -> int:
    """Return the number of rows, after checking that all have arrived, at least one, each with its keys."""
    with pq.ParquetFile(written) as parquet:
        rows = int(parquet.metadata.num_rows)
        nulls = _count_nulls(parquet.metadata)
    delivered = delivery.count_rows()
    if rows != delivered:
        raise DataError(
            f"{delivery.origin}: {delivered} rows were delivered, but {rows} arrived in the snapshot. "
            "Nothing was stored. Compare the file with its producer's and deliver it again."
        )
    if rows == 0:
        raise DataError(f"{delivery.origin}: a header but no rows. Deliver the complete file again.")
    keyless = [
        column.name for column in delivery.columns if column.kind in NEVER_MISSING and nulls[column.name]
    ]
    if keyless:
        raise delivery.find_value_error() or DataError(
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
