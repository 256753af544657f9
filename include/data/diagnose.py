"""Find out where a CSV file is wrong, once a fast reader has said that it is.

Engines stop at a byte offset in a chunk, or fill up what is missing. This pass reads the file row by row in
plain Python, some 100,000 rows of 25 columns a second. It runs only after a failure, to name line,
column and values.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import TYPE_CHECKING

from include.data.csv_source import decoded_lines
from include.data.faults import MOST_EXAMPLES, Example, listed, value_fault
from include.data.schema import NEVER_MISSING
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from include.data.schema import Column, Kind

_WHOLE = re.compile(r"\s*[+-]?\d{1,40}", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


def diagnose_csv(
    source: Path, header: Sequence[str], columns: Sequence[Column], origin: str
) -> DataError | None:
    """Return the first fault of a CSV file, or None when nothing is wrong by the rules of this project.

    A row of the wrong length ends the search, because what follows can't be trusted; faulty values are
    collected until one column has three. A bare quote counts only when there is nothing else.

    :param source: local file.
    :param header: names in its first row.
    :param columns: columns of the table.
    :param origin: URI to name in messages.
    """
    examples: dict[Column, list[Example]] = {}
    bare_quote: DataError | None = None
    checks = [
        (column, header.index(column.name), _CHECKS[column.kind], column.kind in NEVER_MISSING)
        for column in columns
    ]
    try:
        for line, row, is_bare in _rows(source, origin):
            if len(row) != len(header):
                return _wrong_length(origin, line, row, header)
            for column, place, is_valid, required in checks:
                value = row[place]
                if required if not value else not is_valid(value):
                    found = examples.setdefault(column, [])
                    found.append(Example(f"line {line}", value or None))
                    if len(found) == MOST_EXAMPLES:
                        return value_fault(origin, column, found)
            if is_bare and bare_quote is None:
                bare_quote = _no_csv(origin, f"line {line}", "a double quote within a field")
    except DataError as error:
        return error
    return next((value_fault(origin, column, found) for column, found in examples.items()), bare_quote)


def _rows(source: Path, origin: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yield for each row below the header its first line, its fields, and whether a quote is left over."""
    last_line = ""

    def noted(lines: Iterator[str]) -> Iterator[str]:
        nonlocal last_line
        for line in lines:
            last_line = line
            yield line

    with source.open("rb") as stream:
        reader = csv.reader(noted(decoded_lines(stream, origin)), strict=True)
        begins = 1
        try:
            for row in reader:
                if begins > 1:
                    yield begins, row, reader.line_num == begins and last_line.count('"') % 2 == 1
                begins = reader.line_num + 1
        except csv.Error as error:
            ends = max(reader.line_num, begins)
            raise _no_csv(
                origin, f"line {begins}" if ends == begins else f"lines {begins} to {ends}", str(error)
            ) from error


def _no_csv(origin: str, place: str, found: str) -> DataError:
    """Return the error for quotes that do not fit."""
    return DataError(
        f"{origin}: {place}: no CSV ({found}). Expected a double quote only around a whole field, doubled "
        "inside one, and closed again. Deliver the file again."
    )


def _wrong_length(origin: str, line: int, row: Sequence[str], header: Sequence[str]) -> DataError:
    """Return the error for a row with too few or too many fields."""
    found = f"has {len(row)} fields ({listed(row, 4)})" if row else "is blank"
    cause = (
        "A value that holds a comma must be in double quotes."
        if len(row) > len(header)
        else "The file may have been cut off while it was written."
    )
    return DataError(
        f"{origin}: line {line} {found}; expected {len(header)} fields, as in the header. {cause} Deliver it "
        "again."
    )


def _fits(low: int, high: int) -> Callable[[str], bool]:
    """Return the test for whole numbers in a range."""
    return lambda text: _WHOLE.fullmatch(text) is not None and low <= int(text) <= high


def _is_date(text: str) -> bool:
    """Tell whether a text is a day of the calendar in ISO form."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    try:
        date(*map(int, match.groups()))
    except ValueError:
        return False
    return True


_CHECKS: dict[Kind, Callable[[str], bool]] = {
    "integer": _fits(-(2**63), 2**63 - 1),
    "string": bool,
    "date": _is_date,
    "number": lambda text: _NUMBER.fullmatch(text) is not None,
    "category": lambda _: True,
    "target": _fits(-(2**7), 2**7 - 1),
    "late_target": _fits(-(2**7), 2**7 - 1),
}
