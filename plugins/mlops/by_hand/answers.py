"""Approve or reject a version by hand, as the answer to the approval task of a run would be kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.errors import RefusedError
from include.promotion.alias_plan import CHAMPION, decision_id
from include.promotion.approval import APPROVE, Answer, approval_verdict, read_comment
from mlops.by_hand.outcome import Outcome
from mlops.tracking.approvals import record_answer
from mlops.tracking.tags import CANDIDATE_RUN, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from mlops.by_hand.kept_run import KeptRun
    from mlops.by_hand.learning import Learning


def waits_for_approval(learning: Learning, kept: KeptRun) -> bool:
    """Return whether a version needs a person's approval that nobody has given or refused.

    :param learning: the model.
    :param kept: the run that registered the version.
    """
    identifier = decision_id(learning.config.name, "approval", kept.results["register"]["run_id"])
    return learning.config.approval == "required" and learning.ledger.find(identifier) is None


def answer(learning: Learning, kept: KeptRun, *, approved: bool, comment: str) -> Outcome:
    """Record who approves or rejects a version, and why; a rejected one loses ``challenger``.

    :param learning: the model.
    :param kept: the run that registered the version.
    :param approved: whether it may serve.
    :param comment: why.
    :raises RefusedError: it was answered otherwise before, or serves already.
    """
    registered, model = kept.results["register"], learning.config.name
    version, run_id = str(registered["version"]), registered["run_id"]
    identifier = decision_id(model, "approval", run_id)
    known = learning.ledger.find(identifier)
    if known is not None and (known.decision == APPROVE) != approved:
        raise RefusedError(f"version {version} was answered before: {known.summary}. Nothing was changed.")
    if not approved and learning.registry.aliases().get(CHAMPION) == version:
        raise RefusedError(
            f"version {version} is {model}'s champion: it is left with `bin/mlops rollback {model} "
            "--reason ...`. Nothing was changed."
        )
    given = Answer(
        approved=approved,
        by=learning.user,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        comment=read_comment(comment),
    )
    verdict = approval_verdict(learning.gate_verdict(kept), version, given)
    verdict = replace(verdict, subject=f"version {version} of {model}, on manual request")
    record_answer(
        learning.registry, learning.ledger, verdict, version, given,
        identifier=identifier, decided_by=f"{model}_training/{kept.run_id}/approve",
        tags={
            TRAINING_KEY: registered["training_key"] or kept.pushed["train"]["training_key"],
            TEST_DIGEST: kept.results["evaluate"]["test_digest"],
            CANDIDATE_RUN: run_id,
        },
    )  # fmt: skip
    return Outcome(
        done=[verdict.summary],
        figures={"version": version, "approved": approved, "by": given.by, "decision_id": identifier},
        verdicts=[verdict],
    )
