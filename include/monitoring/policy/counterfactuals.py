"""What would have changed the policy's decision: sentences that are true, each with the case it describes.

Every sentence comes with the very case in which its change was made, so that a test (and the code below) can
decide it again. Towards a retraining the walk goes on until nothing stands in its way; from one, only changes
that really stop it are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.evidence import PERFORMANCE
from include.monitoring.policy.inputs import (
    Champion,
    PolicyState,
    WindowFinding,
    as_date,
)
from include.monitoring.policy.rules import (
    CHAMPION,
    COOLDOWN,
    DATA,
    EVIDENCE,
    LABELS,
    NEWS,
    PAST,
    apply_rules,
    bad_deliveries,
    case_evidence,
    cooled_from,
    present_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.monitoring.policy.inputs import Case

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change.

    :param sentence: the change in words.
    :param case: the case with the change made, and those before it where all are needed.
    """

    sentence: str
    case: Case


def first_failure(case: Case) -> str | None:
    """Return the rule that stands in the way of a retraining first, or None."""
    return next((reason.rule for reason in apply_rules(case) if reason.passed is False), None)


def changes(case: Case) -> tuple[Change, ...]:
    """Return what would have changed the decision.

    :param case: what the decision was made from.
    :return: where there was a retraining, changes any of which stops it; where there was none, the changes
        that together lead to one.
    """
    if first_failure(case) is None:
        return tuple(change for change in _away(case) if first_failure(change.case) is not None)
    return tuple(_towards(case))


def sentences(case: Case) -> tuple[str, ...]:
    """Return :func:`changes` in words.

    :param case: what the decision was made from.
    """
    found = changes(case)
    if first_failure(case) is None or len(found) == 1:
        return tuple(change.sentence for change in found)
    return tuple(f"for a retraining, all {len(found)} needed: {change.sentence}" for change in found)


def _towards(case: Case) -> Iterator[Change]:
    """Take away what stands in the way, one rule after the other, each at most once."""
    removals = {
        PAST: _in_the_present,
        CHAMPION: _with_champion,
        DATA: _with_good_data,
        EVIDENCE: _with_evidence,
        NEWS: _with_another_window,
        LABELS: _with_labels,
        COOLDOWN: _after_cooldown,
    }
    while (rule := first_failure(case)) is not None and (remove := removals.pop(rule, None)) is not None:
        change = remove(case)
        case = change.case
        yield change


def _in_the_present(case: Case) -> Change:
    first = present_from(case) or case.as_of
    return Change(sentence=f"the same found in a run as of {first} or later", case=replace(case, as_of=first))


def _with_champion(case: Case) -> Change:
    sentence = f"a champion: run {case.model}_training, or promote a version"
    return Change(sentence=sentence, case=replace(case, champion=Champion(version="1", newest_labels="")))


def _with_good_data(case: Case) -> Change:
    bad = bad_deliveries(case)
    good = [replace(finding, bad_data=False) for finding in case.newest if finding.bad_data]
    left = tuple(one for one in case.missing if not one.blocks)
    sentence = f"the delivery of {', '.join(bad)} within its data contract: have it delivered again"
    return Change(sentence=sentence, case=replace(case, missing=left).with_findings(good))


def _with_evidence(case: Case) -> Change:
    """Break the limit in as many windows as are needed: the newest, and invented ones where they are few."""
    limits = case.limits
    mature = [finding for finding in case.findings if finding.is_mature]
    windows = mature or [finding for finding in case.findings if not finding.bad_data]
    chosen = [finding.partition for finding in windows[-limits.breaches :]]
    oldest = as_date(min((one.partition for one in case.findings), default=case.as_of), "a partition")
    chosen += [(oldest - _DAY * (n + 1)).isoformat() for n in range(limits.breaches - len(chosen))]
    share = f"in at least {limits.breaches} of the last {limits.windows} windows, the newest among them"
    if mature:
        recent = mature[-limits.windows :]
        worse = sum(finding.is_breach for finding in recent)
        broken = [
            WindowFinding(partition=partition, performance=PerformanceStatus.WORSE) for partition in chosen
        ]
        sentence = f"performance found worse {share}; it is in {worse} of {len(recent)}"
    else:
        broken = [WindowFinding(partition=partition, drift=DriftDecision.IMPACTFUL) for partition in chosen]
        sentence = f"impactful drift {share}, as long as their labels are not known"
    return Change(sentence=sentence, case=case.with_findings(broken))


def _with_another_window(case: Case) -> Change:
    evidence = case_evidence(case)
    day = (as_date(case.as_of, "the date of the decision") + _DAY).isoformat()
    worse = evidence is not None and evidence.kind == PERFORMANCE
    drift = None if worse else DriftDecision.IMPACTFUL
    new = WindowFinding(partition=day, performance=PerformanceStatus.WORSE if worse else None, drift=drift)
    sentence = f"another window in which {'performance is worse' if worse else 'drift is impactful'}"
    return Change(sentence=sentence, case=replace(case, as_of=day).with_findings([new]))


def _with_labels(case: Case) -> Change:
    least = case.limits.min_new_labels
    sentence = f"{least:,} new labelled rows or more; there are {case.new_labels:,}"
    return Change(sentence=sentence, case=replace(case, new_labels=least))


def _after_cooldown(case: Case) -> Change:
    first = cooled_from(case) or case.as_of
    return Change(sentence=f"the same found on {first} or later", case=replace(case, as_of=first))


def _away(case: Case) -> Iterator[Change]:
    """Yield changes each of which may stop a retraining."""
    yield _without_evidence(case)
    least = case.limits.min_new_labels
    sentence = f"fewer than {least:,} new labelled rows; there are {case.new_labels:,}"
    yield Change(sentence=sentence, case=replace(case, new_labels=least - 1))
    if case.limits.cooldown_days:
        as_of = as_date(case.as_of, "the date of the decision")
        since = (as_of - _DAY * (case.limits.cooldown_days - 1)).isoformat()
        state = PolicyState(watermark=case.state.watermark, last_retraining=since)
        yield Change(sentence=f"a retraining on {since} or later", case=replace(case, state=state))
    newest = case.newest[-1]
    sentence = f"a delivery of {newest.partition} outside its data contract"
    yield Change(sentence=sentence, case=case.with_findings([replace(newest, bad_data=True)]))


def _without_evidence(case: Case) -> Change:
    """Mend the newest window that speaks, and the next, until no evidence is left."""
    parts = []
    for _ in case.findings:  # at most all of them
        if (evidence := case_evidence(case)) is None:
            break
        newest = next(one for one in case.findings if one.partition == evidence.windows[-1])
        if newest.is_mature:
            parts.append(f"good performance in {newest.partition}")
            mended = replace(newest, performance=PerformanceStatus.GOOD)
        else:
            parts.append(f"no impactful drift in {newest.partition}")
            mended = replace(newest, drift=DriftDecision.NO_DRIFT)
        case = case.with_findings([mended])
    return Change(sentence=" and ".join(parts), case=case)
