"""Join local deliveries of features with those of views, as ``extract`` would on each day."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from include.data.schema import schema_digest, table_columns
from include.data.views.choose import choose_deliveries
from include.data.views.join import join_views
from include.data.views.record import ViewVersion, join_digest
from include.errors import DataError
from include.replay.cache import digest
from include.replay.deliveries import Calendar, Delivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.replay.cache import Cache

_FEATURES = "features"


def join_day_by_day(
    config: ModelConfig,
    taken: Sequence[Delivered],
    join: Callable[[SnapshotRef, Mapping[str, Sequence[SnapshotRef]]], SnapshotRef],
) -> tuple[Delivered, ...]:
    """Return the deliveries of a model's own tables, those of features as they were joined with its views.

    A delivery of features has a further version from each day on from which another one is joined: when a
    view is restated or comes late, and a row gets another value for it.

    :param config: the model's configuration.
    :param taken: every version of every delivery, those of views under the name of the view.
    :param join: makes a snapshot of features from a delivery of them, and view to what is read of it.
    """
    views = config.features.views
    own = [one for one in taken if one.table not in views and one.table != _FEATURES]
    calendar = Calendar([*_kept(taken, views), *(one for one in taken if one.table == _FEATURES)])
    found: dict[str, list[Delivered]] = {}
    for day in calendar.days:
        known = calendar.on(day)
        for (table, partition), one in known.items():
            if table != _FEATURES:
                continue
            joined = one if one.ref is None else _joined(config, known, one.ref, day, join)
            before = found.setdefault(partition, [])
            if not before or _content(before[-1]) != _content(joined):
                before.append(replace(joined, known_on=day))
    return (*own, *(one for versions in found.values() for one in versions))


def _content(one: Delivered) -> tuple[str | None, str]:
    """Return what tells a version from another one: as in the data registry, its bytes."""
    return one.ref.md5 if one.ref else None, one.error


def _kept(taken: Iterable[Delivered], views: Iterable[str]) -> list[Delivered]:
    """Return the versions of views; one that is gone from its source stays as it was: it stays known."""
    readable: dict[tuple[str, str], Delivered] = {}
    found = []
    for one in sorted(taken, key=lambda one: one.known_on):
        if one.table not in views:
            continue
        key = (one.table, one.partition)
        if one.gone:
            if key in readable:
                found.append(replace(one, ref=readable[key].ref))
            continue
        if one.ref is not None:
            readable[key] = one
        found.append(one)
    return found


def _joined(
    config: ModelConfig,
    known: Mapping[tuple[str, str], Delivered],
    ref: SnapshotRef,
    day: str,
    join: Callable[[SnapshotRef, Mapping[str, Sequence[SnapshotRef]]], SnapshotRef],
) -> Delivered:
    """Return a delivery of features as it was joined on a day, or why it could not be."""
    place = {"table": _FEATURES, "partition": ref.partition, "known_on": day}
    chosen: dict[str, list[SnapshotRef]] = {}
    for name, view in config.features.views.items():
        days = {partition: one for (table, partition), one in known.items() if table == name}
        if not days:
            error = f"the view {name} has no delivery on or before {day}; expected one at least"
            return Delivered(**place, ref=None, error=error)
        chosen[name] = []
        for partition in choose_deliveries(days, ref.partition, view, config):
            of_view = days[partition]
            if of_view.ref is None:
                return Delivered(**place, ref=None, error=of_view.error)
            chosen[name].append(of_view.ref)
    try:
        return Delivered(**place, ref=join(ref, chosen))
    except DataError as error:
        return Delivered(**place, ref=None, error=str(error))


def join_in_cache(
    config: ModelConfig,
    ref: SnapshotRef,
    chosen: Mapping[str, Sequence[SnapshotRef]],
    cache: Cache,
    file: Callable[[SnapshotRef], Path],
) -> tuple[Path, str, str]:
    """Return the joined snapshot, the digest of all it is made from, and that of its columns.

    :param config: the model's configuration.
    :param ref: the delivery of features.
    :param chosen: view to what is read of it, oldest first.
    :param cache: where snapshots are kept.
    :param file: returns a snapshot as a local file.
    :raises DataError: a snapshot is damaged.
    """
    versions = {
        name: [ViewVersion(partition=one.partition, md5=one.md5, commit="") for one in many]
        for name, many in chosen.items()
    }
    made_from = join_digest(ref.source_sha256, config.features.views, versions)
    types = schema_digest(table_columns(config, _FEATURES))

    def make(target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="join-") as scratch:
            paths = {name: [file(one) for one in many] for name, many in chosen.items()}
            join_views(file(ref), target, config, paths, scratch=Path(scratch))

    return (
        cache.file("snapshots", f"{digest('joined', made_from, ref.md5, types)}.parquet", make),
        made_from,
        types,
    )
