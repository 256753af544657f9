"""Everything the policy computes, once, for its verdict, the evidence's digest and the counterfactuals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from include.monitoring.policy import rules
from include.monitoring.policy.evidence import PERFORMANCE, find_age, find_evidence, retraining_run_id
from include.monitoring.policy.inputs import as_date
from include.monitoring.policy.missing import BROKEN, MissingDelivery

if TYPE_CHECKING:
    from include.monitoring.policy.evidence import Evidence
    from include.monitoring.policy.inputs import PolicyInputs
    from include.verdicts import Reason


class PolicyDecision(StrEnum):
    """What the policy decides: replace the champion, do nothing, or notify people."""

    RETRAIN = "retrain"
    WAIT = "wait"
    ALERT = "alert"


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What follows from the policy's inputs.

    :param inputs: what the decision is made from.
    :param evidence: what calls for replacing the champion; None where nothing does, or there is none.
    :param digest: name of the evidence, 16 hexadecimal digits; None without any.
    :param missing: deliveries that were not looked at, oldest first; a newest window that broke its contract
        is among them.
    :param present_from: the first ISO date that is not in the past; None if every date will do.
    :param cooling_since: the ISO date from which the cooldown counts; None if no retraining was started that
        this evidence has to wait for.
    :param reasons: every rule, in the order in which the first that fails decides.
    :param failure: that rule; None for a retraining.
    :param decision: what follows.
    """

    inputs: PolicyInputs
    evidence: Evidence | None
    digest: str | None
    missing: tuple[MissingDelivery, ...]
    present_from: str | None
    cooling_since: str | None
    reasons: tuple[Reason, ...]
    failure: str | None
    decision: PolicyDecision

    @property
    def cooled_from(self) -> str | None:
        """The first ISO date after the cooldown; None if there is none."""
        if self.cooling_since is None:
            return None
        since = as_date(self.cooling_since, "the date of the last retraining")
        return (since + timedelta(days=self.inputs.limits.cooldown_days)).isoformat()

    @property
    def blocking(self) -> tuple[MissingDelivery, ...]:
        """The deliveries over which a training would fail."""
        return tuple(one for one in self.missing if one.blocks)

    @property
    def run_id(self) -> str | None:
        """Run id of the retraining to start; None unless there is one."""
        if self.decision is not PolicyDecision.RETRAIN or not self.inputs.champion or not self.digest:
            return None
        return retraining_run_id(self.inputs.champion.version, self.digest)


def assess(inputs: PolicyInputs) -> Assessment:
    """Apply every rule.

    :param inputs: what the decision is made from.
    """
    evidence, digest = _find_evidence(inputs)
    missing = _missing_deliveries(inputs)
    present_from, since = _present_from(inputs), _cooling_since(inputs, evidence)
    reasons = (
        rules.is_not_past(inputs, present_from),
        rules.has_good_data(inputs, missing),
        rules.has_champion(inputs),
        rules.show_performance(inputs, evidence),
        rules.show_drift(inputs, evidence),
        *rules.show_age(inputs, evidence),
        rules.has_evidence(inputs, evidence),
        rules.is_not_acted_on(inputs.state, digest),
        rules.has_new_labels(inputs),
        rules.has_cooled_down(inputs, since, worse=_is_worse(evidence)),
    )
    failure = next((reason.rule for reason in reasons if reason.passed is False), None)
    return Assessment(
        inputs=inputs,
        evidence=evidence,
        digest=digest,
        missing=missing,
        present_from=present_from,
        cooling_since=since,
        reasons=reasons,
        failure=failure,
        decision=_decide(failure, evidence),
    )


def _decide(failure: str | None, evidence: Evidence | None) -> PolicyDecision:
    """Return the decision that the first failing rule leads to."""
    if failure is None:
        return PolicyDecision.RETRAIN
    if failure == rules.DATA or (failure == rules.LABELS and _is_worse(evidence)):
        return PolicyDecision.ALERT
    return PolicyDecision.WAIT


def _find_evidence(inputs: PolicyInputs) -> tuple[Evidence | None, str | None]:
    """Return what calls for replacing the champion, and its digest; its age if nothing newer does."""
    champion = inputs.champion
    if champion is None:
        return None, None
    found = find_evidence(inputs.findings, inputs.limits)
    if found is None or found.digest(inputs.model, champion.version) == inputs.state.acted_on:
        found = find_age(champion, inputs.as_of, inputs.limits) or found
    return found, found.digest(inputs.model, champion.version) if found else None


def _missing_deliveries(inputs: PolicyInputs) -> tuple[MissingDelivery, ...]:
    """Return what was not looked at, with the newest windows that broke their contract."""
    listed = {(one.table, one.partition): one for one in inputs.missing}
    for finding in inputs.newest:
        if finding.bad_data:
            broken = MissingDelivery(table="features", partition=finding.partition, reason=BROKEN)
            listed.setdefault((broken.table, broken.partition), broken)
    return tuple(sorted(listed.values(), key=lambda one: (one.partition, one.table)))


def _present_from(inputs: PolicyInputs) -> str | None:
    newest_labels = inputs.champion.newest_labels if inputs.champion else None
    return max((day for day in (inputs.state.watermark, newest_labels) if day), default=None)


def _is_worse(evidence: Evidence | None) -> bool:
    return evidence is not None and evidence.kind == PERFORMANCE


def _cooling_since(inputs: PolicyInputs, evidence: Evidence | None) -> str | None:
    """Return the date from which the cooldown counts.

    Worse performance waits for a retraining that worse performance of the same champion started, and for no
    other: that a candidate was examined because the world had drifted, or against another champion, says
    nothing about this one.
    """
    if _is_worse(evidence) and inputs.champion is not None:
        return inputs.state.worse_since(inputs.champion.version)
    return inputs.state.cooling_since
