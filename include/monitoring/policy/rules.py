"""The rules of the policy, one function each: what was found, and what a retraining requires.

A retraining takes place when no rule fails. ``performance`` and ``drift`` show what was found and never fail
by themselves: ``evidence`` weighs the two against each other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.monitoring.policy.evidence import DRIFT, PERFORMANCE, find_evidence
from include.monitoring.policy.inputs import as_date
from include.monitoring.policy.missing import BROKEN, MissingDelivery, describe_missing
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.monitoring.policy.evidence import Evidence
    from include.monitoring.policy.inputs import Case, WindowFinding

PAST, CHAMPION, DATA, EVIDENCE, NEWS, LABELS, COOLDOWN = (
    "not the past", "champion", "data", "evidence", "not acted on yet", "new labels", "cooldown",
)  # fmt: skip


def apply_rules(case: Case) -> tuple[Reason, ...]:
    """Apply every rule, in the order in which the first that fails decides.

    :param case: what the decision is made from.
    """
    evidence = case_evidence(case)
    return (
        _not_the_past(case),
        _has_good_data(case),
        _has_champion(case),
        _shown_performance(case, evidence),
        _shown_drift(case, evidence),
        _has_evidence(evidence),
        _is_news(case),
        _has_new_labels(case),
        _has_cooled_down(case),
    )


def case_evidence(case: Case) -> Evidence | None:
    """Return what calls for replacing the champion; nothing does when there is none.

    :param case: what the decision is made from.
    """
    return find_evidence(case.findings, case.limits) if case.champion else None


def evidence_digest(case: Case) -> str | None:
    """Return the name of the evidence, or None where there is none.

    :param case: what the decision is made from.
    """
    evidence = case_evidence(case)
    return evidence.digest(case.model, case.champion.version) if evidence and case.champion else None


def present_from(case: Case) -> str | None:
    """Return the first ISO date that is not the past; None when every date will do.

    :param case: what the decision is made from.
    """
    newest_labels = case.champion.newest_labels if case.champion else None
    return max((day for day in (case.state.watermark, newest_labels) if day), default=None)


def cooled_from(case: Case) -> str | None:
    """Return the first ISO date after the cooldown; None when no retraining has been started.

    :param case: what the decision is made from.
    """
    if case.state.cooling_since is None:
        return None
    since = as_date(case.state.cooling_since, "the date of the last retraining")
    return (since + timedelta(days=case.limits.cooldown_days)).isoformat()


def _not_the_past(case: Case) -> Reason:
    first = present_from(case)
    if first is None:
        return Reason(rule=PAST, passed=True, found=case.as_of, required="any date: nothing was decided yet")
    whose = "decided about already" if first == case.state.watermark else "the champion's newest labels"
    required = f"{first} or later ({whose})"
    return Reason(rule=PAST, passed=case.as_of >= first, found=case.as_of, required=required)


def _has_champion(case: Case) -> Reason:
    found = f"version {case.champion.version}" if case.champion else "there is none"
    return Reason(rule=CHAMPION, passed=case.champion is not None, found=found, required="a version to watch")


def _has_good_data(case: Case) -> Reason:
    required = "every delivery that a training would use readable and within its data contract"
    if not case.findings and not case.missing:
        return Reason(rule=DATA, passed=None, found="no window yet", required=required)
    found = describe_missing(missing_deliveries(case)) or "nothing is missing"
    return Reason(rule=DATA, passed=not bad_deliveries(case), found=found, required=required)


def missing_deliveries(case: Case) -> tuple[MissingDelivery, ...]:
    """Return what was not looked at, oldest first; a newest window that broke its contract is among it.

    :param case: what the decision is made from.
    """
    listed = {(one.table, one.partition): one for one in case.missing}
    for finding in case.newest:
        if finding.bad_data:
            broken = MissingDelivery(table="features", partition=finding.partition, reason=BROKEN)
            listed.setdefault((broken.table, broken.partition), broken)
    return tuple(sorted(listed.values(), key=lambda one: (one.partition, one.table)))


def bad_deliveries(case: Case) -> tuple[str, ...]:
    """Return the names of the deliveries over which a training would fail.

    :param case: what the decision is made from.
    """
    return tuple(one.name for one in missing_deliveries(case) if one.blocks)


def _shown_performance(case: Case, evidence: Evidence | None) -> Reason:
    mature = [finding for finding in case.findings if finding.is_mature][-case.limits.windows :]
    shown = _union(mature, case.newest)
    found = ", ".join(f"{one.partition} {one.performance or 'not looked at'}" for one in shown)
    return Reason(
        rule="performance",
        passed=True if evidence and evidence.kind == PERFORMANCE else None,
        found=found or "no window yet",
        required=f"worse in {_share(case)} windows with mature labels, the newest among them",
    )


def _shown_drift(case: Case, evidence: Evidence | None) -> Reason:
    found = ", ".join(
        f"{one.partition} {one.drift}{f' (performance is {one.performance})' if one.is_mature else ''}"
        for one in case.newest
        if one.drift is not None
    )
    return Reason(
        rule="drift",
        passed=True if evidence and evidence.kind == DRIFT else None,
        found=found or "no check of it",
        required=f"impactful in {_share(case)} windows, the newest among them, where labels are not mature",
    )


def _has_evidence(evidence: Evidence | None) -> Reason:
    return Reason(
        rule=EVIDENCE,
        passed=evidence is not None,
        found=evidence.describe() if evidence else "none",
        required="worse performance, or impactful drift where performance is not known",
    )


def _is_news(case: Case) -> Reason:
    digest, state = evidence_digest(case), case.state
    required = "evidence for which no retraining was started"
    if digest is None:
        return Reason(rule=NEWS, passed=None, found="no evidence", required=required)
    if digest == state.acted_on:
        found = f"{digest} led to a retraining on {state.last_retraining}"
        return Reason(rule=NEWS, passed=False, found=found, required=required)
    never = f"; {state.pending} was decided and is not known to have started" if state.pending else ""
    return Reason(rule=NEWS, passed=True, found=f"{digest} is new{never}", required=required)


def _has_new_labels(case: Case) -> Reason:
    return Reason(
        rule=LABELS,
        passed=case.new_labels >= case.limits.min_new_labels,
        found=f"{_count(case.new_labels, 'labelled row')} that the champion has not learned from",
        required=f"at least {case.limits.min_new_labels:,}",
    )


def _has_cooled_down(case: Case) -> Reason:
    first = cooled_from(case)
    required = f"{_count(case.limits.cooldown_days, 'day')} after the last retraining"
    if first is None:
        return Reason(rule=COOLDOWN, passed=None, found="no retraining was started", required=required)
    found = f"{case.as_of}; the last one was on {case.state.cooling_since}"
    return Reason(rule=COOLDOWN, passed=case.as_of >= first, found=found, required=f"{required}: {first}")


def _share(case: Case) -> str:
    """Return ``at least 2 of the last 3``."""
    return f"at least {case.limits.breaches} of the last {case.limits.windows}"


def _union(first: list[WindowFinding], second: tuple[WindowFinding, ...]) -> list[WindowFinding]:
    return sorted({*first, *second}, key=lambda finding: finding.partition)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
