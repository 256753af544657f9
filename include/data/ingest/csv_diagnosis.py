"""Find out where a CSV file is wrong, once the fast reader has refused it.

Engines stop at a byte offset in a chunk. This pass reads proven records one by one in plain Python, some
100,000 rows of 25 columns a second. It runs only after a failure, to name line, column and values.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING

from include.data.ingest.clock_text import explain_clock
from include.data.ingest.readings import BLANKS, DATES, FALSE, ISO_DATE, MIDNIGHT, NOT_A_NUMBER, TRUE
from include.data.ingest.value_errors import MOST_EXAMPLES, Example, listed, unexplained, value_fault
from include.data.schema import NEVER_MISSING, Kind
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from include.data.ingest.csv_proof import Block
    from include.data.schema import Column

_WHOLE = re.compile(rf"[{BLANKS}]*[+-]?\d{{1,40}}(\.0*)?", re.ASCII)
_NUMBER = re.compile(
    rf"[{BLANKS}]*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)", re.ASCII | re.IGNORECASE
)
_TEXT: frozenset[Kind] = frozenset({"string", "category", "timestamp", *DATES})


def find_value_fault(
    rows: Iterable[tuple[int, list[str]]], header: Sequence[str], columns: Sequence[Column], origin: str
) -> DataError | None:
    """Return the error for values that are not of their column's kind, or None when all are.

    Values are collected until one column has three. Rows are looked at as far as they can be read.

    :param rows: line and fields of proven records.
    :param header: names of the fields.
    :param columns: columns of the table.
    :param origin: URI to name in messages.
    """
    examples: dict[Column, list[Example]] = {}
    checks = [
        (column, header.index(column.name), _check_of(column), column.kind in NEVER_MISSING)
        for column in columns
    ]
    with suppress(DataError):  # a fault of another kind farther down
        for line, row in rows:
            if len(row) != len(header):
                break
            for column, place, is_valid, required in checks:
                value = row[place] if column.kind in _TEXT else row[place].strip(BLANKS) and row[place]
                if required if not value else not is_valid(value):
                    found = examples.setdefault(column, [])
                    found.append(Example(f"line {line}", value or None))
                    if len(found) == MOST_EXAMPLES:
                        return value_fault(origin, column, found)
    return next((value_fault(origin, column, found) for column, found in examples.items()), None)


def find_wrong_length(block: Block, header: Sequence[str], origin: str) -> DataError:
    """Return the error for the first record that has too few or too many fields.

    :param block: proven records, one of which has.
    :param header: names of the fields.
    :param origin: URI to name in messages.
    """
    for line, row in read_rows(block):
        if len(row) != len(header):
            return _wrong_length(origin, line, row, header)
    return unexplained(origin, f"a row from line {block.line} on does not have {len(header)} fields")


def read_rows(block: Block) -> Iterator[tuple[int, list[str]]]:
    """Yield for each proven record its first line and its fields."""
    text = io.StringIO(block.data.decode("utf-8"), newline="\n")
    with _fields_of_any_length(len(block.data)):
        reader = csv.reader(text, strict=True)
        rows, line = [], block.line
        for row in reader:
            rows.append((line, row))
            line = block.line + reader.line_num
    yield from rows


@contextmanager
def _fields_of_any_length(most: int) -> Iterator[None]:
    """Lift the limit of 128 KiB that Python's reader has for a field; it holds for the whole process."""
    before = csv.field_size_limit(max(most, csv.field_size_limit()))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _wrong_length(origin: str, line: int, row: Sequence[str], header: Sequence[str]) -> DataError:
    """Return the error for a row with too few or too many fields."""
    found = f"has {len(row)} fields ({listed(row, 4)})" if row else "is blank"
    cause = (
        "A value with a comma must be in double quotes."
        if len(row) > len(header)
        else "The file may have been truncated while it was written."
    )
    return DataError(
        f"{origin}: line {line} {found}; expected {len(header)} fields, as in the header. {cause} Deliver it "
        "again."
    )


def _fits(low: int, high: int) -> Callable[[str], bool]:
    """Return the test for whole numbers in a range."""
    return lambda text: _WHOLE.fullmatch(text) is not None and low <= int(text.partition(".")[0]) <= high


def _is_date(text: str) -> bool:
    """Tell whether a text is a day of the calendar in ISO form, at midnight if it has a time."""
    day = re.sub(MIDNIGHT, "", text)
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return re.fullmatch(ISO_DATE, day) is not None


def _is_target(text: str) -> bool:
    """Tell whether a text is a small whole number or a boolean."""
    return text in TRUE or text in FALSE or _fits(-(2**7), 2**7 - 1)(text)


def _check_of(column: Column) -> Callable[[str], bool]:
    """Return the test for the values of a column."""
    if column.kind == "timestamp":
        return lambda text: explain_clock(text, column.zone) is None
    return _CHECKS[column.kind]


_CHECKS: dict[Kind, Callable[[str], bool]] = {
    "integer": _fits(-(2**63), 2**63 - 1),
    "whole": _fits(-(2**63), 2**63 - 1),
    "string": bool,
    "date": _is_date,
    "event": _is_date,
    "number": lambda text: _NUMBER.fullmatch(text) is not None,
    "category": lambda _: True,
    "target": _is_target,
    "late_target": lambda text: _is_target(text) or text in NOT_A_NUMBER,
    "flag": lambda text: _is_target(text) or text in NOT_A_NUMBER,
}
