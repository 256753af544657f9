"""Candidate and champion on the same frozen test set."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from mlops import object_keys
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from include.training.frame import Frame
    from mlops.hooks.mlflow import MlflowHook


class EvaluateModelOperator(ModelOperator):
    """Scores the candidate and the champion on the frozen test set and stores what the gate decides on.

    A champion that can't be loaded or scored is a finding, not an error: it goes into the evaluation, and the
    gate blocks.

    :param model_folder: the folder with ``model.yaml``.
    :param dataset: what ``prepare`` returned.
    :param trained: what ``train`` returned.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "dataset", "trained", "mlflow_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#e3f6d8"

    def __init__(
        self,
        *,
        model_folder: str,
        dataset: Any,
        trained: Any,
        mlflow_conn_id: str = "mlflow_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.dataset = dataset
        self.trained = trained
        self.mlflow_conn_id = mlflow_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the evaluation's place and the primary metric with its interval."""
        from include.data.dataset_record import RECORD_FILE, Dataset
        from include.evaluation.compare import evaluate
        from include.training.frame import load_frame
        from include.training.predict import predict_scores
        from mlops.data.inputs import frozen_test_set
        from mlops.hooks.mlflow import MlflowHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.hooks.stored_records import require_record
        from mlops.tracking.evaluation_log import log_evaluation
        from mlops.tracking.model_loading import load_model

        config = self.config
        hook = MlflowHook(self.mlflow_conn_id)
        store = ObjectStoreHook(self.object_store_conn_id)
        run_id = self.trained["run_id"]
        run = hook.run(run_id)
        with tempfile.TemporaryDirectory(prefix="evaluate-") as folder:
            test = frozen_test_set(store, self.dataset, Path(folder))
            frame = load_frame(test, config)
            record = require_record(store, f"{self.dataset['place']}/{RECORD_FILE}", Dataset.from_dict)
            candidate = load_model(self.trained["model_uri"], config.estimator.trusted_types)
            scores = predict_scores(candidate, frame.features)
            champion, champion_scores, error = self._score_champion(hook, config, test, frame)
            evaluation = evaluate(
                test, scores, champion_scores, config, champion,
                base_rate=record.train.rate, champion_error=error, dominant=record.dominant,
            )  # fmt: skip
            self.log.info("%s", evaluation.to_text())
            place = object_keys.evaluation(config.name, run_id)
            log_evaluation(
                hook, store, run_id, place,
                evaluation=evaluation, frame=frame, candidate=candidate, scores=scores,
                champion_scores=champion_scores, config=config,
            )  # fmt: skip
        self.link(MlflowRunLink.name, hook.run_url(run))
        self.push(context, "run_url", hook.run_url(run))
        primary = evaluation.candidate[config.gate.primary]
        return {
            "run_id": run_id,
            "run_url": hook.run_url(run),
            "evaluation": f"{place}/evaluation.json",
            "scores": f"{place}/scores.parquet",
            "test_digest": evaluation.test_digest,
            "champion_version": champion["version"] if champion else None,
            "metric": config.gate.primary,
            "value": primary.value,
            "low": primary.low,
            "high": primary.high,
        }

    def _score_champion(
        self, hook: MlflowHook, config: ModelConfig, test: Path, frame: Frame
    ) -> tuple[dict[str, Any] | None, np.ndarray | None, str | None]:
        """Return what is known of the champion, its scores, and why there are none."""
        from include.data.leaks import check_not_learned
        from include.training.predict import predict_scores
        from mlops.tracking.champion import find_holdout
        from mlops.tracking.model_loading import load_model
        from mlops.tracking.model_registry import CHAMPION, ModelRegistry

        registry = ModelRegistry(hook, config.name)
        version = registry.aliases().get(CHAMPION)
        if version is None:
            return None, None, None
        try:
            found = registry.version(version)
            if found is not None:
                check_not_learned(test, config, find_holdout(hook, found, config))
            model = load_model(f"models:/{config.name}/{version}", config.estimator.trusted_types)
            return {"version": version}, predict_scores(model, frame.features), None
        except ModelError as error:
            self.log.warning("The champion, version %s, can't be evaluated: %s", version, error)
            return {"version": version}, None, str(error)
