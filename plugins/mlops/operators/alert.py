"""Send an alert about a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.alerting.compose import alert_about_verdict
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.results.monitoring import Alerted
from mlops.operators.results.task_input import TaskInput
from mlops.run_context import as_of_date, log_url

if TYPE_CHECKING:
    from airflow.sdk import Context


class AlertOperator(ModelOperator):
    """Sends one alert with a verdict's reasons. A rejected candidate is not a failure: the task succeeds.

    :param verdict: the verdict.
    :param url: where to look: the run in MLflow, or a report.
    :param cause: what the verdict is about, such as a digest of the evidence; people are notified once for a
        cause. Empty: the candidate that was rejected, or the champion that blocks, or the verdict's subject
        without its dates.
    """

    ui_color = "#ffe0dc"
    verdict = TaskInput(Verdict, Verdict.from_dict)

    def __init__(self, *, verdict: Any, url: Any = "", cause: Any = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.verdict = verdict
        self.url = url
        self.cause = cause

    def execute(self, context: Context) -> dict[str, Any]:
        """Send it; return the cause, and whether people were notified now."""
        alert = alert_about_verdict(
            self.config.name,
            self.verdict,
            subject=str(self.cause or ""),
            report=str(self.url or ""),
            log=log_url(context),
            as_of=as_of_date(context),
        )
        return Alerted(cause=alert.cause.digest, notified=self.send_alert(alert)).to_xcom()
