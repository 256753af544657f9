"""Counterfactuals of the policy: what would have changed its decision, in sentences that are true.

Every sentence comes with the assessment of the inputs in which its change was made, so that a test (and the
code below) can see what it leads to. Towards a retraining, changes are added until no rule fails; away from
one, only changes that really stop it are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.assessment import Assessment, assess
from include.monitoring.policy.evidence import AGE, PERFORMANCE
from include.monitoring.policy.inputs import Champion, PolicyState, WindowFinding, as_date
from include.monitoring.policy.rules import CHAMPION, COOLDOWN, DATA, EVIDENCE, LABELS, NEWS, PAST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from include.monitoring.policy.inputs import PolicyInputs

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change.

    :param sentence: the change in words.
    :param assessment: what follows from it, and from those before it where all are needed.
    """

    sentence: str
    assessment: Assessment


def find_changes(assessment: Assessment) -> tuple[Change, ...]:
    """Return what would have changed the decision.

    :param assessment: what the decision was made from.
    :return: where there was a retraining, changes any of which stops it; where there was none, the changes
        that together lead to one.
    """
    if assessment.failure is None:
        return tuple(change for change in _away(assessment) if change.assessment.failure is not None)
    return tuple(_towards(assessment))


def find_counterfactuals(assessment: Assessment) -> tuple[str, ...]:
    """Return :func:`find_changes` in words.

    :param assessment: what the decision was made from.
    """
    found = find_changes(assessment)
    if assessment.failure is None or len(found) == 1:
        return tuple(change.sentence for change in found)
    return tuple(f"for a retraining, all {len(found)} needed: {change.sentence}" for change in found)


def _towards(assessment: Assessment) -> Iterator[Change]:
    """Make one rule pass after the other, each at most once."""
    changes = dict(_CHANGES)
    while assessment.failure is not None and (make := changes.pop(assessment.failure, None)) is not None:
        sentence, inputs = make(assessment)
        assessment = assess(inputs)
        yield Change(sentence=sentence, assessment=assessment)


def _in_the_present(assessment: Assessment) -> tuple[str, PolicyInputs]:
    inputs = assessment.inputs
    first = assessment.present_from or inputs.as_of
    return f"the same found in a run as of {first} or later", replace(inputs, as_of=first)


def _with_champion(assessment: Assessment) -> tuple[str, PolicyInputs]:
    inputs = assessment.inputs
    sentence = f"a champion: run {inputs.model}_training, or promote a version"
    return sentence, replace(inputs, champion=Champion(version="1", newest_labels=""))


def _with_good_data(assessment: Assessment) -> tuple[str, PolicyInputs]:
    inputs = assessment.inputs
    bad = [one.name for one in assessment.blocking]
    good = [replace(finding, bad_data=False) for finding in inputs.newest if finding.bad_data]
    left = tuple(one for one in inputs.missing if not one.blocks)
    sentence = f"the delivery of {', '.join(bad)} within its data contract: have it delivered again"
    return sentence, replace(inputs, missing=left).with_findings(good)


def _with_evidence(assessment: Assessment) -> tuple[str, PolicyInputs]:
    """Break the limit in as many windows as are needed: the newest, and invented ones where they are few."""
    inputs = assessment.inputs
    limits = inputs.limits
    mature = [finding for finding in inputs.findings if finding.is_mature]
    windows = mature or [finding for finding in inputs.findings if not finding.bad_data]
    chosen = [finding.partition for finding in windows[-limits.breaches :]]
    oldest = as_date(min((one.partition for one in inputs.findings), default=inputs.as_of), "a partition")
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
    return sentence, inputs.with_findings(broken)


