"""Tell people about a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.verdicts import Verdict
from mlops.model_operator import ModelOperator
from mlops.notifiers import alert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class AlertOperator(ModelOperator):
    """Sends one alert with a verdict's reasons. A rejected candidate is news, no failure: the task is green.

    :param model_folder: the folder with ``model.yaml``.
    :param verdict: the verdict to tell about.
    :param url: where to look.
    """

    template_fields: Sequence[str] = ("model_folder", "verdict", "url")
    ui_color = "#ffe0dc"

    def __init__(self, *, model_folder: str, verdict: Any, url: Any = "", **kwargs: Any) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.verdict = verdict
        self.url = url

    def execute(self, context: Context) -> None:
        """Send it."""
        verdict = Verdict.from_dict(self.verdict)
        alert(f"{verdict.subject}: {verdict.decision}", f"{verdict.to_text()}\nSee {self.url}")
