"""One training, one MLflow run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import StaleDecisionError
from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink, MlflowRunLink
from mlops.run_context import code_version, run_key
from mlops.tracking.tags import AS_OF_DATE, CODE_VERSION, DATASET, MANIFEST, MODEL, TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from mlops.hooks.mlflow import MlflowHook

DATA_PAGE = "data/versions.html"


class TrainModelOperator(ModelOperator):
    """Fits the model's pipeline and logs it with its parameters, data, metrics and reference profile.

    The MLflow run belongs to this task of this Airflow run and to what it learns from: a retry finds it by
    its key and resumes it, a finished one is not trained again, a killed one is marked KILLED. A task that is
    cleared after its data, ``model.yaml`` or the estimator changed gets a run of its own, and pushes the
    training key of what it really trained for the tasks that follow.

    :param model_folder: the folder with ``model.yaml``.
    :param extracted: what ``extract`` returned.
    :param validated: what ``validate`` returned; its reports are kept with the run.
    :param dataset: what ``prepare`` returned.
    :param training_key: digest of data, configuration and estimator, as ``check_new_data`` found them.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "extracted", "validated", "dataset", "training_key", "mlflow_conn_id",
        "registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(), DataVersionLink())
    ui_color = "#e3f6d8"

    def __init__(
        self,
        *,
        model_folder: str,
        extracted: Any,
        validated: Any,
        dataset: Any,
        training_key: Any,
        mlflow_conn_id: str = "mlflow_default",
        registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.extracted = extracted
        self.validated = validated
        self.dataset = dataset
        self.training_key = training_key
        self.mlflow_conn_id = mlflow_conn_id
        self.registry_conn_id = registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the MLflow run, the logged model and its figures."""
        from mlops.hooks.mlflow import MlflowHook
        from mlops.tracking.training_runs import finished_result, training_run

        config = self.config
        hook = MlflowHook(self.mlflow_conn_id)
        self._check_dataset(config)
        key = self._current_key(config)
        self.push(context, "training_key", key)
        run = training_run(
            hook,
            f"{config.name}/training",
            task=run_key(context),
            training_key=key,
            dataset_digest=self.dataset["digest"],
            name=f"as of {self.dataset['as_of']}",
            tags={
                MODEL: config.name,
                AS_OF_DATE: self.dataset["as_of"],
                TRAINING_KEY: key,
                CODE_VERSION: code_version(),
                MANIFEST: self.extracted["manifest"],
                DATASET: self.dataset["place"],
            },
        )
        self._open = (hook, run.info.run_id)
        self.link(MlflowRunLink.name, hook.run_url(run))
        self.link(DataVersionLink.name, f"{hook.run_url(run)}/artifacts/{DATA_PAGE}")
        known = finished_result(hook, run)
        if known is not None:
            self.log.info("Run %s of an earlier try is finished: nothing to train", run.info.run_id)
            return known
        self.log.info("MLflow run %s (%s)", run.info.run_id, hook.run_url(run))
        result = self._train(hook, run.info.run_id)
        del self._open
        return result

    def _check_dataset(self, config: ModelConfig) -> None:
        """Make sure that the dataset is the one that ``model.yaml`` asks for now.

        :raises StaleDecisionError: it was prepared under another definition of the data.
        """
        prepared = self.dataset.get("definition")
        if prepared is not None and prepared != config.data_digest:
            raise StaleDecisionError(
                f"The dataset {self.dataset['place']} was prepared before model.yaml changed what the data "
                "is (source, entity, time, target, features, window or split): clear prepare and all that "
                "follows it."
            )

    def _current_key(self, config: ModelConfig) -> str:
        """Return the training key of what is trained now; corrections since ``check_new_data`` change it."""
        from include.config.estimator import estimator_digest
        from include.promotion.retrain_needed import training_key

        key = training_key(
            self.dataset["train_digest"], config.digest, estimator_digest(Path(self.model_folder))
        )
        if key != self.training_key:
            self.log.info(
                "model.yaml or the estimator changed since check_new_data: training key %s in place of %s",
                key[:12], str(self.training_key)[:12],
            )  # fmt: skip
        return key

    def on_kill(self) -> None:
        """Mark the MLflow run as KILLED and end; Airflow lets ``execute`` go on until it uses force.

        :raises SystemExit: always, when there is an open run.
        """
        hook, run_id = getattr(self, "_open", (None, None))
        if hook is not None:
            hook.close_run(run_id, "KILLED")
            raise SystemExit(f"Stopped; MLflow run {run_id} is marked KILLED and will be resumed")

    def _train(self, hook: MlflowHook, run_id: str) -> dict[str, Any]:
        from include.config.estimator import load_estimator
        from include.reporting.manifest_page import render_manifest
        from include.training.fit import fit
        from mlops.data.inputs import read_manifest, training_set
        from mlops.hooks.data_registry import DataRegistryHook
        from mlops.hooks.object_store import ObjectStoreHook
        from mlops.tracking.training_log import log_reports, log_training
        from mlops.tracking.training_runs import keep_result

        config = self.config
        store = ObjectStoreHook(self.object_store_conn_id)
        estimator = load_estimator(Path(self.model_folder), config)
        hook.resume_run(run_id)
        with tempfile.TemporaryDirectory(prefix="train-") as folder, hook.active_run(run_id):
            train = training_set(store, self.dataset, Path(folder))
            fitted = fit(train, config, estimator)
            manifest = read_manifest(store, self.extracted)
            result = log_training(
                hook,
                run_id,
                fitted=fitted,
                train=train,
                config=config,
                manifest=manifest,
                dataset=self.dataset,
                folder=Path(self.model_folder),
            )
            log_reports(hook, store, run_id, self.validated["reports"], Path(folder) / "validation")
            page = render_manifest(manifest, DataRegistryHook(self.registry_conn_id).remote)
            hook.log_text(run_id, page, DATA_PAGE)
            keep_result(hook, run_id, result)
        return result
