"""The policy: from what was found in the last windows to one decision: retrain, wait, or alert.

Rules, in the order in which the first that fails decides (:mod:`include.monitoring.policy.rules`):

1. **Not the past.** For a date before the newest one decided about, or before the champion's newest labels,
   nothing is started, alerted or remembered: wait.
2. **Good data.** A delivery that broke its contract or can't be read says nothing about the champion, and
   nothing may be learned from it. The others are watched all the same, but a training would meet it and fail,
   and the evidence would be spent: alert, with what else was found.
3. **A champion.** Without one there is nothing to monitor: wait.
4. **Evidence.** N of the last M windows, the newest among them; realised performance outranks drift
   (:mod:`include.monitoring.policy.evidence`). None: wait.
5. **Not acted on yet.** Evidence for which a retraining was started does not start another, whatever became
   of the candidate: wait.
6. **New labels.** Too few for the champion to learn from: alert when performance is worse, because the
   champion is worse and nothing can be done about it by training; wait when it only drifted.
7. **Cooldown.** Days of data time, from the last retraining that was started: wait. Worse performance waits
   only for one that worse performance of the same champion started, so that a candidate is examined at once
   when the champion is found worse, and not every day as long as it is.

Nothing fails: retrain. :mod:`include.monitoring.policy.exactly_once` explains why each piece of evidence
triggers at most one retraining, although anything may be killed at any moment.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from include.as_of import refuse_future
from include.errors import DataError
from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.assessment import PolicyDecision, assess
from include.monitoring.policy.counterfactuals import find_counterfactuals
from include.monitoring.policy.evidence import PERFORMANCE
from include.monitoring.policy.inputs import PolicyInputs, PolicyState, as_date
from include.monitoring.policy.missing import describe_missing
from include.monitoring.policy.rules import CHAMPION, COOLDOWN, DATA, EVIDENCE, LABELS, NEWS, PAST
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from include.config.monitoring_schema import Policy
    from include.monitoring.policy.assessment import Assessment
    from include.monitoring.policy.inputs import Champion, WindowFinding
    from include.monitoring.policy.missing import MissingDelivery

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
    :raises DataError: ``as_of`` is not a date or is after ``today``, the state remembers a date that is, or a
        window is listed twice.
    """
    as_date(as_of, "the date of the decision")
    if today is not None:
        refuse_future(as_of, today)
        state.refuse_future(today, model)
    assessment = assess(
        PolicyInputs(
            findings=_in_order(findings, as_of),
            model=model,
            champion=champion,
            as_of=as_of,
            new_labels=new_labels,
            state=state,
            limits=limits,
            missing=tuple(one for one in missing if one.partition <= as_of),
        )
    )
    verdict = Verdict(
        kind="policy",
        decision=str(assessment.decision),
        subject=f"{model} as of {as_of}",
        summary=_summarise(assessment),
        reasons=assessment.reasons,
        inputs=_show_inputs(assessment),
        thresholds={name: getattr(limits, name) for name in _LIMITS},
        counterfactuals=find_counterfactuals(assessment),
    )
    return Decision(
        verdict=verdict, evidence=assessment.digest, run_id=assessment.run_id, state=_remember(assessment)
    )


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


def _remember(assessment: Assessment) -> PolicyState:
    """Return the next state."""
    state, as_of = assessment.inputs.state, assessment.inputs.as_of
    if assessment.failure == PAST or assessment.inputs.champion is None:
        return state
    if assessment.run_id is None:
        return replace(state, watermark=as_of)
    evidence, champion = assessment.evidence, assessment.inputs.champion
    worse = (state.last_worse, state.last_worse_version)
    if evidence is not None and evidence.kind == PERFORMANCE:
        worse = (as_of, champion.version)
    return PolicyState(
        watermark=as_of,
        last_retraining=as_of,
        last_evidence=assessment.digest,
        last_worse=worse[0],
        last_worse_version=worse[1],
        pending=assessment.run_id,
    )


def _show_inputs(assessment: Assessment) -> dict[str, Any]:
    """Return what the decision was made from, as JSON values."""
    inputs, evidence, digest = assessment.inputs, assessment.evidence, assessment.digest
    shown = {one.partition for one in inputs.newest} | set(evidence.windows if evidence else ())
    return {
        "as_of": inputs.as_of,
        "champion": dataclasses.asdict(inputs.champion) if inputs.champion else None,
        "new_labels": inputs.new_labels,
        "windows": [dataclasses.asdict(one) for one in inputs.findings if one.partition in shown],
        "evidence": {"kind": evidence.kind, "windows": list(evidence.windows), "digest": digest}
        if evidence
        else None,
        "missing": [one.to_dict() for one in assessment.missing],
        "state": inputs.state.to_dict(),
        "run_id": assessment.run_id,
        "cause": _name_cause(assessment),
    }


def _name_cause(assessment: Assessment) -> str | None:
    """Return what an alert is about, without what changes from day to day; None without an alert."""
    if assessment.decision is not PolicyDecision.ALERT:
        return None
    bad = [one.name for one in assessment.blocking]
    about = " ".join(["bad data", *bad] if bad else ["nothing to learn"])
    return f"{about} {assessment.digest}" if assessment.digest else about


def _summarise(assessment: Assessment) -> str:
    """Return the decision and its main reason in one sentence."""
    inputs, evidence = assessment.inputs, assessment.evidence
    champion, state = inputs.champion, inputs.state
    found = evidence.describe() if evidence else ""
    version = f"champion version {champion.version}" if champion else "the champion"
    labels = f"{inputs.new_labels:,} new labelled rows"
    worse = evidence is not None and evidence.kind == PERFORMANCE
    texts = {
        None: f"{found}, and there is something to learn from: {labels} since {version}",
        PAST: f"{inputs.as_of} is in the past: {assessment.present_from} is known already, and nothing "
        "earlier is acted on",
        CHAMPION: "there is no champion yet, so there is nothing to monitor",
        DATA: f"the delivery of {describe_missing(assessment.blocking)}. It says nothing about {version}, "
        "and nothing is learned until it is delivered again or released"
        f"{f'; without it, {found}' if found else ''}",
        EVIDENCE: f"there is no evidence against {version}{_name_outranked(inputs)}",
        NEWS: f"{found}, but this evidence was already acted on: a retraining was started for it on "
        f"{state.last_retraining}, and {version} still serves",
        LABELS: f"{version} is worse and there is nothing to learn from: {found}, but there are only {labels}"
        if worse
        else f"{found}, but there is nothing to learn from yet: {labels}",
        COOLDOWN: f"{found}, but a retraining was started on {assessment.cooling_since}; the next may start "
        f"on {assessment.cooled_from}",
    }
    return texts[assessment.failure]


def _name_outranked(inputs: PolicyInputs) -> str:
    """Name the drift that would count if performance were not known to be good."""
    partitions = [
        one.partition
        for one in inputs.newest
        if one.drift == DriftDecision.IMPACTFUL
        and one.performance == PerformanceStatus.GOOD
        and not one.bad_data
    ]
    return (
        f"; drift is impactful in {', '.join(partitions)}, but performance is good there"
        if partitions
        else ""
    )
