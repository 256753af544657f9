"""Why a retraining was started, at the head of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import DataError
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class ShowEvidenceOperator(ModelOperator):
    """Shows the verdict that monitoring handed on with the trigger, and where its report is.

    A retraining that somebody started by hand has none, and says so.

    :param model_folder: the folder with ``model.yaml``.
    :param evidence: ``verdict`` (as :meth:`Verdict.to_dict` gives it), ``report`` (place in the object store)
        and ``url`` (the window's MLflow run); None without.
    """

    template_fields: Sequence[str] = ("model_folder", "evidence")
    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"

    def __init__(self, *, model_folder: str, evidence: Any, **kwargs: Any) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.evidence = evidence

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the reason in one sentence.

        :raises DataError: there is evidence, but not what monitoring hands on.
        """
        if not self.evidence:
            self.log.info("Started by hand, without evidence from monitoring")
            return {"reason": "started by hand"}
        try:
            verdict = Verdict.from_dict(self.evidence["verdict"])
            report = self.evidence["report"]
        except (KeyError, TypeError) as error:
            raise DataError(
                f"the run's evidence can't be read ({type(error).__name__}: {error}): expected what "
                f"{self.config.name}_monitoring hands on, with verdict and report. To retrain by hand, leave "
                "evidence empty."
            ) from error
        if url := self.evidence.get("url"):
            self.link(MlflowRunLink.name, url)
        self.log.info("The report: %s (%s)", report, url or "no MLflow run")
        self.log.info("%s", verdict.to_text())
        return {"reason": verdict.summary, "report": report}
