"""A deployment's entry in the target's ledger: one at a time of each model, without a lock to be left behind.

Entries of deployments take numbered places: the number of those that are over. Of several processes that ask
for the same place, all get the entry of the one that has it (:mod:`mlops.tracking.run_claims`): the same
deployment goes on, another one is refused. A killed process leaves a planned entry, which its next try finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.deployment.outcome import KIND, Outcome
from include.deployment.plan import check_alone
from include.errors import StaleDecisionError
from mlops.tracking.ledger import summary_tag
from mlops.tracking.tags import (
    BY,
    DEPLOYED_FROM,
    DEPLOYED_RUN,
    DEPLOYED_VERSION,
    DEPLOYMENT,
    DEPLOYMENT_SLOT,
    TRAINING_KEY,
    VERSION,
)

if TYPE_CHECKING:
    from include.verdicts import Verdict
    from mlops.deployment.target import Target
    from mlops.tracking.ledger import Entry, Ledger


def claim(target: Target) -> Entry:
    """Return this deployment's entry, planned now or by an earlier try.

    :param target: the deployment.
    :raises StaleDecisionError: another deployment of the model is under way.
    """
    found, ledger = target.evidence, target.ledger
    identifier = found.deployment
    while True:
        known = [one for one in ledger.entries(kind=KIND) if DEPLOYMENT_SLOT in one.tags]
        own = next((one for one in known if one.decision_id == identifier), None)
        if own is not None:
            return own
        over = sum(one.applied or one.abandoned for one in known)
        entry = ledger.record_planned(
            identifier, target.planned, plan={}, decided_by=target.decided_by,
            tags={
                DEPLOYMENT: identifier, DEPLOYED_FROM: found.source, DEPLOYED_VERSION: found.version,
                DEPLOYED_RUN: found.run_id, TRAINING_KEY: target.training_key, BY: target.decided_by,
            },
            place=(DEPLOYMENT_SLOT, str(over)),
        )  # fmt: skip
        if entry.decision_id == identifier:
            return entry
        if not (entry.applied or entry.abandoned):
            check_alone(found.model, identifier, entry.decision_id, entry.summary)


def check_not_given_up(target: Target) -> None:
    """Make sure that nobody has given up this deployment while it was copied and examined.

    :param target: the deployment.
    :raises StaleDecisionError: somebody has.
    """
    entry = target.ledger.find(target.evidence.deployment)
    if entry is None or entry.abandoned:
        raise StaleDecisionError(
            f"{target.planned.subject} was given up meanwhile (decision {target.evidence.deployment}): "
            "nothing was promoted. Run it again, if it is to be deployed after all."
        )


def close(target: Target, verdict: Verdict) -> Verdict:
    """Write down what came of a deployment; return it, or what another process of the same has written.

    One that waits for an approval stays planned.

    :param target: the deployment.
    :param verdict: what came of it.
    """
    ledger = target.ledger
    entry = ledger.find(target.evidence.deployment)
    if entry is None or verdict.decision == Outcome.WAITING:
        return verdict
    if entry.applied or entry.abandoned:
        return target.read_verdict(entry.run_id)
    if verdict.decision == Outcome.DEPLOYED:
        write_down(ledger, entry, verdict)
    else:
        give_up(ledger, entry, verdict)
    return verdict


def write_down(ledger: Ledger, entry: Entry, verdict: Verdict, *, tag: str = VERSION) -> None:
    """Mark a planned deployment as applied, with what came of it and the version that it made.

    :param ledger: the ledger.
    :param entry: its entry.
    :param verdict: what came of it.
    :param tag: how the ledger calls a version of the target.
    """
    number = str(verdict.inputs.get("target_version", ""))
    ledger.hook.set_tags(entry.run_id, {tag: number, **summary_tag(verdict)})
    ledger.record_applied(entry, verdict)


def give_up(ledger: Ledger, entry: Entry, verdict: Verdict) -> None:
    """Mark a planned deployment as abandoned, with the reason.

    :param ledger: the ledger.
    :param entry: its entry.
    :param verdict: why.
    """
    ledger.hook.set_tags(entry.run_id, summary_tag(verdict))
    ledger.hook.log_json(entry.run_id, verdict.to_dict(), "verdict.json")
    ledger.hook.log_text(entry.run_id, verdict.to_markdown(), "verdict.md")
    ledger.record_abandoned(entry)
