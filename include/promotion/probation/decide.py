"""Probation: keep the promoted version, ask for a rollback, or roll back.

The gains of the promoted over the displaced version are added up delivery by delivery, with the standard
error that the sum has although the same entities return (:mod:`include.evaluation.buckets`). At each look:

* **Roll back** (or ask) when the sum lies below minus the bar (:mod:`include.promotion.probation.bars`) and
  the mean loss exceeds ``probation.max_loss``.
* **Keep** when the sum, less the bar times its standard error, excludes such a loss.
* After ``probation.deliveries`` looks without either, **keep**: nothing speaks against the version.

The first look that decides is the one that counts, in the order of the deliveries, whenever and however often
this is computed. The gain that the gate promised is not tested against: it was selected for being large.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.promotion.probation.bars import rollback_bar
from include.promotion.probation.evidence import LEARNED_FROM, add_one_by_one
from include.promotion.probation.record import PairStatus
from include.promotion.probation.subject import ProbationDecision
from include.promotion.probation.verdict import Case, explain
from include.rounding import exceeds
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.config.probation_schema import Probation
    from include.promotion.probation.evidence import Evidence
    from include.promotion.probation.record import PairedDelivery
    from include.promotion.probation.subject import OnProbation
    from include.verdicts import Verdict

_DIGEST_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The state of a probation.

    :param decision: what follows.
    :param look: number of the look that decided, or of the latest one.
    :param evidence: at that look; None before the first one.
    :param verdict: it, with reasons.
    :param digest: digest of the deciding evidence.
    """

    decision: ProbationDecision
    look: int
    evidence: Evidence | None
    verdict: Verdict
    digest: str


def decide(
    deliveries: Sequence[PairedDelivery],
    subject: OnProbation,
    settings: Probation,
    *,
    metric: str,
    design_effect: float | None,
    unpaired: int = 0,
) -> Outcome:
    """Return what follows from the deliveries of a probation.

    :param deliveries: those that both versions scored, in any order.
    :param subject: the promotion.
    :param settings: the section ``probation`` of the configuration.
    :param metric: the gate's primary metric.
    :param design_effect: learned from earlier promotions; None while there are too few deliveries for that.
    :param unpaired: deliveries since the promotion that only the promoted version has scored.
    """
    ordered = sorted(deliveries, key=lambda one: one.partition)
    measured = [one for one in ordered if one.status is PairStatus.MEASURED][: settings.deliveries]
    bar, factor = rollback_bar(settings.deliveries), design_effect or 1.0
    decision, evidence = ProbationDecision.CONTINUE, None
    for evidence in add_one_by_one(measured, factor):
        decision = _look(evidence, bar, settings)
        if decision is not ProbationDecision.CONTINUE:
            break
    look = evidence.looks if evidence is not None else 0
    used_up = decision is ProbationDecision.CONTINUE and look >= settings.deliveries
    if used_up:
        decision = ProbationDecision.KEEP
    objections = _objections(subject, settings, design_effect)
    if decision is ProbationDecision.ROLL_BACK and objections:
        decision = ProbationDecision.ASK
    case = Case(
        subject=subject,
        settings=settings,
        metric=metric,
        deliveries=tuple(ordered),
        unpaired=unpaired,
        bar=bar,
        design_effect=design_effect,
        objections=objections,
        used_up=used_up,
    )
    return Outcome(
        decision=decision,
        look=look,
        evidence=evidence,
        digest=_digest(subject, measured[:look]),
        verdict=explain(decision, evidence, case),
    )


def _look(evidence: Evidence, bar: float, settings: Probation) -> ProbationDecision:
    """Return what one look decides."""
    if evidence.scarce or evidence.error <= 0:
        return ProbationDecision.CONTINUE
    # The t quantile is nearer to 0 than the ratio itself, so that nothing is missed by asking for this first.
    below = evidence.gain.value < -bar * evidence.error
    if below and evidence.z < -bar and exceeds(evidence.loss, settings.max_loss):
        return ProbationDecision.ROLL_BACK
    if evidence.gain.value - bar * evidence.error > -settings.max_loss:
        return ProbationDecision.KEEP
    return ProbationDecision.CONTINUE


def _objections(subject: OnProbation, settings: Probation, design_effect: float | None) -> tuple[str, ...]:
    """Return what keeps a rollback from being automatic."""
    found = []
    if settings.rollback != "automatic":
        found.append("probation.rollback is ask")
    if design_effect is None:
        found.append(
            f"the design effect is not known: fewer than {LEARNED_FROM} deliveries of earlier promotions "
            "were compared"
        )
    if not subject.displaced_exists:
        found.append(f"version {subject.displaced} was deleted")
    return tuple(found)


def _digest(subject: OnProbation, deliveries: Sequence[PairedDelivery]) -> str:
    """Return the digest of what decided: the promotion, and each delivery with its figures."""
    content = [
        [one.partition, one.md5, one.gain.rows, one.gain.total] for one in deliveries if one.gain is not None
    ]
    canonical = to_json([subject.decision_id, content])
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_LENGTH]
