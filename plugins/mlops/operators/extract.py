"""From the source to versioned snapshots."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.as_of import refuse_future
from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink
from mlops.operators.results.data import Extracted
from mlops.run_context import today

if TYPE_CHECKING:
    from airflow.sdk import Context


class ExtractDataOperator(ModelOperator):
    """Turns every partition a run may use into a typed Parquet snapshot and a version in the data registry.

    A partition whose source file has not changed since its newest version is not read again beyond its
    digest. One that was delivered anew with the same rows changes nothing, and is not converted again in
    later runs either; with other rows it becomes a new version, and the old one stays.

    :param as_of: as-of date (ISO); partitions delivered after it do not exist for this run.
    :param newest_only: take only the newest delivery of features, for a run that only scores: an older
        delivery, or labels, that can't be read do not stop it.
    :param watching: go on without deliveries that can't be read, as long as there are others; they are named
        in the result, and so are those that the source held once and no longer does.
    """

    operator_extra_links = (DataVersionLink(),)
    ui_color = "#d9f0ff"

    def __init__(
        self, *, as_of: str, newest_only: bool = False, watching: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.as_of = as_of
        self.newest_only = newest_only
        self.watching = watching

    def execute(self, context: Context) -> dict[str, Any]:
        """Return where the manifest is, the newest partition, and how much is new.

        :raises DataError: ``as_of`` lies in the future, or a delivery is at fault.
        """
        from include.data.selection import select_newest, select_partitions
        from include.lineage import Manifest
        from include.monitoring.policy.missing import find_gone
        from mlops.data.finishing import finish_of
        from mlops.data.known_deliveries import KnownDeliveries
        from mlops.data.watched_deliveries import convert_readable
        from mlops.hooks.sources.hook import SourceHook

        refuse_future(self.as_of, today())
        config, store, registry = self.config, self.store, self.data_registry
        source = SourceHook(config, store)
        delivered, origin = source.partitions(), source.describe()
        selected = (
            select_newest(delivered, self.as_of, origin=origin)
            if self.newest_only
            else select_partitions(delivered, self.as_of, config, origin=origin)
        )
        known = registry.pointers(config.name)
        deliveries = KnownDeliveries(store=store, model=config.name)
        with tempfile.TemporaryDirectory(prefix="extract-") as scratch:
            features = finish_of(
                config, Path(self.model_folder), registry, selected["features"],
                as_of=self.as_of, scratch=Path(scratch), known=known,
            )  # fmt: skip
            kept, new, missing = convert_readable(
                config, source, selected, known,
                deliveries=deliveries, scratch=Path(scratch), watching=self.watching, features=features,
            )  # fmt: skip
            taken = [replace(snapshot, as_of=self.as_of) for snapshot in new]
            published = registry.publish(config.name, taken) if taken else []
        for snapshot, version in zip(new, published, strict=True):
            deliveries.remember(snapshot, version)
        snapshots = tuple(sorted([*kept, *published], key=lambda ref: (ref.table, ref.partition)))
        manifest = Manifest(model=config.name, as_of=self.as_of, snapshots=snapshots)
        key = object_keys.manifest(config.name, manifest.digest)
        store.write_json(store.resolve(key), manifest.to_dict())
        if self.watching:
            missing += find_gone(delivered, selected, known, self.as_of)
        changed = [ref for ref in published if known.get((ref.table, ref.partition)) != ref]
        self.note(published=changed)
        rows = sum(ref.rows for ref in snapshots)
        self.link(DataVersionLink.name, registry.url(manifest.of("features")[-1].commit))
        self.log.info(
            "As of %s: %d snapshots, %d rows; %d new or restated, %d unchanged. Manifest %s",
            self.as_of, len(snapshots), rows, len(changed), len(snapshots) - len(changed), key,
        )  # fmt: skip
        return self.hand_on(
            Extracted(
                as_of=self.as_of,
                manifest_key=key,
                manifest_digest=manifest.digest,
                newest=max(ref.partition for ref in snapshots),
                snapshots=len(snapshots),
                changed=tuple(f"{ref.table}/{ref.partition}" for ref in changed),
                rows=rows,
                missing=tuple(one.to_dict() for one in missing),
            )
        )
