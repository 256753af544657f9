"""The policy's decision and its main reason in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.evidence import PERFORMANCE
from include.monitoring.policy.missing import describe_missing
from include.monitoring.policy.rules import (
    CHAMPION,
    COOLDOWN,
    DATA,
    EVIDENCE,
    LABELS,
    NEWS,
    PAST,
    case_evidence,
    cooled_from,
    missing_deliveries,
    present_from,
)

if TYPE_CHECKING:
    from include.monitoring.policy.inputs import Case


def summarise(case: Case, failure: str | None) -> str:
    """Return the outcome and its main reason in one sentence.

    :param case: what the decision was made from.
    :param failure: the first rule that failed; None for a retraining.
    """
    evidence, state = case_evidence(case), case.state
    found = evidence.describe() if evidence else ""
    version = f"champion version {case.champion.version}" if case.champion else "the champion"
    labels = f"{case.new_labels:,} new labelled rows"
    worse = evidence is not None and evidence.kind == PERFORMANCE
    texts = {
        None: f"{found}, and there is something to learn from: {labels} since {version}",
        PAST: f"{case.as_of} is the past, {present_from(case)} is known: nothing is done about it any more",
        CHAMPION: "there is no champion yet, so there is nothing to watch",
        DATA: f"{_missing(case)}. It says nothing about {version}, and nothing is learned until it is "
        f"delivered again or released{f'; without it, {found}' if found else ''}",
        EVIDENCE: f"nothing calls for another model than {version}{_outranked(case)}",
        NEWS: f"{found}, but this evidence was already acted on: a retraining was started for it on "
        f"{state.last_retraining}, and {version} still serves",
        LABELS: f"{version} is worse and there is nothing to learn from: {found}, but there are only {labels}"
        if worse
        else f"{found}, but there is nothing to learn from yet: {labels}",
        COOLDOWN: f"{found}, but a retraining was started on {state.cooling_since}; the next may start on "
        f"{cooled_from(case)}",
    }
    return texts[failure]


def _missing(case: Case) -> str:
    """Say over which deliveries a training would fail, and why."""
    blocking = [one for one in missing_deliveries(case) if one.blocks]
    return f"the delivery of {describe_missing(blocking)}"


def _outranked(case: Case) -> str:
    """Say which drift would count if performance were not known to be good."""
    partitions = [
        one.partition
        for one in case.newest
        if one.drift == DriftDecision.IMPACTFUL
        and one.performance == PerformanceStatus.GOOD
        and not one.bad_data
    ]
    return (
        f"; drift is impactful in {', '.join(partitions)}, but performance is good there"
        if partitions
        else ""
    )
