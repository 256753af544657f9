"""What came of a deployment, when it was planned, when it was over, and now."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from include.errors import StaleDecisionError
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.verdicts import Reason

KIND = "deployment"


class Outcome(StrEnum):
    """What came of a deployment."""

    DEPLOYED = "deployed"
    REFUSED = "refused"
    WAITING = "waits for an approval"
    SUPERSEDED = "superseded"


class Ending(StrEnum):
    """What ``--abandon`` does with a deployment that is under way."""

    GIVE_UP = "give up"
    FINISH = "finish"


def planned_verdict(model: str, version: str, source: str, target: str) -> Verdict:
    """Return the decision to deploy, as it is written down before anything is done.

    :param model: the model's name.
    :param version: its version in the source.
    :param source: the environment that it comes from.
    :param target: the environment that it goes to.
    """
    return Verdict(
        kind=KIND,
        decision="deploy",
        subject=f"{model} version {version} of {source} into {target}",
        summary=f"{model} version {version} of {source} is to serve in {target}",
        inputs={"model": model, "version": version, "from": source, "to": target},
    )


def final_verdict(
    planned: Verdict, outcome: Outcome, *, why: str, reasons: Sequence[Reason], target_version: str | None
) -> Verdict:
    """Return what came of a deployment.

    :param planned: what :func:`planned_verdict` returned.
    :param outcome: what came of it.
    :param why: the main reason, as a sentence.
    :param reasons: each step, and how it came out.
    :param target_version: the version in the target; None where it was not registered.
    """
    number = {} if target_version is None else {"target_version": target_version}
    return Verdict(
        kind=KIND,
        decision=str(outcome),
        subject=planned.subject,
        summary=why,
        reasons=tuple(reasons),
        inputs={**planned.inputs, **number},
    )


def outcome_now(kept: Verdict, serving: str | None) -> Verdict:
    """Return what came of a deployment that is over, in the light of what serves by now.

    Whoever deploys a version wants it to serve; that it once did does not help, if another one does by now.

    :param kept: the verdict that was written down.
    :param serving: the champion in the target; None without one.
    """
    number = kept.inputs.get("target_version")
    if kept.decision != Outcome.DEPLOYED or number == serving:
        return kept
    where, now = kept.inputs["to"], "nothing" if serving is None else f"version {serving}"
    return replace(
        kept,
        decision=str(Outcome.SUPERSEDED),
        summary=(
            f"it was deployed as version {number} of {where}, and {now} serves there by now: nothing was "
            f"changed. To serve it again: `bin/mlops --environment {where} rollback {kept.inputs['model']} "
            f"--to {number} --reason TEXT`"
        ),
    )


def ending(promotion: str | None, *, what: str, decision: str) -> Ending:
    """Return how a deployment that is under way is ended without its source.

    What serves is never taken away: once the aliases have moved, what is left is to write that down.

    :param promotion: state of the promotion's entry in the target's ledger: ``planned``, ``applied`` or
        ``abandoned``; None where there is none.
    :param what: the deployment, as people know it.
    :param decision: its id.
    :raises StaleDecisionError: the aliases are about to move.
    """
    if promotion == "applied":
        return Ending.FINISH
    if promotion == "planned":
        raise StaleDecisionError(
            f"The promotion of decision {decision} has begun ({what}): nothing was given up. Run the "
            "deployment again, which finishes it; a rollback takes it back."
        )
    return Ending.GIVE_UP
