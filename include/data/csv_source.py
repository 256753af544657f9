"""Read a CSV file as a stream of typed columns, after a look at its first bytes.

CSV here is RFC 4180: comma, UTF-8 (a byte order mark is fine), one header row, quotes doubled inside quotes.
Everything else is refused with its name: a delimiter or an encoding that is guessed is a column that is
silently wrong some day.
"""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Any, BinaryIO

from include.data.faults import shown
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from include.data.schema import Column

_HEAD = 65_536
_BLOCK = 16 * 1024 * 1024
_COMMA, _QUOTE = 44, 34
_SIGNATURES = {
    b"PAR1": "a Parquet file; set the table's format to parquet in model.yaml",
    b"\x1f\x8b": "compressed with gzip; deliver it unpacked",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; deliver it as CSV",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; deliver it unpacked",
    codecs.BOM_UTF32_LE: "encoded in UTF-32; deliver it in UTF-8",
    codecs.BOM_UTF16_LE: "encoded in UTF-16; deliver it in UTF-8",
    codecs.BOM_UTF16_BE: "encoded in UTF-16; deliver it in UTF-8",
}


def read_header(source: Path, origin: str) -> tuple[str, ...]:
    """Return the names in the header row.

    :param source: local file.
    :param origin: URI to name in messages.
    :raises DataError: no CSV in UTF-8, or none with a comma between its columns.
    :raises OSError: the file can't be read.
    """
    with source.open("rb") as stream:
        head = stream.read(_HEAD)
        _check_head(head, origin)
        stream.seek(0)
        try:
            names = next(csv.reader(decoded_lines(stream, origin), strict=True), [])
        except csv.Error as error:
            raise DataError(
                f"{origin}: line 1, the header, is no CSV ({error}). Expected column names with commas "
                "between them, in "
                'double quotes (") where a name holds a comma. Deliver the file again.'
            ) from error
    other = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), None)
    if other:
        raise DataError(
            f"{origin}: line 1, the header, has {shown(other)} between the column names; expected a comma. "
            "Deliver the file again with commas."
        )
    if not names:
        raise DataError(
            f"{origin}: line 1 is blank; expected the header with the column names. Deliver the file again."
        )
    return tuple(names)


def scan_csv(source: Path, header: Sequence[str], columns: Sequence[Column]) -> pl.LazyFrame:
    """Return the needed columns of a CSV file, typed, as a query that streams.

    :param source: local file.
    :param header: what :func:`read_header` returned; each needed column is in it once.
    :param columns: columns of the table, in the order to return.
    """
    import polars as pl

    # A date is read as text: polars would take 30/04/2005 for one too, and 04/05/2005 has two readings.
    types: dict[str, Any] = {
        "integer": pl.Int64, "string": pl.String, "date": pl.String, "number": pl.Float64, "category":
        pl.String,
        "target": pl.Int8,
        "late_target": pl.Int8,
    }  # fmt: skip
    kinds = {column.name: column.kind for column in columns}
    # Columns that are not needed may be called anything, also twice the same: they are numbered.
    schema = {
        name if name in kinds else f"\0{place}": types[kinds[name]] if name in kinds else pl.String
        for place, name in enumerate(header)
    }
    frame = pl.scan_csv(source, has_header=False, skip_rows=1, schema=schema, glob=False)
    return frame.select(typed(column) for column in columns)


def typed(column: Column) -> pl.Expr:
    """Return the expression that finishes a column: dates from text, null alone for a missing value."""
    import polars as pl

    raw = pl.col(column.name)
    if column.kind == "date":
        return raw.str.to_date("%Y-%m-%d")
    if column.kind == "number":
        return raw.fill_nan(None)
    if column.kind in {"category", "string"}:  # an empty text in quotes is as missing as one without
        return pl.when(raw != "").then(raw).name.keep()
    return raw


def may_have_short_rows(source: Path, width: int, rows: int) -> bool:
    """Tell whether the file has fewer commas than its rows need: polars fills up short rows and says nothing.

    One vectorised pass over the bytes, some 16 MB at a time. A true answer needs a second look.

    :param source: local file in which no row is too long.
    :param width: number of columns in the header.
    :param rows: rows below the header.
    """
    import numpy as np

    commas, inside = 0, False
    with source.open("rb") as stream:
        while block := stream.read(_BLOCK):
            codes = np.frombuffer(block, dtype=np.uint8)
            separators = codes == _COMMA
            if inside or b'"' in block:
                quoted = np.logical_xor.accumulate(codes == _QUOTE) ^ inside
                separators &= ~quoted
                inside = bool(quoted[-1])
            commas += int(np.count_nonzero(separators))
    return commas != (rows + 1) * (width - 1)


def decoded_lines(stream: BinaryIO, origin: str) -> Iterator[str]:
    """Yield the lines of a file as text, with their ends.

    :param stream: the file, at its start.
    :param origin: URI to name in messages.
    :raises DataError: bytes that are no UTF-8, with line and place.
    """
    offset = 0
    for number, line in enumerate(stream, 1):
        content = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        try:
            yield content.decode("utf-8")
        except UnicodeDecodeError as error:
            place = offset + len(line) - len(content) + error.start
            raise DataError(
                f"{origin}: line {number}, byte offset {place}: 0x{content[error.start]:02x} is no UTF-8 "
                "there, after "
                f"{shown(content[max(0, error.start - 20) : error.start].decode('utf-8', 'replace'))}. "
                "Expected UTF-8; the file looks like Latin-1 or Windows-1252. Deliver it again in UTF-8."
            ) from error
        offset += len(line)


def _check_head(head: bytes, origin: str) -> None:
    """Refuse what the first bytes show to be no CSV in UTF-8."""
    for signature, meaning in _SIGNATURES.items():
        if head.startswith(signature):
            raise DataError(f"{origin}: expected CSV in UTF-8, found a file that is {meaning}.")
    if b"\0" in head:
        raise DataError(
            f"{origin}: byte {head.index(0)} is zero, which no CSV in UTF-8 holds; the file is binary or "
            "encoded in UTF-16. Deliver it as CSV in UTF-8."
        )
    first_line = head.partition(b"\n")[0]
    if b"\r" in first_line.removesuffix(b"\r"):
        raise DataError(
            f"{origin}: the lines end with a carriage return only (old Mac style); expected \\n or \\r\\n. "
            "Deliver it again with other line ends."
        )
