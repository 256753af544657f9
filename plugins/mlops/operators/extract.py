"""From the source to versioned snapshots."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink
from mlops.run_context import today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class ExtractDataOperator(ModelOperator):
    """Turns every partition a run may use into a typed Parquet snapshot and a version in the data registry.

    A partition whose source file has not changed since its newest version is not read again beyond its
    digest. One that was delivered anew with the same rows changes nothing, and is not converted again in
    later runs either; with other rows it becomes a new version, and the old stays.

    :param model_folder: the folder with ``model.yaml``.
    :param as_of: ISO date; partitions delivered after it do not exist for this run.
    :param newest_only: take the newest delivery of features alone, for a run that only scores: what is wrong
        with older deliveries or with labels does not keep it from that.
    :param watching: go on without deliveries that can't be read, as long as there are others; they are named
        in the result, and so are those that the source held once and no longer does.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "as_of", "newest_only", "watching", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (DataVersionLink(),)
    ui_color = "#d9f0ff"

    def __init__(
        self,
        *,
        model_folder: str,
        as_of: str,
        newest_only: bool = False,
        watching: bool = False,
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.as_of = as_of
        self.newest_only = newest_only
        self.watching = watching
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the manifest's place and digest, the newest partition, and how much is new.

        :raises DataError: ``as_of`` lies in the future, or a delivery is at fault.
        """
        from include.as_of import refuse_future
        from include.data.selection import select_newest, select_partitions
        from include.lineage import Manifest
        from mlops.data.known_deliveries import KnownDeliveries
        from mlops.data.watched_deliveries import convert_readable, find_gone
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.hooks.source import SourceHook

        refuse_future(self.as_of, today())
        config = self.config
        source = SourceHook(config.source)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        delivered, origin = source.partitions(), source.describe()
        selected = (
            select_newest(delivered, self.as_of, origin=origin)
            if self.newest_only
            else select_partitions(delivered, self.as_of, config, origin=origin)
        )
        known = registry.pointers(config.name)
        deliveries = KnownDeliveries(store=registry.store, model=config.name)
        with tempfile.TemporaryDirectory(prefix="extract-") as scratch:
            kept, new, missing = convert_readable(
                config, source, selected, known,
                deliveries=deliveries, scratch=Path(scratch), watching=self.watching,
            )  # fmt: skip
            published = registry.publish(config.name, new) if new else []
        for snapshot, version in zip(new, published, strict=True):
            deliveries.remember(snapshot, version)
        snapshots = tuple(sorted([*kept, *published], key=lambda ref: (ref.table, ref.partition)))
        manifest = Manifest(model=config.name, as_of=self.as_of, snapshots=snapshots)
        store = ObjectStoreHook(self.object_store_conn_id)
        place = object_keys.manifest(config.name, manifest.digest)
        store.write_json(store.resolve(place), manifest.to_dict())
        if self.watching:
            missing += find_gone(delivered, selected, known, self.as_of)
        changed = [ref for ref in published if known.get((ref.table, ref.partition)) != ref]
        self.link(DataVersionLink.name, registry.url(manifest.of("features")[-1].commit))
        self.log.info(
            "As of %s: %d snapshots, %d rows; %d new or restated, %d unchanged. Manifest %s",
            self.as_of, len(snapshots), sum(ref.rows for ref in snapshots), len(changed),
            len(snapshots) - len(changed), place,
        )  # fmt: skip
        return {
            "as_of": self.as_of,
            "manifest": place,
            "digest": manifest.digest,
            "newest": max(ref.partition for ref in snapshots),
            "snapshots": len(snapshots),
            "changed": [f"{ref.table}/{ref.partition}" for ref in changed],
            "rows": sum(ref.rows for ref in snapshots),
            "missing": [one.to_dict() for one in missing],
        }
