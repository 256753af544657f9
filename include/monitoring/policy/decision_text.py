"""What people read about a decision of the policy: its sentence, and what it was made from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.assessment import PolicyDecision
from include.monitoring.policy.evidence import PERFORMANCE
from include.monitoring.policy.missing import describe_missing
from include.monitoring.policy.rules import CHAMPION, COOLDOWN, DATA, EVIDENCE, LABELS, NEWS, PAST

if TYPE_CHECKING:
    from include.monitoring.policy.assessment import Assessment
    from include.monitoring.policy.inputs import PolicyInputs


def summarise(assessment: Assessment) -> str:
    """Return the decision and its main reason in one sentence.

    :param assessment: what the policy computed.
    """
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


def show_inputs(assessment: Assessment) -> dict[str, Any]:
    """Return what the decision was made from, as JSON values.

    :param assessment: what the policy computed.
    """
    inputs, evidence, digest = assessment.inputs, assessment.evidence, assessment.digest
    shown = {one.partition for one in inputs.newest} | set(evidence.windows if evidence else ())
    return {
        "as_of": inputs.as_of,
        "champion": _show_champion(inputs),
        "new_labels": inputs.new_labels,
        "windows": [dataclasses.asdict(one) for one in inputs.findings if one.partition in shown],
        "evidence": {
            "kind": evidence.kind,
            "windows": list(evidence.windows),
            **({"due": evidence.due} if evidence.due else {}),
            "digest": digest,
        }
        if evidence
        else None,
        "missing": [one.to_dict() for one in assessment.missing],
        "state": inputs.state.to_dict(),
        "run_id": assessment.run_id,
        "cause": _name_cause(assessment),
    }


def _show_champion(inputs: PolicyInputs) -> dict[str, str] | None:
    """Return the champion; when it was trained only where its age counts."""
    if inputs.champion is None:
        return None
    shown = dataclasses.asdict(inputs.champion)
    if inputs.limits.max_age_days is None:
        del shown["trained"]
    return shown


def _name_cause(assessment: Assessment) -> str | None:
    """Return what an alert is about, without what changes from day to day; None without an alert."""
    if assessment.decision is not PolicyDecision.ALERT:
        return None
    bad = [one.name for one in assessment.blocking]
    about = " ".join(["bad data", *bad] if bad else ["nothing to learn"])
    return f"{about} {assessment.digest}" if assessment.digest else about


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
