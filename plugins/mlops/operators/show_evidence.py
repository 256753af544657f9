"""Why a retraining was started, at the head of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import DataError
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator
from mlops.operators.links import MlflowRunLink
from mlops.operators.results.monitoring import EvidenceShown

if TYPE_CHECKING:
    from airflow.sdk import Context


class ShowEvidenceOperator(ModelOperator):
    """Shows the verdict for which monitoring started the retraining, and where its report is.

    A retraining that somebody started by hand has no evidence, and the log says so.

    :param evidence: ``verdict`` (as :meth:`Verdict.to_dict` gives it), ``report`` (object key) and ``url``
        (the window's MLflow run); None without.
    """

    operator_extra_links = (MlflowRunLink(),)
    ui_color = "#fff5d6"

    def __init__(self, *, evidence: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.evidence = evidence

    def execute(self, context: Context) -> dict[str, Any]:
        """Return the reason in one sentence.

        :raises DataError: there is evidence, but not as monitoring gives it.
        """
        if not self.evidence:
            self.log.info("Started by hand, without evidence from monitoring")
            return EvidenceShown(reason="started by hand").to_xcom()
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
        return EvidenceShown(reason=verdict.summary, report_key=report).to_xcom()
