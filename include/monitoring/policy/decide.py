"""The policy: from what was found in the last windows to one decision: retrain, wait, or alert.

Rules, in the order in which the first that fails decides (:mod:`include.monitoring.policy.rules`):

1. **Not the past.** For a date before the newest one decided about, or before the champion's newest labels,
   nothing is started, alerted or remembered: wait.
2. **Good data.** A delivery that broke its contract or can't be read says nothing about the champion, and
   nothing may be learned from it. The others are watched all the same, but a training would meet it and fail,
   and the evidence would be spent: alert, with what else was found.
3. **A champion.** Without one there is nothing to monitor: wait.
4. **Evidence.** N of the last M windows, the newest among them; realised performance outranks drift; or the
   champion's age (:mod:`include.monitoring.policy.evidence`). None: wait.
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

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.as_of import refuse_future
from include.errors import DataError
from include.monitoring.policy.assessment import assess
from include.monitoring.policy.counterfactuals import find_counterfactuals
from include.monitoring.policy.decision_text import show_inputs, summarise
from include.monitoring.policy.evidence import PERFORMANCE
from include.monitoring.policy.inputs import PolicyInputs, PolicyState, as_date
from include.monitoring.policy.rules import PAST
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
        summary=summarise(assessment),
        reasons=assessment.reasons,
        inputs=show_inputs(assessment),
        thresholds={
            **{name: getattr(limits, name) for name in _LIMITS},
            **({"max_age_days": limits.max_age_days} if limits.max_age_days is not None else {}),
        },
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
