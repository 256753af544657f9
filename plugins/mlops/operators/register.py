"""A candidate that passed its gate becomes a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.run_context import code_version, run_key
from mlops.tracking.tags import (
    AIRFLOW_RUN,
    AS_OF_DATE,
    CODE_VERSION,
    DATA_DIGEST,
    DATASET,
    ENTITY_COLUMN,
    ENTITY_TYPE,
    MANIFEST,
    NEWEST_LABELS,
    REGISTRY_COMMIT,
    SPLIT_SEED,
    SPLIT_SHARE,
    TEST_DIGEST,
    TRAINING_KEY,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class RegisterModelOperator(ModelOperator):
    """Registers the evaluated model, once per MLflow run, with tags that lead back to what it came from.

    :param model_folder: the folder with ``model.yaml``.
    :param extracted: what ``extract`` returned.
    :param dataset: what ``prepare`` returned.
    :param trained: what ``train`` returned.
    :param training_key: digest of data, configuration and estimator.
    :param verdict: the gate's verdict; anything but ``promote`` on this very run is refused.
    :param mlflow_conn_id: Airflow connection of MLflow.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "dataset", "trained", "training_key", "verdict", "mlflow_conn_id",
    )  # fmt: skip
    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#e6defa"

    def __init__(
        self,
        *,
        model_folder: str,
        extracted: Any,
        dataset: Any,
        trained: Any,
        training_key: Any,
        verdict: Any,
        mlflow_conn_id: str = "mlflow_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.extracted = extracted
        self.dataset = dataset
        self.trained = trained
        self.training_key = training_key
        self.verdict = verdict
        self.mlflow_conn_id = mlflow_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the version."""
        from mlops.hooks.mlflow import MlflowHook
        from mlops.tracking.model_registry import ModelRegistry

        config = self.config
        run_id = self.trained["run_id"]
        gated = self.verdict["inputs"].get("candidate_run")
        if self.verdict["decision"] != "promote" or gated != run_id:
            raise ModelError(
                f"Run {run_id} has not passed the gate (verdict {self.verdict['decision']!r} on run "
                f"{gated}): no version "
                "without a passed gate. Clear the gate task to decide again."
            )
        registry = ModelRegistry(MlflowHook(self.mlflow_conn_id), config.name)
        version, made = registry.register(
            run_id=run_id,
            source=self.trained["model_uri"],
            description=self.verdict["summary"],
            tags={
                TRAINING_KEY: self.training_key,
                AS_OF_DATE: self.dataset["as_of"],
                NEWEST_LABELS: self.dataset["test_partitions"][-1],
                SPLIT_SEED: str(self.dataset["holdout"]["seed"]),
                SPLIT_SHARE: str(self.dataset["holdout"]["share"]),
                ENTITY_COLUMN: self.dataset["entity_column"],
                ENTITY_TYPE: self.dataset["holdout"]["entity"],
                DATA_DIGEST: self.extracted["digest"],
                MANIFEST: self.extracted["manifest"],
                DATASET: self.dataset["place"],
                TEST_DIGEST: self.dataset["test_digest"],
                REGISTRY_COMMIT: self.trained["registry_commit"],
                CODE_VERSION: code_version(),
                AIRFLOW_RUN: run_key(context),
            },
        )
        self.link(ModelVersionLink.name, registry.url(version))
        self.log.info(
            "%s version %s %s",
            config.name,
            version,
            "registered" if made else "was registered by an earlier try",
        )
        return {"version": version, "run_id": run_id, "url": registry.url(version)}
