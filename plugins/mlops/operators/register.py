"""A candidate that passed its gate becomes a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results import Extracted, Prepared, Registered, TaskInput, Trained
from mlops.run_context import code_version, run_key
from mlops.tracking import tags

if TYPE_CHECKING:
    from airflow.sdk import Context


class RegisterModelOperator(ModelOperator):
    """Registers the evaluated model, once per MLflow run, with tags that lead back to what it came from.

    :param extracted: what ``extract`` returned.
    :param dataset: what ``prepare`` returned.
    :param trained: what ``train`` returned.
    :param training_key: digest of data, configuration and estimator.
    :param verdict: the gate's verdict; anything but ``promote`` on this very run is refused.
    """

    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#e6defa"
    extracted = TaskInput(Extracted)
    dataset = TaskInput(Prepared)
    trained = TaskInput(Trained)
    verdict = TaskInput(Verdict, Verdict.from_dict)

    def __init__(
        self, *, extracted: Any, dataset: Any, trained: Any, training_key: Any, verdict: Any, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.extracted = extracted
        self.dataset = dataset
        self.trained = trained
        self.training_key = training_key
        self.verdict = verdict

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the version.

        :raises ModelError: the run has not passed the gate.
        """
        model = self.config.name  # read first: a model.yaml that is wrong by now registers nothing
        registry, dataset, run_id = self.model_registry, self.dataset, self.trained.run_id
        gated = self.verdict.inputs.get("candidate_run")
        if self.verdict.decision != "promote" or gated != run_id:
            raise ModelError(
                f"Run {run_id} has not passed the gate (verdict {self.verdict.decision!r} on run {gated}): "
                "no version without a passed gate. Clear the gate task to decide again."
            )
        version, made = registry.register(
            run_id=run_id,
            source=self.trained.model_uri,
            description=self.verdict.summary,
            tags={
                tags.TRAINING_KEY: self.training_key,
                tags.AS_OF_DATE: dataset.as_of,
                tags.NEWEST_LABELS: dataset.test_partitions[-1],
                tags.SPLIT_SEED: str(dataset.split_seed),
                tags.SPLIT_SHARE: str(dataset.test_share),
                tags.SPLIT_START: str(dataset.split_start),
                tags.SPLIT_ROTATION: str(dataset.split_rotation),
                tags.ENTITY_COLUMN: dataset.entity_column,
                tags.ENTITY_TYPE: dataset.entity_type,
                tags.DATA_DIGEST: self.extracted.manifest_digest,
                tags.MANIFEST: self.extracted.manifest_key,
                tags.DATASET: dataset.object_key,
                tags.TEST_DIGEST: dataset.test_digest,
                tags.REGISTRY_COMMIT: self.trained.registry_commit,
                tags.CODE_VERSION: code_version(),
                tags.AIRFLOW_RUN: run_key(context),
            },
        )
        self.link(ModelVersionLink.name, registry.url(version))
        done = "registered" if made else "was registered by an earlier try"
        self.log.info("%s version %s %s", model, version, done)
        return Registered(version=version, run_id=run_id, url=registry.url(version)).to_xcom()
