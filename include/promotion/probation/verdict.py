"""The verdict of probation: what was found, against what, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.evaluation.figures import show_gain, show_margin
from include.promotion.probation.evidence import LEARNED_FROM
from include.promotion.probation.record import PairStatus
from include.promotion.probation.subject import ProbationDecision
from include.rounding import exceeds
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from include.config.probation_schema import Probation
    from include.promotion.probation.evidence import Evidence
    from include.promotion.probation.record import PairedDelivery
    from include.promotion.probation.subject import OnProbation

_NONE = "no labelled delivery yet"


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a decision was made from, besides the evidence.

    :param subject: the promotion.
    :param settings: the section ``probation`` of the configuration.
    :param metric: the gate's primary metric.
    :param deliveries: those that both versions scored, oldest first.
    :param unpaired: deliveries since the promotion that only the promoted version has scored.
    :param bar: the bar, in standard errors.
    :param design_effect: learned from earlier promotions; None while that is not known.
    :param objections: what keeps a rollback from being automatic.
    :param used_up: whether all looks are used up without a decision.
    """

    subject: OnProbation
    settings: Probation
    metric: str
    deliveries: tuple[PairedDelivery, ...]
    unpaired: int
    bar: float
    design_effect: float | None
    objections: tuple[str, ...]
    used_up: bool

    def show(self, evidence: Evidence) -> str:
        """Return the summed gain as people read it."""
        value, reach = evidence.gain.value, self.bar * evidence.error
        few = "too few rows to tell" if evidence.positives is None else "too few rows of a class to tell"
        found, low, high = (show_gain(self.metric, one) for one in (value, value - reach, value + reach))
        return f"{found} {self.metric} [{low}, {high}] at the bar{f', {few}' if evidence.scarce else ''}"


def explain(decision: ProbationDecision, evidence: Evidence | None, case: Case) -> Verdict:
    """Return a decision with its reasons.

    :param decision: what follows.
    :param evidence: at the look that decided, or at the latest one; None before the first one.
    :param case: what it was decided from.
    """
    subject, settings, looks = case.subject, case.settings, evidence.looks if evidence else 0
    measured = [one.partition for one in case.deliveries if one.status is PairStatus.MEASURED]
    return Verdict(
        kind="probation",
        decision=str(decision),
        subject=f"{subject.model}: version {subject.version} against version {subject.displaced}, which it "
        "displaced",
        summary=_summarise(decision, evidence, case),
        reasons=_reasons(evidence, case),
        inputs={
            "promotion": subject.decision_id,
            "version": subject.version,
            "displaced": subject.displaced,
            "look": looks,
            "partitions": measured[:looks],
            "gain": evidence.gain.value if evidence else None,
            "standard_error": evidence.error if evidence else None,
            "z": evidence.z if evidence else None,
            "rows": evidence.gain.rows if evidence else 0,
            "design_effect": case.design_effect,
            "cause": subject.decision_id,
        },
        thresholds={
            "bar": case.bar,
            "max_loss": settings.max_loss,
            "deliveries": settings.deliveries,
            "rollback": settings.rollback,
        },
        counterfactuals=_counterfactuals(decision, evidence, case),
    )


def _reasons(evidence: Evidence | None, case: Case) -> tuple[Reason, ...]:
    """Return the rules, and how they came out."""
    told = evidence is not None and not evidence.scarce
    counts = {status: sum(one.status is status for one in case.deliveries) for status in PairStatus}
    counts.pop(PairStatus.MEASURED)
    others = [f"{count} {status}" for status, count in counts.items() if count]
    if case.unpaired:
        others.append(f"{case.unpaired} that version {case.subject.displaced} has not scored")
    looks = evidence.looks if evidence else 0
    return (
        Reason(
            rule="bar",
            passed=evidence.z >= -case.bar if told and evidence else None,
            found=f"z {evidence.z:+.2f}" if evidence else _NONE,
            required=f"not below -{case.bar:.2f}, at any of {case.settings.deliveries} looks",
        ),
        Reason(
            rule="loss",
            passed=not exceeds(evidence.loss, case.settings.max_loss) if told and evidence else None,
            found=case.show(evidence) if evidence else _NONE,
            required=f"a mean loss of {show_margin(case.metric, case.settings.max_loss)} at most",
        ),
        Reason(
            rule="deliveries",
            passed=True if case.used_up else None,
            found="; ".join([f"{looks} compared", *others]),
            required=f"{case.settings.deliveries} at most",
        ),
        Reason(
            rule="design effect",
            passed=None,
            found="not known" if case.design_effect is None else f"{case.design_effect:.2f}",
            required=f"{LEARNED_FROM} deliveries of earlier promotions",
        ),
    )


def _summarise(decision: ProbationDecision, evidence: Evidence | None, case: Case) -> str:
    """Return the decision and its main reason in one sentence."""
    version, displaced = case.subject.version, case.subject.displaced
    if evidence is None:
        return f"no delivery that versions {version} and {displaced} have scored has its labels yet"
    count = f"{evidence.looks} {'delivery' if evidence.looks == 1 else 'deliveries'}"
    so_far = f"over {count}: {case.show(evidence)}"
    if decision is ProbationDecision.KEEP:
        why = "all looks are used up and none fell below the bar" if case.used_up else "a loss is excluded"
        return f"version {version} stays champion, {why}, {so_far}"
    if decision is ProbationDecision.ROLL_BACK:
        return f"version {version} does worse than version {displaced} {so_far}; it is rolled back"
    if decision is ProbationDecision.ASK:
        return (
            f"version {version} does worse than version {displaced} {so_far}; a person decides, because "
            f"{' and '.join(case.objections)}"
        )
    return f"nothing is decided yet {so_far}"


def _counterfactuals(decision: ProbationDecision, evidence: Evidence | None, case: Case) -> tuple[str, ...]:
    """Return what would lead to another decision, or what to do."""
    subject = case.subject
    if decision is ProbationDecision.ASK:
        target = (
            f"with target {subject.displaced}"
            if subject.displaced_exists
            else f"with the number of another version as target, for version {subject.displaced} was deleted"
        )
        return (
            f"to roll back, trigger {subject.model}_rollback {target}, only_from {subject.version} and a "
            "reason; to keep the version, do nothing: the alert is resolved when another promotion ends this "
            "probation, or close it",
        )
    if decision is ProbationDecision.CONTINUE and evidence is not None and evidence.error > 0:
        worst = max(case.bar * evidence.error, case.settings.max_loss)
        loss = show_gain(case.metric, worst, "")
        return (f"a mean loss of more than {loss} {case.metric} over as many rows",)
    return ()
