"""Promotion on manual request: who approved or rejected a candidate that passed its gate, when, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.errors import StaleDecisionError
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.verdicts import Verdict

APPROVE, REJECT = "approve", "reject"
_LONGEST_COMMENT = 2000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered.

    :param approved: whether the candidate may serve.
    :param by: who answered; ``nobody`` when the time was up.
    :param at: when, ISO time in UTC.
    :param comment: what was written with it.
    :param timed_out: whether nobody answered in time, which rejects.
    """

    approved: bool
    by: str
    at: str
    comment: str = ""
    timed_out: bool = False

    @property
    def outcome(self) -> str:
        """``approved``, ``rejected``, or ``timed out``, which rejects as well."""
        return "approved" if self.approved else "timed out" if self.timed_out else "rejected"


def read_comment(text: object) -> str:
    """Return a comment on one line, cut where it is long."""
    return " ".join(str(text or "").split())[:_LONGEST_COMMENT]


def approval_verdict(gate: Verdict, version: str, answer: Answer) -> Verdict:
    """Return the gate's verdict as a person decided on it.

    Its decision is ``reject``, like the gate's, if the candidate may not serve: it is then found among the
    rejected candidates, and the same data is not trained on again.

    :param gate: the gate's verdict.
    :param version: the candidate's version.
    :param answer: what was answered.
    """
    comment = f": {answer.comment}" if answer.comment else ""
    if answer.approved:
        summary = f"{answer.by} approved version {version}{comment}"
    elif answer.timed_out:
        summary = f"nobody approved version {version} in time, so it is rejected"
    else:
        summary = f"{answer.by} rejected version {version}{comment}"
    reason = Reason(
        rule="approval",
        passed=answer.approved,
        found=f"{answer.outcome} by {answer.by} at {answer.at}{comment}",
        required="a person's approval (approval: required in model.yaml)",
    )
    return replace(
        gate,
        kind="approval" if answer.approved else "rejection",
        decision=APPROVE if answer.approved else REJECT,
        summary=summary,
        reasons=(*gate.reasons, reason),
        counterfactuals=(
            ("a rejection, or no answer in time",)
            if answer.approved
            else (f"an approval; to be asked again, train with force (version {version} stays as it is)",)
        ),
    )


def check_approved(decision: str | None, version: str) -> None:
    """Make sure that a version whose model asks for an approval has one.

    :param decision: the decision in the ledger; None where nobody was asked.
    :param version: the version.
    :raises StaleDecisionError: it has none.
    """
    if decision == APPROVE:
        return
    found = "nobody was asked" if decision is None else "it was rejected"
    raise StaleDecisionError(
        f"version {version} may not serve without an approval (approval: required in model.yaml), and "
        f"{found}: nothing was moved. Was the task approve marked as successful by hand, or approval "
        "switched on while the run was under way? Trigger the DAG again with force."
    )
