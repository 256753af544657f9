"""One training, one MLflow run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.config.estimator import estimator_digest, load_estimator
from include.errors import StaleDecisionError
from include.promotion.retrain_needed import training_key
from mlops.operators.base import ModelOperator
from mlops.operators.links import DataVersionLink, MlflowRunLink
from mlops.operators.results.data import Extracted, Prepared, Validated
from mlops.operators.results.task_input import TaskInput
from mlops.operators.results.training import Trained
from mlops.run_context import code_version, run_key
from mlops.tracking import tags
from mlops.tracking.lineage_tags import lineage_tags

if TYPE_CHECKING:
    from airflow.sdk import Context

DATA_PAGE = "data/versions.html"


class TrainModelOperator(ModelOperator):
    """Fits the model's pipeline and logs it with its parameters, data, metrics and reference profile.

    The MLflow run belongs to this task of this Airflow run and to what it learns from: a retry finds it by
    its key and resumes it, a finished one is not trained again, a killed one is marked KILLED. A task that is
    cleared after its data, ``model.yaml`` or the estimator changed gets a run of its own, and pushes the
    training key of what it really trained for the tasks that follow.

    :param extracted: what ``extract`` returned.
    :param validated: what ``validate`` returned; its reports are kept with the run.
    :param dataset: what ``prepare`` returned.
    :param training_key: digest of data, configuration and estimator, as ``check_new_data`` found them.
    """

    operator_extra_links = (MlflowRunLink(), DataVersionLink())
    ui_color = "#e3f6d8"
    extracted = TaskInput(Extracted)
    validated = TaskInput(Validated)
    dataset = TaskInput(Prepared)

    def __init__(
        self, *, extracted: Any, validated: Any, dataset: Any, training_key: Any, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.extracted = extracted
        self.validated = validated
        self.dataset = dataset
        self.training_key = training_key

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the MLflow run and the logged model.

        :raises DataError: the training set is not what was frozen.
        :raises ModelError: the estimator fails, or holds types that nobody has reviewed.
        :raises StaleDecisionError: the dataset was prepared under another definition of the data.
        """
        from include.reporting.manifest_page import render_manifest
        from include.training.fit import fit
        from mlops.data.inputs import read_manifest, training_set
        from mlops.tracking.training_log import PROFILE, log_reports, log_training
        from mlops.tracking.training_runs import finished_result, keep_result, training_run

        config, hook, dataset, folder = self.config, self.mlflow, self.dataset, Path(self.model_folder)
        key = self._current_key()
        self.push(context, "training_key", key)
        self.note(training_key=key)
        run = training_run(
            hook,
            f"{config.name}/training",
            task=run_key(context),
            training_key=key,
            dataset_digest=dataset.digest,
            name=f"as of {dataset.as_of}",
            tags={
                tags.MODEL: config.name,
                tags.AS_OF_DATE: dataset.as_of,
                tags.TRAINING_KEY: key,
                tags.CODE_VERSION: code_version(),
                tags.MANIFEST: self.extracted.manifest_key,
                tags.DATASET: dataset.object_key,
            },
        )
        run_id, run_url = run.info.run_id, hook.run_url(run)
        self._open = (hook, run_id)
        self.link(MlflowRunLink.name, run_url)
        self.link(DataVersionLink.name, f"{run_url}/artifacts/{DATA_PAGE}")
        known = finished_result(hook, run)
        if known is not None:
            self.log.info("Run %s of an earlier try is finished: nothing to train", run_id)
            return self.hand_on(known)
        self.log.info("MLflow run %s (%s)", run_id, run_url)
        estimator = load_estimator(folder, config)
        hook.resume_run(run_id)
        with tempfile.TemporaryDirectory(prefix="train-") as scratch, hook.active_run(run_id):
            train = training_set(self.store, dataset.object_key, dataset.train_digest, Path(scratch))
            fitted = fit(train, config, estimator)
            manifest = read_manifest(self.store, self.extracted.manifest_key)
            uri = log_training(
                hook, run_id,
                fitted=fitted, train=train, config=config, manifest=manifest, dataset=dataset, folder=folder,
            )  # fmt: skip
            log_reports(hook, self.store, run_id, self.validated.reports, Path(scratch) / "validation")
            hook.log_text(run_id, render_manifest(manifest, self.data_registry.remote), DATA_PAGE)
            commit = manifest.of("features")[-1].commit
            lineage = lineage_tags(
                self.extracted, dataset,
                training_key=key, registry_commit=commit, code_version=code_version(),
                airflow_run=run_key(context),
            )  # fmt: skip
            hook.set_tags(run_id, lineage)
            result = Trained(
                run_id=run_id,
                model_uri=uri,
                profile=PROFILE,
                registry_commit=commit,
                rows=fitted.rows,
                warnings=fitted.warnings,
            ).to_xcom()
            keep_result(hook, run_id, result)
        del self._open
        return self.hand_on(result)

    def _current_key(self) -> str:
        """Return the training key of what is trained now; corrections since ``check_new_data`` change it.

        :raises StaleDecisionError: the dataset was prepared under another definition of the data.
        """
        if self.dataset.data_digest != self.config.data_digest:
            raise StaleDecisionError(
                f"The dataset {self.dataset.object_key} was prepared before model.yaml changed what the data "
                "is (source, entity, time, target, features, window or split): clear prepare and all that "
                "follows it."
            )
        estimator = estimator_digest(Path(self.model_folder))
        key = training_key(self.dataset.train_digest, self.config.digest, estimator)
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
