"""Check how times are read: the name of the zone, and that deliveries are cut as the model takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from include.config.checks.content import text_at
from include.config.config_errors import ConfigIssue, Key, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY: Key = ("time", "timezone")
_TABLE: Key = ("source", "features")


def time_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check ``time``, by itself and against how the table of features is cut."""
    zone, kind = text_at(content, _KEY), text_at(content, ("time", "type"))
    if zone is not None:
        yield from timezone_issues(_KEY, zone)
        if zone != "UTC" and kind in {None, "date"}:
            text = f"found {zone!r}, but a date has no clock; remove it, or write time.type: timestamp"
            yield ConfigIssue(_KEY, text)
    every, cut = text_at(content, ("time", "every")), text_at(content, (*_TABLE, "partition_by", "every"))
    if every and cut and every != cut:
        text = f"found {every!r}, and source.features.partition_by.every is {cut!r}; remove one of them"
        yield ConfigIssue(("time", "every"), text)
    cut_by = text_at(content, (*_TABLE, "partition_by", "column"))
    if kind == "timestamp" and cut_by and cut_by == text_at(content, ("time", "column")):
        clocks = text_at(content, (*_TABLE, "timezone")) or "UTC"
        if clocks != (zone or "UTC"):
            yield ConfigIssue(
                _KEY if zone else ("time",),
                f"time.timezone is {zone or 'UTC'!r}, and source.features.timezone is {clocks!r}; a row near "
                "midnight would be of one day in its delivery and of another in the model: write the same",
            )


def timezone_issues(key: Key, zone: str) -> Iterator[ConfigIssue]:
    """Check that a time zone exists.

    :param key: where it stands.
    :param zone: its name.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(zone, available_timezones())
        yield ConfigIssue(
            key,
            f"found {zone!r}; expected the IANA name of a time zone, such as UTC or Europe/Berlin"
            + (f"; did you mean {near!r}?" if near else ""),
        )
