"""Names of time zones, as a configuration may hold them."""

from __future__ import annotations

from zoneinfo import ZoneInfo


def explain_zone(name: str) -> str | None:
    """Return what is wrong with the name of a time zone, or None.

    :param name: such as ``Europe/Berlin``.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, a path, or a folder of the zones' files
        return f"found {name!r}; expected the IANA name of a time zone, such as UTC or Europe/Berlin"
    return None
