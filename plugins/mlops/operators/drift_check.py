"""Drift: does the newest delivery still look like what the champion learned from."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from airflow.sdk import Context
    from mlflow.entities.model_registry import ModelVersion

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.lineage import SnapshotRef
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

_NAMED = 3  # columns in the short answer


class DriftCheckOperator(ModelOperator):
    """Counts the newest good delivery, and the champion's predictions for it, in the bins of its profile.

    A delivery that breaks its contract does not count. One pass over the delivery; the training data is not
    needed. The report and a picture of both distributions go to the object store and to the window's MLflow
    run. Drift does not fail the task: the policy decides what follows. Without a champion there is nothing to
    compare with.

    :param model_folder: the folder with ``model.yaml``.
    :param extracted: what ``extract`` returned.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "mlflow_conn_id", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"

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
        """Return the decision, the worst column, and where the report is."""
        from include.monitoring.drift.check import check_drift
        from include.monitoring.drift.decision import ColumnStatus
        from include.monitoring.drift.verdict import write_verdict
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import without_quarantined
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.monitoring.drift_log import log_drift
        from mlops.monitoring.window_run import find_window_run
        from mlops.tracking.champion import find_champion
        from mlops.tracking.champion_profile import read_importance, read_profile

        config = self.config
        hook = MlflowHook(self.mlflow_conn_id)
        store = ObjectStoreHook(self.object_store_conn_id)
        manifest = without_quarantined(store, config.name, read_manifest(store, self.extracted))
        newest = manifest.of("features")[-1]
        champion = find_champion(hook, config.name)
        if champion is None:
            self.log.info("%s has no champion yet: there is nothing to compare with", config.name)
            return {"partition": newest.partition, "decision": None, "champion_version": None}
        profile, version = read_profile(hook, champion), str(champion.version)
        counts, scores = self._count(store, profile, newest, version)
        report = check_drift(
            profile,
            counts,
            config.monitoring.drift,
            importance=read_importance(hook, champion),
            subject=f"{config.name} {newest.partition}",
        )
        run = find_window_run(hook, config.name, version, newest.partition, newest.md5)
        place = object_keys.monitoring(config.name, newest.partition, version, newest.md5)
        self.link(MlflowRunLink.name, hook.run_url(run))
        estimated = self._estimate(hook, store, champion, scores)
        log_drift(
            hook, store, run, place,
            profile=profile, counts=counts, report=report, estimated=estimated,
        )  # fmt: skip
        self.log.info("%s", write_verdict(report).to_text())
        drifted = [report.predictions] if report.predictions else []
        worst = [column for column in (*drifted, *report.columns) if column.status is ColumnStatus.DRIFTED]
        return {
            "partition": newest.partition,
            "decision": report.decision.value,
            "worst": ", ".join(column.label for column in worst[:_NAMED]),
            "rows": report.rows,
            "champion_version": version,
            "estimated": {name: asdict(one) for name, one in estimated.items() if isfinite(one.value)},
            "report": place,
            "run_id": run.info.run_id,
            "run_url": hook.run_url(run),
        }

    def _count(
        self, store: ObjectStoreHook, profile: Profile, ref: SnapshotRef, version: str
    ) -> tuple[Counts, np.ndarray | None]:
        """Count the delivery and, where the champion has scored it, its predictions; return those, too."""
        from include.monitoring.profile.count_file import count_file
        from include.scoring.predictions import read_scores
        from mlops.hooks.data_registry import DataRegistryHook

        model = self.config.name
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        scored = store.resolve(object_keys.predictions(model, ref.partition, version, ref.md5))
        with tempfile.TemporaryDirectory(prefix="drift-") as folder:
            snapshot = registry.local_path(ref, Path(folder))
            scores = read_scores(store.local_path(scored, Path(folder))) if store.exists(scored) else None
            if scores is None:
                self.log.warning(
                    "Version %s has no predictions for %s: only the features are checked. %s_scoring makes "
                    "them.", version, ref.partition, model,
                )  # fmt: skip
            return count_file(snapshot, profile, scores), scores

    def _estimate(
        self, hook: MlflowHook, store: ObjectStoreHook, champion: ModelVersion, scores: np.ndarray | None
    ) -> dict[str, ConfidenceInterval]:
        """Return what the predictions alone say about the champion's performance."""
        from include.config.metric_names import METRICS
        from include.monitoring.performance.estimate_without_labels import estimate_performance
        from mlops.monitoring.computed import StoreMemory
        from mlops.tracking.champion_profile import read_calibration

        if scores is None or not len(scores):
            return {}
        config = self.config
        found = estimate_performance(
            scores,
            METRICS,
            seed=config.estimator.seed,
            calibration=read_calibration(hook, champion),
            confidence=config.monitoring.performance.confidence,
            memory=StoreMemory(store, config.name),
        )
        primary = found[config.gate.primary]
        self.log.info(
            "Estimated without labels: %s %.4f [%.4f, %.4f], if labels still follow from features as they "
            "did",
            config.gate.primary, primary.value, primary.low, primary.high,
        )  # fmt: skip
        return found
