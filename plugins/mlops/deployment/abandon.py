"""Give up a deployment that is under way and can't be finished, because its evidence is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.deployment.plan import KIND, Outcome
from include.errors import StaleDecisionError
from include.promotion.alias_plan import decision_id
from include.verdicts import Verdict
from mlops.deployment.claim import give_up
from mlops.deployment.receive import copy_key
from mlops.tracking.runs import find_run
from mlops.tracking.tags import DEPLOYED_FROM, DEPLOYED_RUN, DEPLOYED_TO, RUN_KEY

if TYPE_CHECKING:
    from mlops.tracking.ledger import Entry, Ledger


def abandon_in_target(ledger: Ledger, source: str) -> Verdict:
    """Give up the deployment that is planned in a target's ledger; return why, as a verdict.

    :param ledger: the target's ledger.
    :param source: the environment that it is from.
    :raises StaleDecisionError: its promotion has begun, so it is to be finished.
    """
    verdict = Verdict(
        kind=KIND, decision=str(Outcome.REFUSED), subject=f"{ledger.model} from {source}",
        summary="given up by hand (bin/mlops deploy --abandon)",
    )  # fmt: skip
    for entry in _planned(ledger, DEPLOYED_FROM, source):
        key = copy_key(source, entry.tags[DEPLOYED_RUN])
        copy = find_run(ledger.hook, f"{ledger.model}/training", RUN_KEY, key)
        begun = copy and ledger.find(decision_id(ledger.model, "promotion", copy.info.run_id))
        if begun and not begun.abandoned:
            raise StaleDecisionError(
                f"The promotion of decision {entry.decision_id} has begun ({entry.summary}): nothing was "
                "given up. Run the deployment again, which finishes it; a rollback takes it back."
            )
        give_up(ledger, entry, verdict)
    return verdict


def abandon_in_source(ledger: Ledger, target: str, verdict: Verdict) -> None:
    """Give up what is planned in a source's ledger.

    :param ledger: the source's ledger.
    :param target: the environment that it goes to.
    :param verdict: why.
    """
    for entry in _planned(ledger, DEPLOYED_TO, target):
        give_up(ledger, entry, verdict)


def _planned(ledger: Ledger, tag: str, environment: str) -> list[Entry]:
    return [
        one
        for one in ledger.entries(kind=KIND)
        if one.tags.get(tag) == environment and not one.applied and not one.abandoned
    ]
