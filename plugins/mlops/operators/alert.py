"""Tell people about a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.verdicts import Verdict
from mlops.operators.base import ModelOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class AlertOperator(ModelOperator):
    """Sends one alert with a verdict's reasons. A rejected candidate is news, no failure: the task is green.

    :param model_folder: the folder with ``model.yaml``.
    :param verdict: the verdict to tell about.
    :param url: where to look: the run in MLflow, or a report.
    :param cause: what the verdict is about, such as an evidence's digest: the same cause is told once. Empty:
        the candidate that was rejected, or the champion that blocks, or the verdict's subject without its
        dates.
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
        """Send it; return the cause, and whether people were told now."""
        from include.alerting.alert import Alert
        from include.alerting.causes import verdict_cause
        from mlops.alerts.send import send_alert
        from mlops.run_context import as_of_date

        config, verdict = self.config, Verdict.from_dict(self.verdict)
        cause = verdict_cause(config.name, verdict, str(self.cause or ""))
        told = send_alert(
            config,
            Alert(
                cause=cause,
                subject=f"{config.name}: {verdict.kind}: {verdict.decision}",
                text=verdict.to_text(),
                effect="Nothing moved: the champion keeps serving.",
                links={
                    "Report": str(self.url or ""),
                    "Airflow": str(getattr(context["ti"], "log_url", "")),
                },
                as_of=as_of_date(context),
            ),
        )
        return {"cause": cause.digest, "told": told}
