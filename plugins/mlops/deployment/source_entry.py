"""A deployment's entry in the source's ledger: planned before anything leaves, closed as the target did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.deployment.outcome import KIND, Outcome, planned_verdict
from include.deployment.plan import EarlierTry, identify
from include.errors import StaleDecisionError
from include.promotion.rollback import rolled_back_by
from mlops.deployment.claim import give_up, write_down
from mlops.tracking.tags import (
    BY,
    DEPLOYED_RUN,
    DEPLOYED_TO,
    DEPLOYED_VERSION,
    DEPLOYMENT,
    TRAINING_KEY,
    VERSION,
)

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from include.verdicts import Verdict
    from mlops.tracking.ledger import Entry, Ledger


def plan_in_source(
    ledger: Ledger, version: ModelVersion, *, source: str, target: str, decided_by: str
) -> Entry:
    """Return the entry of a deployment, planned now or by an earlier try that was not given up.

    :param ledger: the source's ledger.
    :param version: what is deployed.
    :param source: the environment of this process.
    :param target: the environment that it goes to.
    :param decided_by: who asked for it.
    :raises StaleDecisionError: the source rolled back from the version.
    """
    known = ledger.entries(kind=KIND)
    run_id = str(version.run_id)
    earlier = [
        EarlierTry(
            identifier=entry.decision_id,
            open=not (entry.applied or entry.abandoned),
            abandoned=entry.abandoned,
        )
        for entry in known
        if (entry.tags.get(DEPLOYED_RUN), entry.tags.get(DEPLOYED_TO)) == (run_id, target)
    ]
    if all(one.abandoned for one in earlier):  # else it has begun, and is finished as it was decided
        _refuse_rolled_back(ledger, version, source)
    identifier = identify(ledger.model, run_id, source, target, earlier)
    return ledger.record_planned(
        identifier,
        planned_verdict(ledger.model, str(version.version), source, target),
        plan={},
        decided_by=decided_by,
        tags={
            DEPLOYMENT: identifier,
            DEPLOYED_RUN: run_id,
            DEPLOYED_TO: target,
            VERSION: str(version.version),
            TRAINING_KEY: version.tags[TRAINING_KEY],
            BY: decided_by,
        },
    )


def _refuse_rolled_back(ledger: Ledger, version: ModelVersion, source: str) -> None:
    forbidden = rolled_back_by(ledger.steps(), key="", version=str(version.version))
    if forbidden:
        raise StaleDecisionError(
            f"{ledger.model} version {version.version} of {source} was rolled back from there by decision "
            f"{forbidden}: nothing was copied. To deploy it nevertheless, roll back to it in {source} first."
        )


def close_deployment(ledger: Ledger, identifier: str, verdict: Verdict) -> None:
    """Write down in the source's ledger what came of a deployment; it may be repeated.

    :param ledger: the source's ledger.
    :param identifier: id of the decision.
    :param verdict: what the target decided.
    """
    entry = ledger.find(identifier)
    if entry is None or entry.applied or entry.abandoned:
        return
    if verdict.decision in {Outcome.DEPLOYED, Outcome.SUPERSEDED}:
        write_down(ledger, entry, verdict, tag=DEPLOYED_VERSION)
    elif verdict.decision == Outcome.REFUSED:
        give_up(ledger, entry, verdict)
