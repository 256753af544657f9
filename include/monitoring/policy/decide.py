"""The policy: from what was found in the last windows to one decision: retrain, wait, or alert.

Rules, in the order in which the first that fails decides (:mod:`include.monitoring.policy.rules`):

1. **Not the past.** For a date before the newest one decided about, or before the champion's newest labels,
   nothing is started, alerted or remembered: wait.
2. **Good data.** A delivery that broke its contract or can't be read says nothing about the champion, and
   nothing may be learned from it. The others are watched all the same, but a training would meet it and fail,
   and the evidence would be spent: alert, with what else was found.
3. **A champion.** Without one there is nothing to watch: wait.
4. **Evidence.** N of the last M windows, the newest among them; realised performance outranks drift
   (:mod:`include.monitoring.policy.evidence`). None: wait.
5. **Not acted on yet.** Evidence for which a retraining was started does not start another, whatever became
   of the candidate: wait.
6. **New labels.** Too few for the champion to learn from: alert when performance is worse, because the
   champion is worse and nothing can be done about it by training; wait when it only drifted.
7. **Cooldown.** Days of data time, from the last retraining that was started: wait.

Nothing fails: retrain. How one evidence comes to one retraining, although anything may be killed at any
moment, is the subject of :mod:`include.monitoring.policy.exactly_once`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from include.as_of import refuse_future
from include.errors import DataError
from include.monitoring.policy.counterfactuals import first_failure, sentences
from include.monitoring.policy.evidence import PERFORMANCE, retraining_run_id
from include.monitoring.policy.inputs import Case, Champion, PolicyState, WindowFinding, as_date
from include.monitoring.policy.rules import (
    DATA,
    LABELS,
    PAST,
    apply_rules,
    bad_deliveries,
    case_evidence,
    evidence_digest,
    missing_deliveries,
)
from include.monitoring.policy.summary import summarise
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from include.config.monitoring_schema import Policy
    from include.monitoring.policy.missing import MissingDelivery

__all__ = ["ALERT", "RETRAIN", "WAIT", "Champion", "Decision", "PolicyState", "WindowFinding", "decide"]

RETRAIN, WAIT, ALERT = "retrain", "wait", "alert"
_LIMITS = ("windows", "breaches", "cooldown_days", "min_new_labels")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the policy decided.

    :param verdict: of kind ``policy``, with the decision ``retrain``, ``wait`` or ``alert``.
    :param evidence: name of the evidence, 16 hexadecimal digits; None where there is none.
    :param run_id: run id of the retraining to start; None unless the decision is ``retrain``.
    :param state: what to remember.
    """

    verdict: Verdict
    evidence: str | None
    run_id: str | None
    state: PolicyState


def decide(
    findings: Sequence[WindowFinding],
    *,
    model: str,
    champion: Champion | None,
    as_of: str,
    new_labels: int,
    state: PolicyState,
    limits: Policy,
    missing: Sequence[MissingDelivery] = (),
    today: date | None = None,
) -> Decision:
    """Decide whether to retrain.

    :param findings: what was found in each window, in any order; those after ``as_of`` are left out.
    :param model: name of the model.
    :param champion: the version in production; None before the first promotion.
    :param as_of: as-of date of the decision (ISO); time in the policy is the time of the data.
    :param new_labels: labelled rows that the champion has not learned from.
    :param state: what was decided before.
    :param limits: ``monitoring.policy`` of ``model.yaml``.
    :param missing: deliveries that were not looked at; those after ``as_of`` are left out.
    :param today: the date by the clock, in UTC; None where the past is replayed and nothing is remembered.
    :raises DataError: ``as_of`` is no date or lies after ``today``, the state remembers a date that does, or
        a window is listed twice.
    """
    as_date(as_of, "the date of the decision")
    if today is not None:
        refuse_future(as_of, today)
        state.refuse_future(today, model)
    case = Case(
        findings=_in_order(findings, as_of),
        model=model,
        champion=champion,
        as_of=as_of,
        new_labels=new_labels,
        state=state,
        limits=limits,
        missing=tuple(one for one in missing if one.partition <= as_of),
    )
    failure, digest = first_failure(case), evidence_digest(case)
    decision = _outcome(case, failure)
    run_id = None
    if decision == RETRAIN and champion is not None and digest is not None:
        run_id = retraining_run_id(champion.version, digest)
    verdict = Verdict(
        kind="policy",
        decision=decision,
        subject=f"{model} as of {as_of}",
        summary=summarise(case, failure),
        reasons=apply_rules(case),
        inputs=_inputs(case, decision, digest, run_id),
        thresholds={name: getattr(limits, name) for name in _LIMITS},
        counterfactuals=sentences(case),
    )
    return Decision(verdict=verdict, evidence=digest, run_id=run_id, state=_remember(case, failure, run_id))


def _in_order(findings: Sequence[WindowFinding], as_of: str) -> tuple[WindowFinding, ...]:
    """Return the windows up to a date, oldest first."""
    partitions = [finding.partition for finding in findings]
    twice = sorted({partition for partition in partitions if partitions.count(partition) > 1})
    if twice:
        raise DataError(
            f"the policy got window {', '.join(twice)} more than once; expected one finding for each window, "
            "made of its drift and its performance"
        )
    known = [finding for finding in findings if finding.partition <= as_of]
    return tuple(sorted(known, key=lambda finding: finding.partition))


def _outcome(case: Case, failure: str | None) -> str:
    """Return the decision that the first failing rule leads to."""
    if failure is None:
        return RETRAIN
    evidence = case_evidence(case)
    worse = evidence is not None and evidence.kind == PERFORMANCE
    return ALERT if failure == DATA or (failure == LABELS and worse) else WAIT


def _remember(case: Case, failure: str | None, run_id: str | None) -> PolicyState:
    """Return the next state."""
    if failure == PAST or case.champion is None:
        return case.state
    if run_id is None:
        return replace(case.state, watermark=case.as_of)
    return PolicyState(
        watermark=case.as_of, last_retraining=case.as_of, last_evidence=evidence_digest(case), pending=run_id
    )


def _inputs(case: Case, decision: str, digest: str | None, run_id: str | None) -> dict[str, Any]:
    """Return what the decision was made from, as JSON values."""
    evidence = case_evidence(case)
    shown = {one.partition for one in case.newest} | set(evidence.windows if evidence else ())
    cause = None
    if decision == ALERT:
        bad = bad_deliveries(case)
        about = " ".join(["bad data", *bad] if bad else ["nothing to learn"])
        cause = f"{about} {digest}" if digest else about
    return {
        "as_of": case.as_of,
        "champion": dataclasses.asdict(case.champion) if case.champion else None,
        "new_labels": case.new_labels,
        "windows": [dataclasses.asdict(one) for one in case.findings if one.partition in shown],
        "evidence": {"kind": evidence.kind, "windows": list(evidence.windows), "digest": digest}
        if evidence
        else None,
        "missing": [one.to_dict() for one in missing_deliveries(case)],
        "state": case.state.to_dict(),
        "run_id": run_id,
        "cause": cause,
    }
