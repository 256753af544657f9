"""The gate: may the candidate serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.promotion.alias_plan import decision_id
from mlops.operators.decision import DecisionOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results.task_input import TaskInput
from mlops.operators.results.training import Evaluated
from mlops.run_context import run_key
from mlops.tracking.tags import CANDIDATE_RUN, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.verdicts import Verdict


class GateModelOperator(DecisionOperator):
    """Applies the gate of ``model.yaml`` to an evaluation and chooses how the run goes on.

    Each exam of a champion is recorded, whatever its outcome and what becomes of it, and counts in the exams
    that follow; another try of the same finds its record and decides the same. A rejection goes into the
    ledger under its training key, so that the same data does not train the same model again tomorrow. A
    preview only shows the verdict: nothing is recorded, registered or promoted.

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
        from include.promotion import gate
        from include.promotion.attempts.life import ChampionLife
        from mlops.tracking.evaluation_records import require_evaluations
        from mlops.tracking.exams import read_life, record_exam
        from mlops.tracking.gate_log import exam_of, log_verdict, name_models

        hook, evaluated, preview = self.mlflow, self.evaluated, str(self.preview) == "True"
        evaluation, challenger = require_evaluations(self.store, evaluated)
        candidate, life = hook.run(evaluated.run_id), ChampionLife()
        if evaluated.life is not None:
            life = read_life(
                self.store, self.ledger, evaluated.life, candidate, evaluation.test_digest,
                earlier=evaluated.earlier, challenger=evaluated.challenger_run,
            )  # fmt: skip
        verdict = gate.decide(
            evaluation, self.config,
            history=life, challenger=challenger, challenger_error=evaluated.challenger_error,
        )  # fmt: skip
        verdict = name_models(verdict, evaluated)
        exam = exam_of(
            verdict, evaluated, candidate, self.config.gate, evaluation=evaluation, challenger=challenger
        )
        log_verdict(hook, verdict, evaluated, (*life.exams, exam) if exam else ())
        self.link(MlflowRunLink.name, evaluated.run_url)
        if preview:
            self.log.info("Preview: nothing is registered, promoted or recorded in the ledger")
            return verdict, None
        if exam is not None:
            record_exam(self.store, self.config.name, life.name, exam)
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
        self.note_tally()
