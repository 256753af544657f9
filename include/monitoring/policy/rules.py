"""The rules of the policy, one function each: what was found, and what a retraining requires.

A retraining takes place when no rule fails. ``performance`` and ``drift`` show what was found and never fail
by themselves: ``evidence`` weighs the two against each other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.monitoring.policy.evidence import AGE, DRIFT, PERFORMANCE
from include.monitoring.policy.inputs import as_date
from include.monitoring.policy.missing import describe_missing
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.monitoring.policy.evidence import Evidence
    from include.monitoring.policy.inputs import PolicyInputs, PolicyState, WindowFinding
    from include.monitoring.policy.missing import MissingDelivery

PAST, CHAMPION, DATA, EVIDENCE, NEWS, LABELS, COOLDOWN = (
    "not in the past", "champion", "data", "evidence", "not acted on yet", "new labels", "cooldown",
)  # fmt: skip


def is_not_past(inputs: PolicyInputs, first: str | None) -> Reason:
    """Require a date that nothing later was decided on.

    :param inputs: what the decision is made from.
    :param first: the first ISO date that is not in the past; None if every date will do.
    """
    if first is None:
        return Reason(
            rule=PAST, passed=True, found=inputs.as_of, required="any date: nothing has been decided yet"
        )
    whose = "already decided on" if first == inputs.state.watermark else "the champion's newest labels"
    required = f"{first} or later ({whose})"
    return Reason(rule=PAST, passed=inputs.as_of >= first, found=inputs.as_of, required=required)


def has_champion(inputs: PolicyInputs) -> Reason:
    """Require a champion.

    :param inputs: what the decision is made from.
    """
    found = f"version {inputs.champion.version}" if inputs.champion else "there is none"
    return Reason(
        rule=CHAMPION, passed=inputs.champion is not None, found=found, required="a version to monitor"
    )


def has_good_data(inputs: PolicyInputs, missing: tuple[MissingDelivery, ...]) -> Reason:
    """Require that a training would meet no delivery over which it fails.

    :param inputs: what the decision is made from.
    :param missing: deliveries that were not looked at, oldest first.
    """
    required = "every delivery that a training would use readable and within its data contract"
    if not inputs.findings and not inputs.missing:
        return Reason(rule=DATA, passed=None, found="no window yet", required=required)
    found = describe_missing(missing) or "nothing is missing"
    return Reason(rule=DATA, passed=not any(one.blocks for one in missing), found=found, required=required)


def show_performance(inputs: PolicyInputs, evidence: Evidence | None) -> Reason:
    """Show how the newest windows performed; this never fails.

    :param inputs: what the decision is made from.
    :param evidence: what was found.
    """
    mature = [finding for finding in inputs.findings if finding.is_mature][-inputs.limits.windows :]
    shown = _union(mature, inputs.newest)
    found = ", ".join(f"{one.partition} {one.performance or 'not looked at'}" for one in shown)
    return Reason(
        rule="performance",
        passed=True if evidence and evidence.kind == PERFORMANCE else None,
        found=found or "no window yet",
        required=f"worse in {_share(inputs)} windows with mature labels, the newest among them",
    )


def show_drift(inputs: PolicyInputs, evidence: Evidence | None) -> Reason:
    """Show what drifted in the newest windows; this never fails.

    :param inputs: what the decision is made from.
    :param evidence: what was found.
    """
    found = ", ".join(
        f"{one.partition} {one.drift}{f' (performance is {one.performance})' if one.is_mature else ''}"
        for one in inputs.newest
        if one.drift is not None
    )
    return Reason(
        rule="drift",
        passed=True if evidence and evidence.kind == DRIFT else None,
        found=found or "no check of it",
        required=f"impactful in {_share(inputs)} windows, the newest among them, where labels are not mature",
    )


def show_age(inputs: PolicyInputs, evidence: Evidence | None) -> list[Reason]:
    """Show how old the champion is, where its age counts; this never fails.

    :param inputs: what the decision is made from.
    :param evidence: what was found.
    """
    limit, champion = inputs.limits.max_age_days, inputs.champion
    if limit is None or champion is None:
        return []
    found = "the date of its training was not recorded"
    if champion.trained:
        trained = as_date(champion.trained, "the as-of date of the champion's training")
        days = (as_date(inputs.as_of, "the date of the decision") - trained).days
        found = f"{_count(days, 'day')}, trained as of {champion.trained}"
    required = f"{_count(limit, 'day')} or more; then, and after as long again, it is examined"
    return [
        Reason(
            rule="age",
            passed=True if evidence and evidence.kind == AGE else None,
            found=found,
            required=required,
        )
    ]


def has_evidence(inputs: PolicyInputs, evidence: Evidence | None) -> Reason:
    """Require evidence.

    :param inputs: what the decision is made from.
    :param evidence: what was found.
    """
    limit = inputs.limits.max_age_days
    age = f", or an age of {_count(limit, 'day')}" if limit is not None else ""
    return Reason(
        rule=EVIDENCE,
        passed=evidence is not None,
        found=evidence.describe() if evidence else "none",
        required=f"worse performance, or impactful drift where performance is not known{age}",
    )


def is_not_acted_on(state: PolicyState, digest: str | None) -> Reason:
    """Require evidence for which no retraining was started.

    :param state: what was decided before.
    :param digest: name of the evidence; None without any.
    """
    required = "evidence for which no retraining was started"
    if digest is None:
        return Reason(rule=NEWS, passed=None, found="no evidence", required=required)
    if digest == state.acted_on:
        found = f"{digest} led to a retraining on {state.last_retraining}"
        return Reason(rule=NEWS, passed=False, found=found, required=required)
    never = f"; {state.pending} was decided and is not known to have started" if state.pending else ""
    return Reason(rule=NEWS, passed=True, found=f"{digest} is new{never}", required=required)


def has_new_labels(inputs: PolicyInputs) -> Reason:
    """Require enough labelled rows that the champion has not learned from.

    :param inputs: what the decision is made from.
    """
    return Reason(
        rule=LABELS,
        passed=inputs.new_labels >= inputs.limits.min_new_labels,
        found=f"{_count(inputs.new_labels, 'labelled row')} that the champion has not learned from",
        required=f"at least {inputs.limits.min_new_labels:,}",
    )


def has_cooled_down(inputs: PolicyInputs, since: str | None, *, worse: bool) -> Reason:
    """Require that the last retraining was started long enough ago.

    :param inputs: what the decision is made from.
    :param since: ISO date from which the cooldown counts; None if no retraining was started that counts.
    :param worse: whether performance is worse, for which only a retraining counts that was started for it.
    """
    which = "the last retraining for worse performance of this version" if worse else "the last retraining"
    required = f"{_count(inputs.limits.cooldown_days, 'day')} after {which}"
    if since is None:
        none = "no retraining was started" + (" for worse performance of this version" if worse else "")
        return Reason(rule=COOLDOWN, passed=None, found=none, required=required)
    first = as_date(since, "the date of the last retraining") + timedelta(days=inputs.limits.cooldown_days)
    found = f"{inputs.as_of}; the last one was on {since}"
    return Reason(
        rule=COOLDOWN, passed=inputs.as_of >= first.isoformat(), found=found, required=f"{required}: {first}"
    )


def _share(inputs: PolicyInputs) -> str:
    """Return ``at least 2 of the last 3``."""
    return f"at least {inputs.limits.breaches} of the last {inputs.limits.windows}"


def _union(first: list[WindowFinding], second: tuple[WindowFinding, ...]) -> list[WindowFinding]:
    return sorted({*first, *second}, key=lambda finding: finding.partition)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
