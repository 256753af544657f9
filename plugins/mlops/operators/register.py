"""A candidate that passed its gate becomes a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results.data import Extracted, Prepared
from mlops.operators.results.task_input import TaskInput
from mlops.operators.results.training import Registered, Trained
from mlops.run_context import code_version, run_key
from mlops.tracking.lineage_tags import lineage_tags
from mlops.tracking.tags import TRAINING_KEY

if TYPE_CHECKING:
    from airflow.sdk import Context


class RegisterModelOperator(ModelOperator):
    """Registers the model that passed, once per MLflow run, with tags that lead back to what it came from.

    That is the candidate, or the kept challenger, which keeps the lineage of its own training.

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

        :raises ModelError: the run has not passed the gate, or the challenger is gone.
        """
        model = self.config.name  # read first: a model.yaml that is wrong by now registers nothing
        registry, run_id = self.model_registry, self.trained.run_id
        gated = self.verdict.inputs.get("candidate_run")
        if self.verdict.decision != "promote" or gated != run_id:
            raise ModelError(
                f"Run {run_id} has not passed the gate (verdict {self.verdict.decision!r} on run {gated}): "
                "no version without a passed gate. Clear the gate task to decide again."
            )
        chosen = str(self.verdict.inputs.get("chosen_run") or run_id)
        source, lineage = self._find_candidate(context) if chosen == run_id else self._find_challenger(chosen)
        version, made = registry.register(
            run_id=chosen, source=source, description=self.verdict.summary, tags=lineage
        )
        self.link(ModelVersionLink.name, registry.url(version))
        done = "registered" if made else "was registered by an earlier try"
        self.log.info("%s version %s %s", model, version, done)
        return self.hand_on(
            Registered(
                version=version, run_id=chosen, url=registry.url(version), training_key=lineage[TRAINING_KEY]
            )
        )

    def _find_candidate(self, context: Context) -> tuple[str, dict[str, str]]:
        """Return the candidate's model and lineage."""
        return self.trained.model_uri, lineage_tags(
            self.extracted, self.dataset,
            training_key=self.training_key, registry_commit=self.trained.registry_commit,
            code_version=code_version(), airflow_run=run_key(context),
        )  # fmt: skip

    def _find_challenger(self, run_id: str) -> tuple[str, dict[str, str]]:
        """Return the kept challenger's model and lineage, which its training left on its run."""
        from mlops.tracking.kept_challenger import find_training, model_of, require_lineage

        run = find_training(self.mlflow, run_id)
        return model_of(self.mlflow, run), require_lineage(run)
