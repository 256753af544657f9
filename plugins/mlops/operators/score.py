"""The newest delivery, scored by the champion."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink, ModelVersionLink
from mlops.run_context import run_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.lineage import SnapshotRef
    from include.scoring.distribution import Distribution
    from include.scoring.predictions import Stamp
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook


class ScoreBatchOperator(ModelOperator):
    """Writes the champion's predictions for the newest delivery: one file per version and content.

    What is scored once stays: the same delivery under the same version is not scored again. A restated
    delivery, or a new champion, gives a file beside the old one. Without any champion the task is skipped.

    :param model_folder: the folder with ``model.yaml``.
    :param extracted: what ``extract`` returned.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "mlflow_conn_id", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(), ModelVersionLink())
    ui_color = "#e3f6d8"

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
        """Return the predictions' place and figures.

        :raises AirflowSkipException: there is no champion yet.
        :raises ModelError: the champion was deleted, can't be loaded, or can't score this delivery.
        :raises QuarantinedDataError: the delivery failed its contract.
        """
        from include.scoring.predictions import Stamp
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import refuse_quarantined
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.tracking.champion import find_champion

        config = self.config
        store, hook = ObjectStoreHook(self.object_store_conn_id), MlflowHook(self.mlflow_conn_id)
        manifest = read_manifest(store, self.extracted)
        newest = manifest.of("features")[-1]
        refuse_quarantined(store, config.name, [newest])
        champion = find_champion(hook, config.name)
        if champion is None:
            raise AirflowSkipException(
                f"No champion yet: nothing to score {newest.partition} with. {config.name}_training makes "
                f"one."
            )
        version = str(champion.version)
        stamp = Stamp(
            model=config.name,
            version=version,
            partition=newest.partition,
            snapshot_md5=newest.md5,
            registry_commit=newest.commit,
            training_run=str(champion.run_id),
            airflow_run=run_key(context),
            as_of=self.extracted["as_of"],
        )
        place = object_keys.predictions(config.name, newest.partition, version, newest.md5)
        distribution = self._score(store, place, newest, stamp)
        self.log.info("%s", distribution.to_text())
        if distribution.constant:
            self.log.warning("Every row has the same score: look at the features of this delivery")
        self._record(hook, stamp, place, distribution)
        return {
            "partition": newest.partition,
            "version": version,
            "place": place,
            "rows": distribution.rows,
            "md5": newest.md5,
            "mean_score": distribution.mean,
        }

    def _score(self, store: ObjectStoreHook, place: str, ref: SnapshotRef, stamp: Stamp) -> Distribution:
        """Make the predictions file unless there is one; return how its scores are spread."""
        from include.scoring.predictions import describe_predictions
        from include.scoring.score import score_snapshot
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.tracking.model_loading import load_model

        config, target = self.config, store.resolve(place)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        with tempfile.TemporaryDirectory(prefix="score-") as folder:
            scratch = Path(folder)
            if not store.exists(target):
                uri = f"models:/{config.name}/{stamp.version}"
                model = load_model(uri, config.estimator.trusted_types)
                snapshot, made = registry.local_path(ref, scratch), scratch / "predictions.parquet"
                distribution = score_snapshot(snapshot, model, config, made, stamp)
                if store.create_file(made, target):
                    self.log.info("Scored %s with version %s: %s", ref.partition, stamp.version, place)
                    return distribution
            self.log.info(
                "Nothing changes: version %s has scored this very content of %s before, see %s",
                stamp.version, ref.partition, place,
            )  # fmt: skip
            return describe_predictions(store.local_path(target, scratch))

    def _record(self, hook: MlflowHook, stamp: Stamp, place: str, distribution: Distribution) -> None:
        """Log the distribution to the window's run."""
        from mlops.monitoring.window_run import find_window_run, record
        from mlops.tracking.model_registry import ModelRegistry

        run = find_window_run(hook, stamp.model, stamp.version, stamp.partition, stamp.snapshot_md5)
        content = {"predictions": place, "registry_commit": stamp.registry_commit, **distribution.to_dict()}
        tags = {"predictions": place, "training_run": stamp.training_run}
        record(hook, run, "scoring", content, metrics=distribution.to_metrics(), tags=tags)
        self.link(MlflowRunLink.name, hook.run_url(run))
        self.link(ModelVersionLink.name, ModelRegistry(hook, stamp.model).url(stamp.version))
