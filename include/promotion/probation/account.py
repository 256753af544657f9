"""The account of a promotion: what the gate promised, what was delivered, what it cost, what is regretted.

The promise is the gain that the gate measured. It is reported and never tested against, because it was
selected: among candidates that pass, the measured gain is larger than the true one. *Delivered* is the paired
gain over the displaced version on deliveries since, all rows weighing the same. *Regret* is what the
displaced version would have gained over the promoted one, added over those deliveries (metric times
deliveries); it is 0 where the promoted version did better.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.evaluation.confidence_interval import ConfidenceInterval, read_interval
from include.promotion.probation.evidence import NO_SCATTER, Scatter, add_deliveries, measure_scatter
from include.promotion.probation.record import PairStatus
from include.records import RecordKind
from include.strict_json import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.promotion.probation.promotions import PromotionLife
    from include.promotion.probation.record import PairedDelivery

ACCOUNT = RecordKind(name="account of a promotion", remedy="clear the task probation, which writes it again")


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What the gate found when it let a version pass.

    :param metric: the gate's primary metric.
    :param gain: its gain over the champion, with the interval.
    :param rows: rows that it was measured on.
    """

    metric: str
    gain: ConfidenceInterval
    rows: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` reads them."""
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Promise:
        """Build a promise from what :meth:`to_dict` returned."""
        return cls(**{**values, "gain": read_interval(values["gain"])})


@dataclass(frozen=True, kw_only=True)
class TrainingCost:
    """What the training of a version took.

    :param wall_seconds: from start to end of its run; None where that is not known.
    :param cpu_seconds: processor time of fitting; None where that is not known.
    :param rows: rows that it was trained on; None where that is not known.
    """

    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What a promotion has delivered so far.

    :param gain: gain over the displaced version, with its interval.
    :param deliveries: how many were compared.
    :param rows: rows that were compared.
    :param first: the first of these deliveries.
    :param last: the last one.
    :param total: gains added over the deliveries, in metric times deliveries.
    """

    gain: ConfidenceInterval
    deliveries: int
    rows: int
    first: str
    last: str
    total: float

    @property
    def regret(self) -> float:
        """What the displaced version would have gained over the promoted one, in metric times deliveries."""
        return max(0.0, -self.total)


@dataclass(frozen=True, kw_only=True)
class Account:
    """One promotion: promised, delivered, cost, regret.

    :param decision_id: the promotion in the ledger.
    :param version: the version that was promoted.
    :param displaced: the one it displaced; empty for a first champion.
    :param promoted: as-of date of the promotion (ISO); empty where that is not known.
    :param as_of: ISO date whose knowledge was used.
    :param metric: the metric of what was delivered.
    :param state: how it stands.
    :param why: why nothing has closed it, or which decision did.
    :param promised: what the gate found; None where it compared nothing, or did not record it.
    :param delivered: what the labels have shown; None before the first delivery.
    :param cost: what the training took.
    :param waiting: deliveries that both have scored and whose labels are not due.
    :param overdue: those whose labels are due and not there, which count for nothing.
    :param unpaired: those that one of the two has not scored, or not in the same content.
    :param z: the summed gain in standard errors; None before the first delivery.
    :param scatter: how far its deliveries lie apart.
    """

    decision_id: str
    version: str
    displaced: str
    promoted: str
    as_of: str
    metric: str
    state: str
    why: str = ""
    promised: Promise | None = None
    delivered: Delivered | None = None
    cost: TrainingCost = TrainingCost()
    waiting: int = 0
    overdue: int = 0
    unpaired: int = 0
    z: float | None = None
    scatter: Scatter = NO_SCATTER

    @property
    def regret(self) -> float | None:
        """What is regretted so far; None before the first delivery."""
        return self.delivered.regret if self.delivered else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values (NaN as None); :meth:`from_dict` reads them."""
        return ACCOUNT.stamp(plain(dataclasses.asdict(self)))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Account:
        """Build an account from what :meth:`to_dict` returned, in this version or an earlier one.

        :raises DataError: it is damaged, or of a newer format.
        """
        return ACCOUNT.read(values, cls._build)

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Account:
        delivered = fields["delivered"]
        return cls(**{
            **fields,
            "promised": fields["promised"] and Promise.from_dict(fields["promised"]),
            "delivered": delivered and Delivered(**{**delivered, "gain": read_interval(delivered["gain"])}),
            "cost": TrainingCost(**fields["cost"]),
            "scatter": Scatter(**fields["scatter"]),
        })


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


@dataclass(frozen=True, kw_only=True)
class YearTotal:
    """All promotions of a year.

    :param year: of their as-of dates; empty where that is not known.
    :param metric: the metric of the gains.
    :param promotions: how many.
    :param compared: those of which something was delivered.
    :param promised: their promised gains added up, of those that were compared.
    :param delivered: their delivered gains added up.
    :param regret: in metric times deliveries.
    :param wall_seconds: of all trainings.
    :param cpu_seconds: of all trainings.
    """

    year: str
    metric: str
    promotions: int
    compared: int
    promised: float
    delivered: float
    regret: float
    wall_seconds: float
    cpu_seconds: float


def total_by_year(accounts: Iterable[Account]) -> list[YearTotal]:
    """Return the totals of each year and metric, newest first, over the promotions that were compared.

    :param accounts: of one model.
    """
    found: dict[tuple[str, str], list[Account]] = {}
    for one in accounts:
        found.setdefault((one.promoted[:4], one.metric), []).append(one)
    return [_total(*key, found[key]) for key in sorted(found, reverse=True)]


def _total(year: str, metric: str, accounts: Sequence[Account]) -> YearTotal:
    both = [(one.promised, one.delivered) for one in accounts if one.delivered is not None]
    promised = [one.gain.value for one, _ in both if one is not None and one.metric == metric]
    return YearTotal(
        year=year,
        metric=metric,
        promotions=len(accounts),
        compared=len(both),
        promised=sum(value for value in promised if math.isfinite(value)),
        delivered=sum(delivered.gain.value for _, delivered in both),
        regret=sum(delivered.regret for _, delivered in both),
        wall_seconds=sum(one.cost.wall_seconds or 0.0 for one in accounts),
        cpu_seconds=sum(one.cost.cpu_seconds or 0.0 for one in accounts),
    )
