"""Errors about the values of a source: what was found, and what each kind of column expects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.ingest.clock_text import NO_TIME, explain_clock
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.data.schema import Column, Kind

MOST_EXAMPLES = 3
_LONGEST_VALUE = 40

EXPECTED: dict[Kind, str] = {
    "integer": "a 64-bit integer, written with digits only",
    "string": "non-empty text",
    "date": "an ISO date such as 2005-04-30, without a time of day",
    "timestamp": "an ISO date with a time of day, such as 2015-07-01 13:45:00 or 2015-07-01T13:45:00+02:00",
    "number": "a number such as 1234.5: a decimal point, no thousands separators, an empty field "
    "where it is missing",
    "category": "UTF-8 text",
    "target": "0 or 1, written as a whole number",
    "late_target": "0 or 1, written as a whole number, or empty while it is not known",
    "whole": "a 64-bit integer, written with digits only, or an empty field where it is missing",
    "flag": "true or false, or 1 or 0, or an empty field where it is missing",
    "event": "an ISO date such as 2005-04-30, without a time of day, or an empty field where there was "
    "no event",
}

STORED_AS: dict[Kind, str] = {
    "integer": "whole numbers, or text with their digits",
    "string": "text",
    "date": "dates, timestamps at midnight without a time zone, or text such as 2005-04-30",
    "timestamp": "timestamps, with a time zone or without, or text such as 2015-07-01 13:45:00",
    "number": "whole numbers, floats or decimals, or text such as 1234.5",
    "category": "text, whole numbers or booleans (a float has two spellings, 1 and 1.0: in pandas, "
    "astype('Int64') keeps whole numbers whole where one is missing)",
    "target": "whole numbers, booleans, floats without decimals, or text of these",
    "late_target": "whole numbers, booleans, floats without decimals, or text of these",
    "whole": "whole numbers, or text with their digits",
    "flag": "booleans, whole numbers, floats without decimals, or text of these",
    "event": "dates, timestamps at midnight without a time zone, or text such as 2005-04-30",
}
_MISSING = frozenset({"na", "n/a", "#n/a", "null", "none", "nil", "\\n", "nat", "-", "?", "."})


@dataclass(frozen=True)
class Example:
    """One faulty value.

    :param place: where it stands, such as ``line 17``.
    :param value: the value, or None where it is missing.
    """

    place: str
    value: object


def shown(value: object) -> str:
    """Return a value of the source on one line, quoted and truncated, since its content can't be trusted."""
    if value is None:
        return "nothing"
    text = ascii(value) if isinstance(value, bytes) else repr(str(value))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names for a log: quoted, and no more than a reader can take in."""
    all_names = list(names)
    text = ", ".join(shown(name) for name in all_names[:most])
    return f"{text} and {len(all_names) - most} more" if len(all_names) > most else text or "none"


def value_fault(origin: str, column: Column, examples: Sequence[Example]) -> DataError:
    """Return the error for values that are not of a column's kind, or are missing where none may be.

    :param origin: URI of the source.
    :param column: the column they stand in.
    :param examples: one to three of the values, first in the source first.
    """
    found = "; ".join(f"{example.place}: {shown(example.value)}" for example in examples)
    hint = ""
    if column.kind == "number" and any("," in str(example.value) for example in examples):
        hint = " The comma looks like a decimal comma or a thousands separator."
    if column.kind == "integer" and any(str(example.value).strip("+-").isdecimal() for example in examples):
        hint = " The number does not fit into 64 bits: set entity.type to string in model.yaml."
    if column.kind == "timestamp":
        hint = _explain_clocks(column, examples)
    if any(str(example.value).strip().casefold() in _MISSING for example in examples if example.value):
        hint = " Write a missing value as an empty field (pandas na_rep='', R na='', Spark nullValue='')."
    return DataError(
        f"{origin}: column {column.name!r} has values that model.yaml does not allow. Found {found}. "
        "Expected "
        f"{EXPECTED[column.kind]}.{hint} Deliver the file again with the values corrected, or correct the "
        "column's kind in model.yaml."
    )


def _explain_clocks(column: Column, examples: Sequence[Example]) -> str:
    """Return what is wrong with times that look like times."""
    for example in examples:
        problem = explain_clock(str(example.value), column.zone) if example.value else None
        if problem and problem != NO_TIME:
            return (
                f" {shown(example.value)} {problem}: deliver it with its zone, such as "
                "2015-11-01T01:30:00-04:00, or name the zone that it was read in as time.timezone."
            )
        if problem and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(example.value)):
            return " If there is no time of day, time.type in model.yaml is date."
    return ""


def unexplained(origin: str, said: object) -> DataError:
    """Return the error for a failure whose cause the diagnosing pass has not found.

    :param origin: URI of the source.
    :param said: what the engine said.
    """
    first = (str(said).splitlines() or [type(said).__name__])[0]
    return DataError(
        f"{origin}: could not be read ({first}). Compare the file with its producer's and deliver it again."
    )
