"""Tell whether a literal can be a value of a column, and how it has to be written if not.

The snapshots decide: a literal is compared with what :mod:`include.data.ingest.readings` makes of a delivery.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from include.config.config_errors import shown_value
from include.data.ingest.clock_text import explain_clock
from include.data.ingest.readings import one_spelling
from include.validation.contract.expectations import CLASSES, WORDS

if TYPE_CHECKING:
    from include.data.schema import Kind

_WHOLE = 2**53  # up to which a float tells whole numbers apart
_LARGEST = 2**63 - 1
_TARGETS: tuple[Kind, ...] = ("target", "late_target")


def value_issue(found: Any, column: str, kind: Kind, raw: str | None) -> str | None:
    """Return why a literal is never a value of a column, with the literal as it has to be written; or None.

    :param found: the literal.
    :param column: name of the column.
    :param kind: what it holds.
    :param raw: the literal as it is written in the file; None when that is not known.
    """
    held = CLASSES[kind]
    if found is None:
        return (
            "found nothing, which no value equals; "
            + (f"write {quoted(raw)} for the text, or " if raw and held == "text" else "remove it, or ")
            + "check for missing values with expect_column_values_to_not_be_null"
        )
    start = f"found {shown_value(found)}, and {column!r} holds {WORDS[held]}"
    if held == "text":
        if not isinstance(found, str):
            meant = raw or str(found)
            return f"{start}: write {quoted(one_spelling(meant) if kind == 'category' else meant)}"
        return _spelling_issue(found, start, kind)
    if held == "date":
        fits = _is_date(found) or (kind == "timestamp" and _is_time(found))
        return None if fits else f"{start}: write an ISO date in quotes, such as '2005-04-30'"
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return f"{start}: write {number_as_written(found)}"
    return _number_of(kind, found, column)


def _number_of(kind: Kind, found: float, column: str) -> str | None:
    """Return why a number is never one of a column's, or None."""
    if not is_finite(found):
        return f"found {shown_value(found).removeprefix('number ')}, which no value equals; remove it"
    if kind in _TARGETS and found not in {0, 1}:
        return f"found {found:g}, and the target is 0 or 1"
    if kind == "integer" and found != int(found):
        return f"found {found:g}, and {column!r} holds whole numbers"
    if kind == "integer" and abs(found) > _LARGEST:
        return f"found {found:g}, and {column!r} holds whole numbers of at most {_LARGEST}; remove it"
    return None


def _spelling_issue(found: str, start: str, kind: Kind) -> str | None:
    """Return why a text is never read from a delivery as it is written here, or None."""
    if not found:
        return (
            "found an empty text, which is read as a missing value; remove it, or check missing values by "
            "expect_column_values_to_not_be_null"
        )
    read = one_spelling(found) if kind == "category" else found
    return None if read == found else f"{start}, this one read as {read!r}: write {quoted(read)}"


def is_finite(found: float) -> bool:
    """Tell whether a number is one that a column of numbers can hold."""
    try:
        return math.isfinite(found)
    except OverflowError:  # a whole number beyond all floats
        return False


def _is_date(found: Any) -> bool:
    try:
        return bool(date.fromisoformat(found).isoformat() == found)
    except (TypeError, ValueError):
        return False


def _is_time(found: Any) -> bool:
    return isinstance(found, str) and explain_clock(found, "UTC") is None


def quoted(text: str) -> str:
    """Return a text as YAML has it in quotes."""
    return "'" + text.replace("'", "''") + "'"


def number_as_written(found: Any) -> str:
    """Return a number as it has to be written where something else was, as far as that can be told."""
    try:
        value = float(found) if isinstance(found, str) else math.nan
    except ValueError:
        return "a number without quotes"
    if not math.isfinite(value):
        return "a number without quotes"
    text = str(int(value)) if value == int(value) and abs(value) < _WHOLE else repr(value)
    mantissa, exponent, power = text.partition("e")  # 1e16 is text in YAML 1.1, and 1.0e+16 a number
    return (
        f"{mantissa if '.' in mantissa or not exponent else mantissa + '.0'}{exponent}{power} without quotes"
    )
