"""The gate: may the candidate serve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.promotion.alias_plan import decision_id
from mlops.operators.base import DecisionOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results import Evaluated, TaskInput
from mlops.run_context import run_key
from mlops.tracking.tags import CANDIDATE_RUN, GATE, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.verdicts import Verdict


class GateModelOperator(DecisionOperator):
    """Applies the gate of ``model.yaml`` to an evaluation and chooses how the run goes on.

    A rejection goes into the ledger under its training key, so that the same data does not train the same
    model again tomorrow. A preview only shows the verdict: nothing is recorded, registered or promoted.

    :param evaluated: what ``evaluate`` returned.
    :param training_key: digest of data, configuration and estimator.
    :param promote: id of the task to go on with if the candidate may serve.
    :param alert: id of the task to go on with if it may not.
    :param preview: decide, show, and stop (``dry_run`` is a method of every operator).
    """

    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"
    evaluated = TaskInput(Evaluated)

    def __init__(
        self, *, evaluated: Any, training_key: Any, promote: str, alert: str, preview: bool | str = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.evaluated = evaluated
        self.training_key = training_key
        self.promote = promote
        self.alert = alert
        self.preview = preview

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the task to follow, which is None in a preview."""
        from include.evaluation.record import Evaluation
        from include.promotion import gate
        from mlops.hooks.stored_records import require_record

        hook, run_id, preview = self.mlflow, self.evaluated.run_id, str(self.preview) == "True"
        evaluation = require_record(self.store, self.evaluated.evaluation_key, Evaluation.from_dict)
        verdict = gate.decide(evaluation, self.config)
        verdict = replace(verdict, inputs={**verdict.inputs, "candidate_run": run_id})
        hook.log_json(run_id, verdict.to_dict(), "gate/verdict.json")
        hook.log_text(run_id, verdict.to_markdown(), "gate/verdict.md")
        hook.set_tags(run_id, {GATE: verdict.decision, "mlflow.note.content": verdict.to_markdown()})
        self.link(MlflowRunLink.name, self.evaluated.run_url)
        if preview:
            self.log.info("Preview: nothing is registered, promoted or recorded in the ledger")
            return verdict, None
        if verdict.decision == "reject":
            self._record_rejection(verdict, run_key(context))
        return verdict, self.promote if verdict.decision == "promote" else self.alert

    def _record_rejection(self, verdict: Verdict, decided_by: str) -> None:
        entry = self.ledger.record_planned(
            decision_id(self.config.name, "rejection", self.evaluated.run_id),
            verdict,
            plan={},
            decided_by=decided_by,
            tags={
                TRAINING_KEY: self.training_key,
                CANDIDATE_RUN: self.evaluated.run_id,
                TEST_DIGEST: self.evaluated.test_digest,
            },
        )
        self.ledger.record_applied(entry, verdict)