def _with_another_window(assessment: Assessment) -> tuple[str, PolicyInputs]:
    inputs = assessment.inputs
    evidence = assessment.evidence
    if evidence is not None and evidence.kind == AGE:
        again = as_date(evidence.due, "the date of the examination") + _DAY * (
            inputs.limits.max_age_days or 1
        )
        return f"the same champion on {again} or later", replace(inputs, as_of=again.isoformat())
    day = (as_date(inputs.as_of, "the date of the decision") + _DAY).isoformat()
    worse = evidence is not None and evidence.kind == PERFORMANCE
    drift = None if worse else DriftDecision.IMPACTFUL
    new = WindowFinding(partition=day, performance=PerformanceStatus.WORSE if worse else None, drift=drift)
    sentence = f"another window in which {'performance is worse' if worse else 'drift is impactful'}"
    return sentence, replace(inputs, as_of=day).with_findings([new])


def _with_labels(assessment: Assessment) -> tuple[str, PolicyInputs]:
    inputs = assessment.inputs
    least = inputs.limits.min_new_labels
    sentence = f"{least:,} new labelled rows or more; there are {inputs.new_labels:,}"
    return sentence, replace(inputs, new_labels=least)


def _after_cooldown(assessment: Assessment) -> tuple[str, PolicyInputs]:
    inputs = assessment.inputs
    first = assessment.cooled_from or inputs.as_of
    return f"the same found on {first} or later", replace(inputs, as_of=first)


def _away(assessment: Assessment) -> Iterator[Change]:
    """Yield changes each of which may stop a retraining."""
    inputs = assessment.inputs
    yield _without_evidence(assessment)
    least = inputs.limits.min_new_labels
    sentence = f"fewer than {least:,} new labelled rows; there are {inputs.new_labels:,}"
    yield _change(sentence, replace(inputs, new_labels=least - 1))
    if inputs.limits.cooldown_days:
        as_of = as_date(inputs.as_of, "the date of the decision")
        since = (as_of - _DAY * (inputs.limits.cooldown_days - 1)).isoformat()
        state = PolicyState(watermark=inputs.state.watermark, last_retraining=since, last_worse=since)
        worse = assessment.evidence is not None and assessment.evidence.kind == PERFORMANCE
        which = "a retraining for worse performance" if worse else "a retraining"
        yield _change(f"{which} on {since} or later", replace(inputs, state=state))
    if not inputs.newest:  # only its age speaks against the champion
        return
    newest = inputs.newest[-1]
    sentence = f"a delivery of {newest.partition} outside its data contract"
    yield _change(sentence, inputs.with_findings([replace(newest, bad_data=True)]))


def _without_evidence(assessment: Assessment) -> Change:
    """Mend the newest window of the evidence, and the next, until no evidence is left."""
    parts = []
    for _ in range(len(assessment.inputs.findings) + 1):  # at most all of them, and the age
        if (evidence := assessment.evidence) is None:
            break
        if evidence.kind == AGE and (champion := assessment.inputs.champion) is not None:
            days = (
                as_date(assessment.inputs.as_of, "the date of the decision")
                - as_date(evidence.trained, "the as-of date of the champion's training")
            ).days
            parts.append(f"max_age_days above {days}")
            young = replace(champion, trained=assessment.inputs.as_of)
            assessment = assess(replace(assessment.inputs, champion=young))
            continue
        findings = assessment.inputs.findings
        newest = next(one for one in findings if one.partition == evidence.windows[-1])
        if newest.is_mature:
            parts.append(f"good performance in {newest.partition}")
            mended = replace(newest, performance=PerformanceStatus.GOOD)
        else:
            parts.append(f"no impactful drift in {newest.partition}")
            mended = replace(newest, drift=DriftDecision.NO_DRIFT)
        assessment = assess(assessment.inputs.with_findings([mended]))
    return Change(sentence=" and ".join(parts), assessment=assessment)


def _change(sentence: str, inputs: PolicyInputs) -> Change:
    return Change(sentence=sentence, assessment=assess(inputs))


_CHANGES: dict[str, Callable[[Assessment], tuple[str, PolicyInputs]]] = {
    PAST: _in_the_present,
    CHAMPION: _with_champion,
    DATA: _with_good_data,
    EVIDENCE: _with_evidence,
    NEWS: _with_another_window,
    LABELS: _with_labels,
    COOLDOWN: _after_cooldown,
}
