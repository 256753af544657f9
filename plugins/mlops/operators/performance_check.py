"""Performance: what the champion predicted, held against the labels that have become known since."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context
    from mlflow.entities import Run

    from include.monitoring.performance.record import WindowPerformance
    from mlops.hooks.mlflow import MlflowHook


class PerformanceCheckOperator(ModelOperator):
    """Evaluates the newest windows: as many as the policy looks at, and those whose labels are not due yet.

    A window that the champion has not scored counts as ``no predictions``: it says nothing about it. If an
    earlier version scored it, that one is evaluated too, for people and for MLflow, and listed apart. What
    broke its contract is left out. A bad result is not a failure: the task succeeds, and the policy decides.

    :param model_folder: the folder with ``model.yaml``.
    :param as_of: ISO date; labels delivered after it do not exist for this run.
    :param extracted: what ``extract`` returned.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "as_of", "extracted", "mlflow_conn_id", "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"

    def __init__(
        self,
        *,
        model_folder: str,
        as_of: str,
        extracted: Any,
        mlflow_conn_id: str = "mlflow_default",
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.as_of = as_of
        self.extracted = extracted
        self.mlflow_conn_id = mlflow_conn_id
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the windows, oldest first, and how many labels the champion has not learned from.

        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        :raises ModelError: the champion was deleted.
        :raises QuarantinedDataError: no delivery is within its contract.
        """
        from include.monitoring.performance.verdict import to_table
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import without_quarantined
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.monitoring.evaluate_windows import WindowEvaluator
        from mlops.tracking.champion import find_champion

        config, hook = self.config, MlflowHook(self.mlflow_conn_id)
        store = ObjectStoreHook(self.object_store_conn_id)
        registry = DataRegistryHook(self.registry_conn_id, object_store_conn_id=self.object_store_conn_id)
        manifest = without_quarantined(store, config.name, read_manifest(store, self.extracted))
        champion = find_champion(hook, config.name)
        with tempfile.TemporaryDirectory(prefix="performance-") as folder:
            scratch = Path(folder)
            evaluator = WindowEvaluator(config, hook, registry, manifest, as_of=self.as_of, scratch=scratch)
            outcome = evaluator.evaluate(champion)
        for one in (*outcome.earlier, *outcome.windows):
            if one.md5 is not None:
                self._record(hook, one.performance, one.md5)
        if champion is None:
            self.log.info("No champion yet: nothing to evaluate. %s_training makes one", config.name)
        self.log.info("%d labelled rows that the champion has not learned from", outcome.new_labels)
        windows = sorted((*outcome.earlier, *outcome.windows), key=lambda one: one.performance.partition)
        self.log.info("%s", to_table([one.performance for one in windows]))
        return outcome.to_dict()

    def _record(self, hook: MlflowHook, window: WindowPerformance, md5: str) -> None:
        """Log a window's verdict and figures to its MLflow run, unless they stand there already."""
        from include.monitoring.performance.verdict import explain, to_plain
        from mlops.monitoring.window_run import find_window_run, record

        verdict = explain(window)
        run = find_window_run(hook, window.model, window.version, window.partition, md5)
        content = {name: value for name, value in to_plain(window).items() if name != "as_of"}
        news = record(
            hook,
            run,
            "performance",
            content,
            metrics=window.to_metrics(),
            tags={"status": verdict.decision},
            texts={"verdict.md": verdict.to_markdown()},
        )
        self.link(MlflowRunLink.name, hook.run_url(run))
        if news:
            self._compare(hook, run, window)
            self.log.info("%s", verdict.to_text())

    def _compare(self, hook: MlflowHook, run: Run, window: WindowPerformance) -> None:
        """Show what the predictions alone had let expect beside what came, and keep the error."""
        from mlops.monitoring.drift_log import ESTIMATED

        primary = window.limits.primary
        expected, found = run.data.metrics.get(f"{ESTIMATED}{primary}"), window.metrics.get(primary)
        if expected is None or found is None:
            return
        error = found.value - expected
        hook.log_metrics(run.info.run_id, {f"estimate_error_{primary}": error})
        self.log.info(
            "%s of %s: %.4f realised, %.4f estimated before the labels came (%+.4f)",
            primary, window.partition, found.value, expected, error,
        )  # fmt: skip
