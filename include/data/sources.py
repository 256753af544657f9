"""What can be said about a source from its URIs alone: which partition each one is."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from include.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER = "{partition}"

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def parse_partition(name: str) -> date:
    """Return the date that names a partition.

    :param name: such as ``2005-04-30``; only this form, so that names sort as dates do.
    :raises ValueError: anything else.
    """
    if not _ISO_DATE.fullmatch(name):
        raise ValueError(f"{name!r} is no ISO date such as 2005-04-30")
    try:
        return date.fromisoformat(name)
    except ValueError as error:
        raise ValueError(f"{name!r} is no day of the calendar ({error})") from error


def list_partitions(paths: Iterable[str], template: str) -> dict[str, str]:
    """Return the deliveries among these paths: partition to path, oldest first.

    A template without a scheme or leading ``/`` is matched at the end of each path. Paths of another form (a
    README, a marker file) are no deliveries and are left out; the same path listed twice counts once.

    :param paths: URIs or paths, in any order.
    :param template: URI or path with one ``{partition}``, which stands for an ISO date within one path
        segment.
    :raises ConfigError: the template does not hold the placeholder exactly once.
    :raises DataError: a delivery is named by something else than an ISO date, or two paths are the same
        partition.
    """
    before, after = _cut(template)
    anchored = bool(_SCHEME.match(template)) or template.startswith("/")
    pattern = re.compile(
        ("" if anchored else "(?:.*/)?") + re.escape(before) + "(?P<partition>[^/]+)" + re.escape(after),
        re.DOTALL,
    )
    found: dict[str, str] = {}
    for path in sorted(set(paths)):
        match = pattern.fullmatch(path)
        if match is None:
            continue
        partition = match["partition"]
        try:
            parse_partition(partition)
        except ValueError as error:
            raise DataError(
                f"{path}: {error}. A partition of {template} is named by the day of its delivery: rename it, "
                "or move it out of the source."
            ) from error
        if partition in found:
            raise DataError(
                f"partition {partition} was delivered twice, as {found[partition]} and as {path}; expected "
                f"one file that matches {template}: remove the wrong one."
            )
        found[partition] = path
    return dict(sorted(found.items()))


def _cut(template: str) -> tuple[str, str]:
    """Return what stands before and after the placeholder."""
    parts = template.split(PLACEHOLDER)
    if len(parts) != 2:  # noqa: PLR2004 - one placeholder makes two parts
        raise ConfigError(
            f"source uri {template!r} holds {PLACEHOLDER} {len(parts) - 1} times; expected it exactly once, "
            f"such as accounts/as_of={PLACEHOLDER}/accounts.csv"
        )
    return parts[0], parts[1]
