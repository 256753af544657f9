"""Send an alert about a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.alerting.compose import alert_about_verdict
from include.verdicts import Verdict
from mlops.alerts.send import alert_store, send_alert
from mlops.operators.base import ModelOperator
from mlops.run_context import as_of_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class AlertOperator(ModelOperator):
    """Sends one alert with a verdict's reasons. A rejected candidate is not a failure: the task succeeds.

    :param model_folder: the folder with ``model.yaml``.
    :param verdict: the verdict.
    :param url: where to look: the run in MLflow, or a report.
    :param cause: what the verdict is about, such as an evidence's digest: people are notified once per cause.
        Empty: the candidate that was rejected, the champion that blocks, or the verdict's subject without
        its dates.
    """

    template_fields: Sequence[str] = ("model_folder", "verdict", "url", "cause")
    ui_color = "#ffe0dc"

    def __init__(
        self, *, model_folder: str, verdict: Any, url: Any = "", cause: Any = "", **kwargs: Any
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.verdict = verdict
        self.url = url
        self.cause = cause

    def execute(self, context: Context) -> dict[str, Any]:
        """Send it; return the cause, and whether people were notified now."""
        alert = alert_about_verdict(
            self.config.name,
            Verdict.from_dict(self.verdict),
            subject=str(self.cause or ""),
            report=str(self.url or ""),
            log=str(getattr(context["ti"], "log_url", "")),
            as_of=as_of_date(context),
        )
        return {"cause": alert.cause.digest, "told": send_alert(self.config, alert, alert_store(self))}
