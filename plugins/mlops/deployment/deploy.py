"""In the target: from what was collected to a champion, or to a refusal that both ledgers know.

The order of writes: the planned entry in the ledger, which only one deployment of a model can have at a time;
the copy, which becomes a version only when every byte of it has been compared; exam, approval,
reproducibility check; the promotion, with the write-ahead entry of any promotion; and the deployment's entry,
closed last. Each may be repeated, so a deployment that was killed is finished by running it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.deployment.outcome import Outcome, final_verdict, outcome_now
from include.errors import InputError, StaleDecisionError
from include.promotion.rollback import rolled_back_by
from include.verdicts import Reason
from mlops.deployment.claim import claim, close
from mlops.deployment.promote import promote_copy
from mlops.deployment.receive import copy_version, register_copy
from mlops.tracking.model_registry import CHALLENGER, CHAMPION
from mlops.tracking.tags import EVALUATION_DIGEST

if TYPE_CHECKING:
    from include.verdicts import Verdict
    from mlops.deployment.target import Target


def deploy(target: Target) -> Verdict:
    """Return what came of a deployment.

    :param target: the deployment.
    :raises StaleDecisionError: another deployment of the model is under way.
    :raises DataError: the evidence is not complete, or did not arrive complete: run it again.
    :raises InfrastructureError: a server is away: run it again.
    """
    entry = claim(target)
    if entry.applied or entry.abandoned:
        return outcome_now(target.read_verdict(entry.run_id), target.registry.aliases().get(CHAMPION))
    reasons: list[Reason] = []
    version: str | None = None
    try:
        _refuse_rolled_back(target)
        run = copy_version(target.hook, target.store, target.evidence, target.folder)
        reasons += [_copied(target), _evaluated(target)]
        version = register_copy(target.registry, target.evidence, run)
        outcome, why = promote_copy(target, run.info.run_id, version, reasons)
    except InputError as error:
        if version is None and not isinstance(error, StaleDecisionError):
            raise  # half a copy: the next try completes it
        outcome, why = Outcome.REFUSED, str(error)
        reasons.append(Reason(rule="refused", passed=False, found=why, required="no objection"))
    if version and outcome is Outcome.REFUSED and target.registry.aliases().get(CHALLENGER) == version:
        target.registry.delete_alias(CHALLENGER)  # it waited for an approval
    return close(
        target, final_verdict(target.planned, outcome, why=why, reasons=reasons, target_version=version)
    )


def _refuse_rolled_back(target: Target) -> None:
    """Refuse what somebody has rolled back from here, before anything is copied.

    :raises StaleDecisionError: somebody has.
    """
    found = target.evidence
    forbidden = rolled_back_by(target.ledger.steps(), key=target.training_key, since=found.started)
    if forbidden:
        raise StaleDecisionError(
            f"{found.model} version {found.version} of {found.source}, or one that learned from the very "
            f"same, was rolled back from in {found.target} by decision {forbidden}: nothing was copied. To "
            f"serve it nevertheless, trigger {found.model}_rollback there, or train again with force."
        )


def _copied(target: Target) -> Reason:
    files = target.evidence.files
    size = sum(one.size for one in files)
    return Reason(
        rule="copy",
        passed=True,
        found=f"{len(files)} files, {size:,} bytes, each as it was in {target.evidence.source}",
        required="every byte",
    )


def _evaluated(target: Target) -> Reason:
    """Say whether the source knew that its evaluation was not changed; if it was, nothing was collected."""
    digest = target.evidence.run_tags.get(EVALUATION_DIGEST)
    unknown = "unknown: it was evaluated before digests of evaluations were recorded"
    return Reason(
        rule="evaluation",
        passed=True if digest else None,
        found=f"as it was written, sha256 {digest[:12]}" if digest else unknown,
        required=f"the digest that its run in {target.evidence.source} has",
    )
