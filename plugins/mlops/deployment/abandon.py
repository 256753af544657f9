"""End a deployment that is under way and can't be finished as it began, because its evidence is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from include.deployment.outcome import KIND, Ending, Outcome, ending, final_verdict, planned_verdict
from include.promotion.alias_plan import decision_id
from include.verdicts import Verdict
from mlops.deployment.claim import give_up, write_down
from mlops.deployment.receive import copy_key
from mlops.deployment.source_entry import close_deployment
from mlops.tracking.runs import find_run
from mlops.tracking.tags import DEPLOYED_FROM, DEPLOYED_RUN, DEPLOYED_TO, DEPLOYED_VERSION, RUN_KEY, VERSION

if TYPE_CHECKING:
    from mlops.tracking.ledger import Entry, Ledger


def abandon_in_target(ledger: Ledger, source: str, target: str) -> Verdict:
    """End the deployment that is planned in a target's ledger; return how, as a verdict.

    One whose version serves already is written down as what it is: deployed.

    :param ledger: the target's ledger.
    :param source: the environment that it is from.
    :param target: the environment of this process.
    :raises StaleDecisionError: the aliases are about to move, so it is to be finished.
    """
    planned = _planned(ledger, DEPLOYED_FROM, source)
    verdict = _given_up(ledger.model, source)
    if not planned:
        verdict = replace(verdict, summary=f"nothing is under way in {target}")
    for entry in planned:
        key = copy_key(source, entry.tags[DEPLOYED_RUN])
        copy = find_run(ledger.hook, f"{ledger.model}/training", RUN_KEY, key)
        promotion = copy and ledger.find(decision_id(ledger.model, "promotion", copy.info.run_id))
        state = str(promotion.state) if promotion else None
        if promotion and ending(state, what=entry.summary, decision=entry.decision_id) is Ending.FINISH:
            verdict = _finished(ledger.model, entry, promotion, source, target)
            write_down(ledger, entry, verdict)
        else:
            give_up(ledger, entry, verdict)
    return verdict


def abandon_in_source(ledger: Ledger, target: str, verdict: Verdict) -> None:
    """End what is planned in a source's ledger as it was ended in the target.

    :param ledger: the source's ledger.
    :param target: the environment that it goes to.
    :param verdict: what :func:`abandon_in_target` returned.
    """
    for entry in _planned(ledger, DEPLOYED_TO, target):
        if entry.decision_id == verdict.inputs.get("deployment"):
            close_deployment(ledger, entry.decision_id, verdict)
        else:
            give_up(ledger, entry, _given_up(ledger.model, str(verdict.inputs["from"])))


def _given_up(model: str, source: str) -> Verdict:
    return Verdict(
        kind=KIND, decision=str(Outcome.REFUSED), subject=f"{model} from {source}",
        summary="given up by hand (bin/mlops deploy --abandon)", inputs={"from": source},
    )  # fmt: skip


def _finished(model: str, entry: Entry, promotion: Entry, source: str, target: str) -> Verdict:
    version, there = promotion.tags[VERSION], entry.tags[DEPLOYED_VERSION]
    found = final_verdict(
        planned_verdict(model, there, source, target), Outcome.DEPLOYED, reasons=(), target_version=version,
        why=f"version {version} was promoted in {target} before the deployment was interrupted: it is over",
    )  # fmt: skip
    return replace(found, inputs={**found.inputs, "deployment": entry.decision_id})


def _planned(ledger: Ledger, tag: str, environment: str) -> list[Entry]:
    return [
        one
        for one in ledger.entries(kind=KIND)
        if one.tags.get(tag) == environment and not one.applied and not one.abandoned
    ]
