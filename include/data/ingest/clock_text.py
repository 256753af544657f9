"""How a time of day is written, and which moment it names: patterns, and reasons why it names none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = r"([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-[0-9]{2}-[0-9]{2}"  # no year 0000
_HOUR = r"([01][0-9]|2[0-3])"
OFFSET = r"(?: ?(?:Z|UTC)|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"
WHOLE_TIME = rf"^{_DAY}[ T]{_HOUR}:[0-5][0-9](:[0-5][0-9](\.[0-9]{{1,9}})?)?{OFFSET}?$"
PLAIN_TIME = rf"^{_DAY} {_HOUR}:[0-5][0-9]:[0-5][0-9]$"
NO_TIME = "is not a time"


def is_zone(name: str) -> bool:
    """Tell whether a time zone has a name in the IANA database: an offset such as ``+05:30`` has none."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def explain_clock(text: str, zone: str) -> str | None:
    """Return why text names no moment, or None when it does.

    :param text: as it is delivered.
    :param zone: IANA name of the zone of times without one.
    """
    if re.fullmatch(WHOLE_TIME, text) is None:
        return NO_TIME
    try:
        found = _parse(text)
    except (ValueError, OverflowError):
        return NO_TIME
    if found.tzinfo is not None:
        return None
    first, second = (found.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first == second:
        return None
    if first > second:
        return f"came twice in {zone}, when the clocks were put back"
    return f"never came in {zone}, when the clocks were put forward"


def to_utc(text: str, zone: str) -> datetime:
    """Return the moment that an ISO date or time names, without a zone of its own: in UTC.

    :param text: a date, which is its midnight, or a time.
    :param zone: IANA name of the zone of what has none.
    :raises ValueError: it is neither.
    """
    found = _parse(text)
    moment = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC).replace(tzinfo=None)


def _parse(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(r" ?(Z|UTC)$", "+00:00", text))
