"""What the operators share that decide how a run goes on."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.branch import BaseBranchOperator

from include.alerting.causes import verdict_kind
from mlops.alerts.send import resolve_alerts
from mlops.operators.base import ModelOperator
from mlops.run_context import as_of_date

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.verdicts import Verdict


class DecisionOperator(ModelOperator, BaseBranchOperator):
    """An operator that decides how the run goes on, and whose verdict is the last thing in its log."""

    shown = True

    def post_execute(self, context: Context, result: Any = None) -> None:
        """Do nothing: a branch that skips tasks ends without coming here, so :meth:`execute` has done it."""

    @abstractmethod
    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the id of the task to follow; None skips the rest of the run."""

    def choose_branch(self, context: Context) -> str | None:
        """Decide, and hand the verdict to the tasks that follow."""
        self._verdict, branch = self.decide(context)
        self.push(context, "verdict", self._verdict.to_dict())
        return branch

    def execute(self, context: Context) -> Any:
        """Follow the branch that was chosen."""
        try:
            return super().execute(context)
        finally:  # skipping tasks ends execute with an exception of Airflow's own
            if hasattr(self, "_verdict"):
                self._resolve_alerts(context, self._verdict)
                self.note(verdict=self._verdict)
                self.show(context)
                self.log.info("%s", self._verdict.to_text())

    def _resolve_alerts(self, context: Context, verdict: Verdict) -> None:
        """Resolve the alerts about earlier decisions of this kind, which this decision replaces."""
        kind, as_of = verdict_kind(verdict), as_of_date(context)
        same = f"{verdict.kind}: "
        resolve_alerts(
            self.config,
            lambda known: known.kind != kind and known.kind.startswith(same) and as_of >= known.as_of,
            self.store,
        )
