"""Probation: keep the newest champion, ask, or roll back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.operators.decision import DecisionOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results.data import Extracted
from mlops.operators.results.task_input import TaskInput
from mlops.run_context import PROBATION_RUN, run_key

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.promotion.probation.decide import Outcome
    from include.verdicts import Verdict


class ProbationOperator(DecisionOperator):
    """Compares the newest champion with the version that it displaced, and keeps the accounts of promotions.

    Everything follows from predictions, labels and the ledger. Each decision about a promotion gets one
    ledger entry for its look, and each piece of evidence triggers at most one rollback: the run id names it.
    A run as of a date before the newest one that was looked at reports and decides nothing.

    It pushes ``verdict`` and, with a rollback, ``run_id`` and ``conf``.

    :param as_of: as-of date (ISO); labels delivered after it do not exist for this run.
    :param extracted: what ``extract`` returned.
    :param roll_back: id of the task to go on with where the champion is rolled back automatically.
    :param ask: id of the task to go on with where a person has to decide.
    """

    operator_extra_links = (ModelVersionLink(),)
    ui_color = "#fff5d6"
    extracted = TaskInput(Extracted)

    def __init__(self, *, as_of: str, extracted: Any, roll_back: str, ask: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.as_of = as_of
        self.extracted = extracted
        self.roll_back = roll_back
        self.ask = ask

    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the task to follow, which is None if there is nothing to do.

        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        """
        from include.promotion.probation.report import accounts_table, idle_verdict
        from include.promotion.probation.subject import ProbationDecision
        from mlops.data.inputs import read_manifest
        from mlops.data.quarantine import without_quarantined
        from mlops.monitoring.probation import Probations

        config, store = self.config, self.store
        probations = Probations(config, self.mlflow, as_of=self.as_of)
        if any(life.compared for life in probations.lives):
            manifest = read_manifest(store, self.extracted.manifest_key)
            manifest = without_quarantined(store, config.name, manifest)
            with tempfile.TemporaryDirectory(prefix="probation-") as folder:
                probations.compare(self.data_registry, manifest, Path(folder))
        outcome = probations.decide()
        if probations.is_past:
            self.log.info("A later date was looked at already: nothing is recorded or started")
            return outcome.verdict if outcome else idle_verdict(config.name, probations.lives), None
        if outcome is not None and probations.record(outcome, run_key(context)):
            self.log.info("Recorded in the ledger: %s", outcome.verdict.summary)
        if changed := probations.draw_up_accounts(outcome):
            self.log.info("%s", accounts_table(changed))
            self.note(accounts=changed)
        if outcome is None:
            return idle_verdict(config.name, probations.lives), None
        if outcome.decision is ProbationDecision.ROLL_BACK:
            self._hand_on(context, outcome)
            return outcome.verdict, self.roll_back
        return outcome.verdict, self.ask if outcome.decision is ProbationDecision.ASK else None

    def _hand_on(self, context: Context, outcome: Outcome) -> None:
        """Hand on which run rolls back, and with what params."""
        inputs = outcome.verdict.inputs
        self.link(ModelVersionLink.name, self.model_registry.url(inputs["version"]))
        self.push(context, "run_id", f"{PROBATION_RUN}{outcome.digest}")
        self.push(
            context,
            "conf",
            {
                "target": inputs["displaced"],
                "only_from": inputs["version"],
                "reason": f"probation: {outcome.verdict.summary}",
            },
        )
