"""Draw up the account of a promotion from all that is known about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.promotion.probation.account import Account, Delivered
from include.promotion.probation.evidence import add_deliveries, measure_scatter
from include.promotion.probation.record import PairStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.promotion.probation.account import Promise, TrainingCost
    from include.promotion.probation.promotions import PromotionLife
    from include.promotion.probation.record import PairedDelivery


def draw_up(
    life: PromotionLife,
    deliveries: Sequence[PairedDelivery],
    *,
    as_of: str,
    metric: str,
    promised: Promise | None,
    cost: TrainingCost,
    unpaired: int,
    confidence: float,
    design_effect: float | None,
) -> Account:
    """Return the account of a promotion from all that is known about it.

    :param life: the promotion and how it stands.
    :param deliveries: those that both versions scored.
    :param as_of: ISO date whose knowledge is used.
    :param metric: the gate's primary metric.
    :param promised: what the gate found; None where that is not known.
    :param cost: what the training took.
    :param unpaired: deliveries since the promotion that only one of the two has scored.
    :param confidence: level of the interval.
    :param design_effect: learned from earlier promotions; None while that is not known.
    """
    ordered = sorted(deliveries, key=lambda one: one.partition)
    measured = [one for one in ordered if one.status is PairStatus.MEASURED]
    evidence = add_deliveries(measured, design_effect or 1.0)
    delivered = None
    if evidence is not None:
        delivered = Delivered(
            gain=evidence.interval(confidence),
            deliveries=evidence.looks,
            rows=evidence.gain.rows,
            first=measured[0].partition,
            last=measured[-1].partition,
            total=sum(one.gain.value for one in measured if one.gain is not None),
        )
    waiting = sum(one.status is PairStatus.WAITING for one in ordered)
    return Account(
        decision_id=life.move.decision_id,
        version=life.move.version,
        displaced=life.move.displaced,
        promoted=life.move.as_of,
        as_of=as_of,
        metric=metric,
        state=str(life.state),
        why=_explain(life, len(measured), waiting, sum(one.status is PairStatus.OVERDUE for one in ordered)),
        promised=promised,
        delivered=delivered,
        cost=cost,
        waiting=waiting,
        overdue=len(ordered) - len(measured) - waiting,
        unpaired=unpaired,
        z=evidence.z if evidence else None,
        scatter=measure_scatter(measured),
    )


def _explain(life: PromotionLife, measured: int, waiting: int, overdue: int) -> str:
    """Return which decision closed an account, or why none has."""
    if life.ended_by:
        return f"by decision {life.ended_by}"
    if not life.open:
        return ""
    if measured:
        return f"{measured} deliveries compared, {waiting} wait for labels"
    if overdue:
        return f"the labels of {overdue} deliveries never came"
    return f"{waiting} deliveries wait for labels" if waiting else "no delivery that both have scored"
