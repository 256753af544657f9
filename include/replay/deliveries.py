"""What was delivered, version by version, and what of it was known on a day."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from include.lineage import SnapshotRef


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One version of a delivery.

    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param known_on: ISO date from which it was there.
    :param ref: its snapshot; None where it can't be read, or is gone.
    :param error: why it can't be read; empty where it can, or where it is gone.
    """

    table: str
    partition: str
    known_on: str
    ref: SnapshotRef | None
    error: str = ""

    @property
    def gone(self) -> bool:
        """Whether the source no longer held it from that day on."""
        return self.ref is None and not self.error


class Deliveries(Protocol):
    """All deliveries of a model."""

    @property
    def versions(self) -> tuple[Delivered, ...]:
        """Every version of every delivery, in the order in which they came."""

    def file(self, ref: SnapshotRef) -> Path:
        """Return a snapshot as a local file.

        :raises DataError: it is gone or damaged.
        """


class Calendar:
    """What was known on each day.

    A delivery belongs to the day that names it, its partition, at the earliest: a run as of a date looks at
    no later partition, whenever it came.

    :param versions: every version, in the order in which they came.
    """

    def __init__(self, versions: Iterable[Delivered]) -> None:
        self._versions: dict[tuple[str, str], list[Delivered]] = {}
        for one in sorted(versions, key=lambda one: one.known_on):  # stable: the order stays within a day
            self._versions.setdefault((one.table, one.partition), []).append(one)

    @property
    def days(self) -> tuple[str, ...]:
        """The days on which anything became known, oldest first."""
        return tuple(
            sorted({max(one.known_on, one.partition) for many in self._versions.values() for one in many})
        )

    def on(self, day: str) -> dict[tuple[str, str], Delivered]:
        """Return the newest version of each delivery as of a day, by table and partition.

        :param day: ISO date.
        """
        found = {}
        for key, versions in self._versions.items():
            at = bisect_right([one.known_on for one in versions], day)
            if at and key[1] <= day:
                found[key] = versions[at - 1]
        return found

    def readable(self, table: str, day: str) -> dict[str, SnapshotRef]:
        """Return the newest version of each delivery that could be read as of a day, by partition.

        :param table: ``features`` or ``labels``.
        :param day: ISO date.
        """
        found = {}
        for (name, partition), versions in self._versions.items():
            read = [one.ref for one in versions if one.ref is not None and one.known_on <= day]
            if name == table and read and partition <= day:
                found[partition] = read[-1]
        return found


def present(known: Mapping[tuple[str, str], Delivered]) -> dict[str, dict[str, str]]:
    """Return what the source holds: table to partition to a name.

    :param known: what :meth:`Calendar.on` returned.
    """
    found: dict[str, dict[str, str]] = {"features": {}, "labels": {}}
    for (table, partition), one in sorted(known.items()):
        if not one.gone:
            found[table][partition] = partition
    return found
