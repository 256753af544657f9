"""From snapshots to a frozen training and test set."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink
from mlops.tracking.tags import SPLIT_SEED, SPLIT_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset
    from include.data.splits import Holdout
    from include.lineage import Manifest
    from include.verdicts import Verdict
    from mlops.hooks.data_registry import DataRegistryHook


class PrepareDataOperator(ModelOperator):
    """Joins features with the labels known by then, splits by entity and time, and freezes the test set.

    The dataset's place is derived from its input and the configuration, so that a retry finds what is already
    there. A snapshot under quarantine stops the run here, even if its validation was skipped or cleared.
    While there is not enough to learn from or to judge by, the run ends here, green, with the verdict
    ``wait`` and the date on which there will be more.

    The test set holds nobody whom the champion was trained on, whatever split that was.

    :param model_folder: the folder with ``model.yaml``.
    :param extracted: what ``extract`` returned.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "mlflow_conn_id", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (DataVersionLink(),)
    ui_color = "#d9f0ff"

    def __init__(
        self,
        *,
        model_folder: str,
        extracted: Any,
        mlflow_conn_id: str = "mlflow_default",
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.extracted = extracted
        self.mlflow_conn_id = mlflow_conn_id
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the dataset's place, digests and figures.

        :raises AirflowSkipException: there is not enough labelled data yet.
        :raises DataError: labels conflict, rows repeat, or time can't cure what is missing.
        :raises QuarantinedDataError: a delivery failed its contract.
        """
        from include.data.dataset_record import RECORD_FILE, Dataset, dataset_key
        from include.data.dominant import warnings_of
        from include.data.readiness import to_lines
        from include.data.splits import Holdout
        from include.verdicts import Verdict
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import refuse_quarantined
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.hooks.stored_records import read_record

        config = self.config
        store = ObjectStoreHook(self.object_store_conn_id)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        manifest = read_manifest(store, self.extracted)
        refuse_quarantined(store, manifest.model, manifest.snapshots)
        holdout = self._champion_holdout(config)
        key = dataset_key(config, holdout)
        place = object_keys.dataset(config.name, self.extracted["as_of"], manifest.digest, key)
        dataset: Dataset | Verdict | None = read_record(store, f"{place}/{RECORD_FILE}", Dataset.from_dict)
        if dataset is None:
            dataset = self._build(registry, manifest, config, holdout, place)
        else:
            self.log.info("Already prepared: %s", place)
        newest = manifest.of("features")[-1]
        self.link(DataVersionLink.name, registry.url(newest.commit))
        if isinstance(dataset, Verdict):
            self.push(context, "verdict", dataset.to_dict())
            self.log.warning("%s", dataset.to_text())
            raise AirflowSkipException(f"Nothing to train on yet: {dataset.summary}")
        self.log.info("Labels known on %s:\n%s", manifest.as_of, to_lines(dataset.coverage))
        self.log.info(
            "%s. Train: %d rows of %s, %.1f %% positive. Test: %d rows of %s, %.1f %% positive, "
            "digest %s",
            dataset.split_kind.capitalize(),
            dataset.train.rows, ", ".join(dataset.train_partitions), 100 * dataset.train.rate,
            dataset.test.rows, ", ".join(dataset.test_partitions), 100 * dataset.test.rate,
            dataset.test_digest[:12],
        )  # fmt: skip
        for warning in warnings_of(dataset, config):
            self.log.warning("%s", warning)
        return {
            "place": place,
            "as_of": manifest.as_of,
            "definition": config.data_digest,
            "digest": dataset.digest,
            "train_digest": dataset.train_digest,
            "test_digest": dataset.test_digest,
            "train_rows": dataset.train.rows,
            "test_rows": dataset.test.rows,
            "test_partitions": list(dataset.test_partitions),
            "border": dataset.split_kind,
            "holdout": asdict(Holdout.of(config)),
            "entity_column": config.entity.column,
        }

    def _champion_holdout(self, config: ModelConfig) -> Holdout | None:
        """Return whom the champion's training left out; None without a champion, or where nobody knows."""
        from mlops.hooks.mlflow import MlflowHook
        from mlops.tracking.champion import find_holdout
        from mlops.tracking.model_registry import ModelRegistry

        hook = MlflowHook(self.mlflow_conn_id)
        champion = ModelRegistry(hook, config.name).champion()
        if champion is None:
            return None
        found = find_holdout(hook, champion, config)
        if found is None:
            self.log.warning(
                "Nobody knows by which split champion version %s was trained: the gate will not compare a "
                "candidate with it. Tag it with %s and %s",
                champion.version,
                SPLIT_SEED,
                SPLIT_SHARE,
            )
        return found

    def _build(
        self,
        registry: DataRegistryHook,
        manifest: Manifest,
        config: ModelConfig,
        holdout: Holdout | None,
        place: str,
    ) -> Dataset | Verdict:
        """Freeze the dataset at its place; return its record, or why there is nothing to freeze yet."""
        from include.data.dataset import build_dataset
        from include.data.dataset_record import RECORD_FILE, TEST_FILE, TRAIN_FILE, Dataset

        with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
            scratch = Path(folder)
            snapshots = {
                table: {ref.partition: registry.local_path(ref, scratch) for ref in manifest.of(table)}
                for table in ("features", "labels")
            }
            dataset = build_dataset(
                snapshots["features"],
                snapshots["labels"],
                config,
                manifest.as_of,
                scratch / "dataset",
                champion_holdout=holdout,
            )
            if isinstance(dataset, Dataset):
                for name in (
                    TRAIN_FILE,
                    TEST_FILE,
                    RECORD_FILE,
                ):  # the record last: its presence says "whole"
                    registry.store.upload(
                        scratch / "dataset" / name, registry.store.resolve(f"{place}/{name}")
                    )
        return dataset
