"""What may stand in a value that tasks leave for the pages: short texts, finite numbers, and not too many.

Airflow takes 64 KB for a value, and people with rights can edit it there. So whatever is written is bounded,
and whatever is read is checked.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 60_000  # Airflow's default limit is 64 KiB
LONGEST = 600  # characters of one text
REMEDY = "clear this key of the asset's state store: the next run writes it anew"


def fit(
    fields: dict[str, Any],
    least_important_last: Sequence[list[Any]] = (),
    oldest_first: Sequence[list[Any]] = (),
) -> dict[str, Any]:
    """Return a record's fields, short enough: a quarter of a list goes at a time, in the order given.

    :param fields: which hold the lists; they are changed.
    :param least_important_last: lists that lose their ends.
    :param oldest_first: lists that lose their beginnings, once there is nothing left of the others.
    """
    while len(to_json(fields).encode()) > MOST_BYTES:
        if found := next(filter(None, least_important_last), None):
            del found[-(len(found) // 4 + 1) :]
        elif found := next(filter(None, oldest_first), None):
            del found[: len(found) // 4 + 1]
        else:
            break
    return fields


def figure(value: Any) -> float:
    """Return a figure.

    :param value: what stands where a number should.
    :raises ValueError: it is not a number that a picture can show.
    """
    try:
        found = float(value)
    except OverflowError as error:
        raise ValueError("a figure has more digits than a number can have") from error
    if not isfinite(found):
        raise ValueError(f"{value!r} is not a figure")
    return found


def fact(value: Any) -> str | float | None:
    """Return a value that is text, a number or nothing.

    :param value: what stands where one should.
    :raises ValueError: it is something else.
    """
    if value is None or (isinstance(value, (str, float, int)) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{value!r} is neither text nor a number")


def cut(value: Any) -> Any:
    """Return a text no longer than is shown, and the texts of a mapping so.

    :param value: a text, a mapping, or anything else, which stays.
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
    if isinstance(value, dict):
        return {name: cut(one) for name, one in value.items()}
    return value
