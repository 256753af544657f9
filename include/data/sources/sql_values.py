"""One column of a batch of rows as Arrow, in the type in which it goes on to the snapshot.

- A decimal with decimals becomes the nearest float64 (the one that ``float(Decimal)`` gives, which rounds
  half to even), so do all numbers of a numeric feature. Elsewhere a decimal without decimals stays exact.
- A time with a zone is the same instant whatever zone the database shows it in. Where the column is a date it
  is read on the clocks of the table's time zone.
- NULL is missing.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from include.data.schema import Kind

_WIDEST = 38  # digits of Arrow's decimals of 128 bits
_EXACT: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "whole": pa.decimal128(_WIDEST, 0),
    "real": pa.float32(),
    "text": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
}
_PYTHON: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "whole": (int, Decimal),
    "decimal": (int, float, Decimal),
    "real": (int, float),
    "float": (int, float, Decimal),
    "text": (str,),
    "date": (date,),
    "timestamp": (datetime,),
    "timestamp with time zone": (datetime,),
}


class WrongValueError(Exception):
    """A value is not of its column's type.

    :param at: its place among the values, from 0.
    :param value: the value.
    """

    def __init__(self, at: int, value: Any) -> None:
        super().__init__(at, value)
        self.at, self.value = at, value


def to_arrow(values: Sequence[Any], found: str, kind: Kind, zone: ZoneInfo) -> pa.Array:
    """Return values as Arrow.

    :param values: of one column, as the driver gives them.
    :param found: their type, one of :mod:`include.data.sources.sql_types`.
    :param kind: what the column is to become.
    :param zone: the table's time zone.
    :raises WrongValueError: a value is not of that type.
    """
    wanted = _PYTHON.get(found)
    if wanted is not None:
        _check(values, found, wanted)
    try:
        return _convert(values, found, kind, zone)
    except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
        raise _first_wrong(values, found, kind, zone) from error


def _convert(values: Sequence[Any], found: str, kind: Kind, zone: ZoneInfo) -> pa.Array:
    if found in {"decimal", "float"} or (found == "whole" and kind == "number"):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if found == "uuid":
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    if found == "timestamp with time zone" and kind in {"date", "event"}:
        local = {value: None if value is None else _local(value, zone) for value in set(values)}
        return pa.array([local[value] for value in values], pa.timestamp("us"))
    return pa.array(values, _EXACT[found])


def _local(value: datetime, zone: ZoneInfo) -> datetime:
    """Return the clocks' time in a zone."""
    return value.astimezone(zone).replace(tzinfo=None)


def _check(values: Sequence[Any], found: str, wanted: tuple[type, ...]) -> None:
    """Refuse values of other Python types, which Arrow would convert silently: 1.5 to 1, True to 1.0."""
    others = {one for one in set(map(type, values)) if one is not type(None) and not _fits(one, wanted)}
    with_zone = {"timestamp": False, "timestamp with time zone": True}.get(found)
    if others:
        at = next(at for at, value in enumerate(values) if type(value) in others)
        raise WrongValueError(at, values[at])
    if with_zone is not None:
        for at, value in enumerate(values):
            if value is not None and (value.tzinfo is not None) != with_zone:
                raise WrongValueError(at, value)


def _fits(found: type, wanted: tuple[type, ...]) -> bool:
    """Tell whether a class is one of these; Python counts a boolean as a number, and a time as a date."""
    return any(issubclass(found, one) for one in wanted) and not any(
        issubclass(found, special) and special not in wanted for special in (bool, datetime)
    )


def _first_wrong(values: Sequence[Any], found: str, kind: Kind, zone: ZoneInfo) -> WrongValueError:
    """Return the error for the first value that can't be converted on its own."""
    for at, value in enumerate(values):
        try:
            _convert([value], found, kind, zone)
        except (pa.ArrowException, OverflowError, ValueError, TypeError):
            return WrongValueError(at, value)
    return WrongValueError(0, values[0])
