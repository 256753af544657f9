"""Deliveries of feature views: taken in once for all models, and kept as versions in the data registry."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.data.ingest.convert import convert
from include.data.schema import schema_digest
from include.data.views.check import check_values
from include.data.views.choose import choose_deliveries
from include.data.views.columns import view_columns
from include.data.views.messages import of_view
from include.errors import DataError
from mlops.data.known_deliveries import KnownDeliveries
from mlops.hooks.dvc.workspace import NewSnapshot
from mlops.hooks.sources.views import VIEWS, view_source

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from include.config.joined_view import JoinedView
    from include.config.schema import ModelConfig
    from include.config.views.view import View
    from include.lineage import SnapshotRef
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.sources.base import TableSource

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Known:
    """What is known of one view.

    :param versions: partition (ISO date) to its newest version.
    :param broken: partition to what is wrong with a delivery that can't be read.
    """

    versions: dict[str, SnapshotRef] = field(default_factory=dict)
    broken: dict[str, DataError] = field(default_factory=dict)

    @property
    def days(self) -> set[str]:
        """Every partition."""
        return {*self.versions, *self.broken}


def take_in(
    config: ModelConfig,
    views: dict[str, View],
    partitions: Collection[str],
    registry: DataRegistryHook,
    *,
    as_of: str,
    scratch: Path,
) -> dict[str, Known]:
    """Take in the deliveries of a model's views that its deliveries of features are joined with.

    What the source no longer holds stays as it was registered: what was known once stays known. A delivery
    that can't be read does not stop the others; it stops the features that need it.

    :param config: the model's configuration.
    :param views: its views by name.
    :param partitions: ISO dates of the deliveries of features.
    :param registry: the data registry.
    :param as_of: ISO date of the run; nothing delivered after it is looked at.
    :param scratch: folder for copies and new snapshots.
    :return: view to what is known of it, up to *as_of*.
    :raises DataError: a view has no delivery up to *as_of*.
    """
    known = registry.pointers(VIEWS)
    deliveries = KnownDeliveries(store=registry.store, model=VIEWS)
    found: dict[str, Known] = {}
    new: list[NewSnapshot] = []
    for name, view in views.items():
        source = view_source(name, view, config, registry.store)
        listed = {day: uri for day, uri in source.partitions().items() if day <= as_of}
        of_view = {day: ref for (table, day), ref in known.items() if table == name and day <= as_of}
        days = {*listed, *of_view}
        if not days:
            raise DataError(_nothing(name, source, as_of))
        needed = _needed(days, partitions, config.features.views[name], config)
        found[name] = Known(versions={day: ref for day, ref in of_view.items() if day in days - {*listed}})
        new += _Intake(name, view, source, scratch / name, deliveries).run(
            sorted(needed & {*listed}), of_view, found[name]
        )
    published = registry.publish(VIEWS, new) if new else []
    for snapshot, version in zip(new, published, strict=True):
        deliveries.remember(snapshot, version)
        found[version.table].versions[version.partition] = version
    return found


def _needed(
    days: Collection[str], partitions: Collection[str], view: JoinedView, config: ModelConfig
) -> set[str]:
    """Return the deliveries of a view that some delivery of features is joined with."""
    return {day for one in partitions for day in choose_deliveries(days, one, view, config)}


def _nothing(name: str, source: TableSource, as_of: str) -> str:
    later = sorted(source.partitions())
    what = f"the first of {len(later)} is of {later[0]}" if later else "there is none at all"
    return (
        f"{source.describe()}: the view {name} has no delivery on or before {as_of}, {what}; expected one at "
        f"least. Deliver it, correct source.uri in include/features/{name}.yaml or the connection's root, "
        "or remove the view from features.views in model.yaml."
    )


class _Intake:
    """Takes in the deliveries of one view.

    :param name: the view's name.
    :param view: the view.
    :param source: its source, whose partitions were listed.
    :param scratch: folder for copies and new snapshots.
    :param deliveries: what earlier runs found.
    """

    def __init__(
        self, name: str, view: View, source: TableSource, scratch: Path, deliveries: KnownDeliveries
    ) -> None:
        self._name, self._view, self._source = name, view, source
        self._scratch, self._deliveries = scratch, deliveries
        self._columns = view_columns(view)
        self._digest = schema_digest(self._columns)

    def run(self, days: list[str], known: dict[str, SnapshotRef], found: Known) -> list[NewSnapshot]:
        """Return what is new, and add what stays to what was found.

        :param days: partitions to look at.
        :param known: newest version of each partition.
        :param found: gets versions that stay, and what is wrong with deliveries that can't be read.
        """
        self._scratch.mkdir(parents=True, exist_ok=True)
        new = []
        changed = [day for day in days if not self._stays(known.get(day), found)]
        self._source.expect(changed)
        for day in changed:
            try:
                snapshot = self._convert(day, known.get(day), found)
            except DataError as error:
                found.broken[day] = of_view(error, self._name)
                log.warning("%s can't be read: %s", day, found.broken[day])
            else:
                new += [snapshot] if snapshot else []
        return new

    def _stays(self, current: SnapshotRef | None, found: Known) -> bool:
        """Tell whether a version is known to be what the source has, before any of it is fetched."""
        if current is None:
            return False
        fingerprint = self._source.fingerprint(current.partition)
        same = fingerprint is not None and self._deliveries.is_version(current, fingerprint, self._digest)
        if same or (
            current.schema_digest == self._digest
            and self._source.has_rolled_out(current.partition, current.rows)
        ):
            found.versions[current.partition] = current
            return True
        return False

    def _convert(self, day: str, current: SnapshotRef | None, found: Known) -> NewSnapshot | None:
        """Return the new snapshot of a delivery; None where its version stays."""
        delivery = self._source.fetch(day, self._scratch)
        if current and self._deliveries.is_version(current, delivery.sha256, self._digest):
            found.versions[day] = current
            return None
        target = self._scratch / f"{day}.parquet"
        rows = convert(
            delivery.files,
            fmt=delivery.fmt,
            columns=self._columns,
            target=target,
            origin=delivery.uri,
            part_origins=delivery.origins,
            part_numbers=delivery.numbers,
        )
        again = check_values(target, self._view, day, origin=delivery.uri, scratch=self._scratch)
        if again:
            log.info("%s: %d of %d rows say what another one says too", delivery.uri, again, rows)
        return NewSnapshot(
            table=self._name,
            partition=day,
            file=target,
            rows=rows,
            source=delivery.uri,
            source_sha256=delivery.sha256,
            schema_digest=self._digest,
        )
