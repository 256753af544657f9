"""The deliveries of a model as its data registry has them: every version, and since when it was known."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from include.replay.deliveries import Delivered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from include.lineage import SnapshotRef
    from include.replay.cache import Cache
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.dvc.workspace import Committed


class RegisteredDeliveries:
    """The snapshots in the data registry; a copy of each is kept in the replay's cache.

    It holds no connection, so another process can be given it. Only what :meth:`download` has fetched can be
    read.

    :param versions: every version, in the order in which they came.
    :param folder: where the copies are.
    """

    def __init__(self, versions: tuple[Delivered, ...], folder: Path) -> None:
        self._versions = versions
        self._folder = folder

    @classmethod
    def download(cls, registry: DataRegistryHook, model: str, cache: Cache) -> RegisteredDeliveries:
        """Return the deliveries of a model; the registry and the object store are only read.

        :param registry: the data registry.
        :param model: the model's name.
        :param cache: where copies are kept.
        :raises DataError: the object store no longer holds what the registry promised.
        """
        versions = known_since(registry.history(model))
        folder = cache.folder / "snapshots"
        for one in versions:
            if one.ref is not None:
                cache.file("snapshots", one.ref.md5, partial(_copy, registry, one.ref))
        return cls(versions, folder)

    @property
    def versions(self) -> tuple[Delivered, ...]:
        """Every version of every delivery, in the order in which they came."""
        return self._versions

    def file(self, ref: SnapshotRef) -> Path:
        """Return a snapshot as a local file."""
        return self._folder / ref.md5


def known_since(history: Iterable[Committed]) -> tuple[Delivered, ...]:
    """Return every version with the day from which it was known.

    A version is known from the as-of date of the run that took it in. The first one of a partition is known
    from the partition's own day, unless a run as of a date in between took others in and not this one: then
    it came late. (A registry that was filled long afterwards had its deliveries in their time.) Where an
    earlier release did not note the as-of date, a first version counts as delivered in time, and a later one
    from the day of its commit.

    :param history: every version, oldest commit first.
    """
    found: list[Delivered] = []
    looked: set[str] = set()  # as-of dates of runs that took something in
    seen: set[tuple[str, str]] = set()
    for one in history:
        ref = one.ref
        key = (ref.table, ref.partition)
        if key not in seen:
            late = one.as_of and any(ref.partition <= day < one.as_of for day in looked)
            since = one.as_of if late else ref.partition
        else:
            since = one.as_of or datetime.fromtimestamp(one.time, UTC).date().isoformat()
        seen.add(key)
        looked |= {one.as_of} - {""}
        found.append(
            Delivered(table=ref.table, partition=ref.partition, known_on=max(since, ref.partition), ref=ref)
        )
    return tuple(found)


def _copy(registry: DataRegistryHook, ref: SnapshotRef, made: Path) -> None:
    made.write_bytes(registry.local_path(ref, made.parent).read_bytes())
