"""From snapshots to a frozen training and test set."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops import places
from mlops.links import DataVersionLink
from mlops.model_operator import ModelOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class PrepareDataOperator(ModelOperator):
    """Joins features with the labels known by then, splits by entity and time, and freezes the test set.

    The dataset's place is derived from its input and the configuration, so that a retry finds what is already
    there. A snapshot under quarantine stops the run here, even if its validation was skipped or cleared.

    :param model_folder: the folder with ``model.yaml``.
    :param extracted: what ``extract`` returned.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (DataVersionLink(),)
    ui_color = "#d9f0ff"

    def __init__(
        self,
        *,
        model_folder: str,
        extracted: Any,
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.extracted = extracted
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the dataset's place, digests and figures."""
        from include.data.dataset import build_dataset
        from include.data.dataset_record import RECORD_FILE, TEST_FILE, TRAIN_FILE, Dataset
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.manifests import read_manifest
        from mlops.snapshot_checks import refuse_quarantined

        config = self.config
        store = ObjectStoreHook(self.object_store_conn_id)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        manifest = read_manifest(store, self.extracted)
        refuse_quarantined(store, manifest.model, manifest.snapshots)
        place = places.dataset(config.name, self.extracted["as_of"], manifest.digest, config.digest)
        record = store.read_json(store.resolve(f"{place}/{RECORD_FILE}"))
        if record is None:
            with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
                scratch = Path(folder)
                snapshots = {
                    table: {ref.partition: registry.local_path(ref, scratch) for ref in manifest.of(table)}
                    for table in ("features", "labels")
                }
                dataset = build_dataset(
                    snapshots["features"], snapshots["labels"], config, manifest.as_of, scratch / "dataset"
                )
                for name in (
                    TRAIN_FILE,
                    TEST_FILE,
                    RECORD_FILE,
                ):  # the record last: its presence says "whole"
                    store.upload(scratch / "dataset" / name, store.resolve(f"{place}/{name}"))
        else:
            dataset = Dataset.from_dict(record)
            self.log.info("Already prepared: %s", place)
        newest = manifest.of("features")[-1]
        self.link(DataVersionLink.name, registry.url(newest.commit))
        self.log.info(
            "Split by %s. Train: %d rows of %s, %.1f %% positive. Test: %d rows of %s, %.1f %% positive, "
            "digest %s",
            dataset.border, dataset.train.rows, ", ".join(dataset.train_partitions), 100 * dataset.train.rate,
            dataset.test.rows, dataset.test_partition, 100 * dataset.test.rate, dataset.test_digest[:12],
        )  # fmt: skip
        return {
            "place": place,
            "as_of": manifest.as_of,
            "digest": dataset.digest,
            "train_digest": dataset.train_digest,
            "test_digest": dataset.test_digest,
            "train_rows": dataset.train.rows,
            "test_rows": dataset.test.rows,
            "test_partition": dataset.test_partition,
            "border": dataset.border,
        }
