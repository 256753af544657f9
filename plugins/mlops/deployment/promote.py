"""In the target: a copy becomes champion as any candidate does: gate, approval, check, write-ahead entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from include.deployment.evidence import DECIDED
from include.deployment.outcome import Outcome
from include.errors import StaleDecisionError
from include.promotion.alias_plan import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION, decision_id
from include.promotion.approval import approval_verdict
from include.verdicts import Reason
from mlops import object_keys
from mlops.deployment.claim import check_not_given_up
from mlops.deployment.examine import examine_copy
from mlops.tracking.approvals import record_answer
from mlops.tracking.promises import add_promise
from mlops.tracking.promotion import apply_promotion, check_reproducibility, check_still_holds, describe_check
from mlops.tracking.tags import (
    AS_OF_DATE,
    CANDIDATE_RUN,
    DATASET,
    DEPLOYED_FROM,
    DEPLOYED_VERSION,
    DEPLOYMENT,
    TEST_DIGEST,
    TRAINING_KEY,
    VERSION,
)

if TYPE_CHECKING:
    from include.verdicts import Verdict
    from mlops.deployment.examine import Examined
    from mlops.deployment.target import Target
    from mlops.tracking.ledger import Entry

_KEPT = (
    f"{DECIDED}/promotion.json"  # artifact of the copy's run: the verdict, before an alias plan is applied
)


def promote_copy(target: Target, run_id: str, version: str, reasons: list[Reason]) -> tuple[Outcome, str]:
    """Let the target's gate decide about a copy, and make it the champion; return what came of it, and why.

    :param target: the deployment.
    :param run_id: the copy's run.
    :param version: its version here.
    :param reasons: what is found is added to it.
    :raises ModelError: it does not reproduce its predictions.
    :raises StaleDecisionError: the decision does not hold any more, or nobody approved it.
    """
    identifier = decision_id(target.model, "promotion", run_id)
    entry = target.ledger.find(identifier)
    if entry is None:
        exam = examine_copy(target, target.hook.run(run_id), version)
        if exam is not None:
            return _decide(target, version, identifier, exam, reasons)
        entry = target.ledger.find(identifier)  # of another process of the same deployment
        if entry is None:
            return Outcome.REFUSED, f"version {version} is champion in {target.evidence.target} already"
    if not entry.applied:
        verdict = target.read_verdict(run_id, _KEPT)
        approved = _still_holds(target, run_id, version, entry.plan.get(PREVIOUS_CHAMPION), entry)
        _apply(target, verdict, version, entry=entry, identifier=identifier, tags=approved)
    return Outcome.DEPLOYED, _done(target, version)


def _decide(
    target: Target, version: str, identifier: str, exam: tuple[Verdict, Examined], reasons: list[Reason]
) -> tuple[Outcome, str]:
    """Act on the gate's verdict."""
    gated, examined = exam
    found, run_id, passed = target.evidence, examined.run_id, gated.decision == "promote"
    reasons.append(
        Reason(rule="gate", passed=passed, found=gated.summary, required=f"promote, by {found.target}'s gate")
    )
    if not passed:
        if gated.decision == "reject":
            entry = target.ledger.record_planned(
                decision_id(target.model, "rejection", run_id), gated, plan={},
                decided_by=target.decided_by, tags=_answer_tags(target, run_id),
            )  # fmt: skip
            target.ledger.record_applied(entry, gated)
        return Outcome.REFUSED, f"the gate of {found.target}: {gated.summary}"
    if waiting := _ask(target, run_id, version, gated):
        return Outcome.WAITING, waiting
    approved = _still_holds(target, run_id, version, examined.champion_version, None)
    check = check_reproducibility(
        target.hook, target.store, target.config, version,
        dataset_key=found.version_tags[DATASET], test_digest=target.test_digest,
        scores_key=f"{object_keys.evaluation(found.model, found.run_id)}/scores.parquet",
    )  # fmt: skip
    reasons.append(
        Reason(
            rule="reproducibility check", passed=True, found=describe_check(version, check),
            required=f"the predictions that it made in {found.source}",
        )
    )  # fmt: skip
    before = examined.champion_version
    instead = f" in place of version {before}" if before else ", the first one"
    verdict = replace(
        gated, kind="promotion", subject=f"version {version} becomes champion{instead}",
        inputs={**gated.inputs, "deployed_from": found.source, "deployment": found.deployment},
    )  # fmt: skip
    verdict, promised = add_promise(
        verdict, target.store, target.config, evaluated=examined, evaluation_key=examined.evaluation_key,
        dataset_key=found.version_tags[DATASET], as_of=found.version_tags.get(AS_OF_DATE, ""),
    )  # fmt: skip
    target.hook.log_json(run_id, verdict.to_dict(), _KEPT)
    tags = {**approved, **promised}
    _apply(target, verdict, version, entry=None, identifier=identifier, tags=tags)
    return Outcome.DEPLOYED, _done(target, version)


def _still_holds(
    target: Target, run_id: str, version: str, champion: str | None, entry: Entry | None
) -> dict[str, str]:
    """Return who approved it; a planned promotion that does not hold any more is abandoned."""
    try:
        return check_still_holds(
            target.registry, target.ledger, version,
            run_id=run_id, champion=champion, training_key=target.training_key,
            approval=target.config.approval == "required", trained=target.evidence.started,
        )  # fmt: skip
    except StaleDecisionError:
        if entry is not None:
            target.ledger.record_abandoned(entry)
        raise


def _apply(
    target: Target,
    verdict: Verdict,
    version: str,
    *,
    entry: Entry | None,
    identifier: str,
    tags: dict[str, str],
) -> None:
    found = target.evidence
    if entry is None:
        check_not_given_up(target)
    apply_promotion(
        target.registry, target.ledger, verdict, version,
        identifier=identifier, entry=entry, decided_by=target.decided_by,
        tags={
            TRAINING_KEY: target.training_key, VERSION: version, DEPLOYED_FROM: found.source,
            DEPLOYED_VERSION: found.version, DEPLOYMENT: found.deployment, **tags,
        },
    )  # fmt: skip


def _ask(target: Target, run_id: str, version: str, verdict: Verdict) -> str:
    """Return what a deployment waits for; empty where nobody is asked, or somebody has answered."""
    identifier = decision_id(target.model, "approval", run_id)
    if target.config.approval != "required" or target.ledger.find(identifier) is not None:
        return ""
    if target.answer is None:
        target.registry.set_alias(CHALLENGER, version)
        return (
            f"version {version} waits for an approval in {target.evidence.target} (approval: required in "
            "model.yaml): run it again with --approved-by NAME, or --rejected-by NAME"
        )
    record_answer(
        target.registry, target.ledger, approval_verdict(verdict, version, target.answer), version,
        target.answer, identifier=identifier, decided_by=target.decided_by,
        tags=_answer_tags(target, run_id),
    )  # fmt: skip
    return ""


def _answer_tags(target: Target, run_id: str) -> dict[str, str]:
    return {TRAINING_KEY: target.training_key, CANDIDATE_RUN: run_id, TEST_DIGEST: target.test_digest}


def _done(target: Target, version: str) -> str:
    serving = target.registry.aliases().get(CHAMPION)
    since = "" if serving == version else f" (version {serving} does by now)"
    found = target.evidence
    return f"version {version} serves in {found.target}{since}: version {found.version} of {found.source}"
