"""A person decides whether a candidate that passed its gate may serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param

from include.alerting.alert import Alert, Cause
from include.promotion.alias_plan import CHALLENGER, decision_id
from include.promotion.approval import approval_verdict
from include.verdicts import Verdict
from mlops.defaults import APPROVAL_TIME
from mlops.operators.base import ModelOperator
from mlops.operators.links import ModelVersionLink
from mlops.operators.results.decisions import Approved
from mlops.operators.results.task_input import TaskInput
from mlops.operators.results.training import Evaluated, Registered
from mlops.run_context import as_of_date, log_url, run_key
from mlops.tracking.approvals import answer_from_event, answer_from_tags, record_answer
from mlops.tracking.tags import CANDIDATE_RUN, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.promotion.approval import Answer


def comment_form() -> dict[str, Param]:
    """Return the form beside the two buttons, as ``params`` of the task."""
    return {
        "comment": Param(
            "", type="string", title="Comment", description="Kept on the version and in the ledger."
        )
    }


class ApproveModelOperator(ModelOperator, ApprovalOperator):
    """Airflow's ``ApprovalOperator``, with the gate's comparison as the text and the answer kept for good.

    While the question is open the version is ``challenger``, so that people can try it. No answer in time
    rejects. Who answered, when and with which comment is kept on the version and in the ledger, once: a retry
    finds the answer and does not ask again. A rejected version loses ``challenger``, because nobody who tries
    challengers should go on with one that a person rejected; its data is not trained on again automatically.

    :param registered: what ``register`` returned.
    :param evaluated: what ``evaluate`` returned.
    :param verdict: the gate's verdict, which is shown.
    :param training_key: digest of data, configuration and estimator.
    """

    operator_extra_links = (ModelVersionLink(),)
    shown = True
    ui_color = "#fff5d6"
    registered = TaskInput(Registered)
    evaluated = TaskInput(Evaluated)
    verdict = TaskInput(Verdict, Verdict.from_dict)

    def __init__(
        self, *, registered: Any, evaluated: Any, verdict: Any, training_key: Any, **kwargs: Any
    ) -> None:
        super().__init__(
            subject="May this candidate serve?",
            defaults=ApprovalOperator.REJECT,
            response_timeout=APPROVAL_TIME,
            **kwargs,
        )
        self.registered = registered
        self.evaluated = evaluated
        self.verdict = verdict
        self.training_key = training_key

    def execute(self, context: Context) -> Any:
        """Ask, unless the answer is known."""
        model, version = self.model_registry.model, self.registered.version
        entry = self.ledger.find(self._decision_id())
        if entry is not None:
            answer = answer_from_tags(entry.tags)
            self.log.info("Answered before, by %s at %s", answer.by, answer.at)
            self._keep(context, answer)
            if not answer.approved:
                self.skip(ti=context["ti"], tasks=context["task"].get_direct_relatives(upstream=False))
            return Approved(approved=answer.approved, by=answer.by).to_xcom()
        self.model_registry.set_alias(CHALLENGER, version)
        hours = APPROVAL_TIME.total_seconds() / 3600
        self.subject = f"May version {version} of {model} serve?"
        self.body = f"{self.verdict.to_markdown()}\n\n[The version]({self.model_registry.url(version)})"
        self._notify(
            context,
            kind="approval: asked",
            subject=f"version {version} waits for an approval",
            text=f"{self.verdict.to_text()}\nNo answer within {hours:.0f} hours rejects it.",
            effect="The champion keeps serving until somebody approves.",
        )
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Keep the answer, then go on or skip what follows."""
        if "error" not in event:
            self.validate_chosen_options(event["chosen_options"])
            self._keep(context, answer_from_event(event, approve=self.APPROVE))
        return super().execute_complete(context, event)

    def _keep(self, context: Context, answer: Answer) -> None:
        """Put the answer on the version and into the ledger; each step may be repeated."""
        registry, version = self.model_registry, self.registered.version
        verdict = approval_verdict(self.verdict, version, answer)
        record_answer(
            registry, self.ledger, verdict, version, answer,
            identifier=self._decision_id(), decided_by=run_key(context),
            tags={
                TRAINING_KEY: self.registered.training_key or self.training_key,
                TEST_DIGEST: self.evaluated.test_digest,
                CANDIDATE_RUN: self.registered.run_id,
            },
        )  # fmt: skip
        self.link(ModelVersionLink.name, registry.url(version))
        self.note(verdict=verdict)
        self.show(context)  # a rejection skips what follows, and ends without post_execute
        self.log.info("%s", verdict.to_text())
        if not answer.approved:
            self._notify(
                context, kind="approval: rejected", subject=verdict.summary, text=verdict.to_text(),
                effect="The champion keeps serving. The same data is not trained on again automatically.",
            )  # fmt: skip

    def _notify(self, context: Context, *, kind: str, subject: str, text: str, effect: str) -> None:
        model, page = self.model_registry.model, log_url(context).partition("?")[0]
        self.send_alert(
            Alert(
                cause=Cause(model=model, kind=kind, subject=self.registered.run_id, event=True),
                subject=f"{model}: {subject}",
                text=text,
                effect=effect,
                links={
                    "Airflow": f"{page}/required_actions" if page else "",
                    "Model version": self.model_registry.url(self.registered.version),
                },
                runbook="approval",
                as_of=as_of_date(context),
            )
        )

    def _decision_id(self) -> str:
        return decision_id(self.model_registry.model, "approval", self.registered.run_id)
