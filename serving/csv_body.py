"""CSV requests to columns, each read as the type that the signature says: nothing is guessed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv as arrow_csv

from serving.refusal import Refusal, list_names, repeated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.signature import Signature

ARROW_TYPES: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "datetime": pa.timestamp("us"),
}
_LONGEST = 300  # characters of what the parser says


def csv_names(content: bytes) -> list[str]:
    """Return the names in the header of a CSV request.

    :raises Refusal: it is empty, not UTF-8, or names a column twice.
    """
    try:
        header = content.partition(b"\n")[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(f"the CSV is not UTF-8 ({error.reason} at byte {error.start})") from error
    names = next(csv.reader(io.StringIO(header)), [])
    if not names:
        raise Refusal("the CSV has no header: expected the names of the columns in its first line")
    if twice := repeated(names):
        raise Refusal(f"the CSV names a column twice: {list_names(twice)}")
    return names


def read_csv(
    content: bytes, names: list[str], signature: Signature, extras: Mapping[str, str], max_rows: int
) -> tuple[dict[str, pa.Array], int]:
    """Return the columns of a CSV request, and the number of its rows, which is at least 1.

    An empty cell is a missing value.

    :param content: the body.
    :param names: what :func:`csv_names` found.
    :param signature: the types of its columns.
    :param extras: further columns that it may have, with their types.
    :param max_rows: rows that one request may have.
    :raises Refusal: a cell is not of its column's type, a row has not as many cells as the header, or there
        are no rows, or more than allowed.
    """
    kinds = {**extras, **signature.kinds}
    options = arrow_csv.ConvertOptions(
        column_types={name: ARROW_TYPES[kinds[name]] for name in names},
        null_values=[""],
        strings_can_be_null=True,
        true_values=["true", "True"],
        false_values=["false", "False"],
    )
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    try:
        # One thread: the core that predicts is the one that this process has.
        read = arrow_csv.ReadOptions(use_threads=False)
        table = arrow_csv.read_csv(pa.BufferReader(content), read, parse, options)
    except pa.ArrowException as error:
        raise Refusal(f"the CSV can't be read: {str(error)[:_LONGEST]}") from error
    if not table.num_rows:
        raise Refusal("the CSV has no rows: expected at least one below its header")
    if table.num_rows > max_rows:
        raise Refusal(
            f"{table.num_rows:,} rows are more than the {max_rows:,} that one request may have: send parts",
            413,
        )
    return {name: table[name].combine_chunks() for name in names}, table.num_rows
