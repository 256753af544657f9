"""The account of a promotion: what the gate promised, what was delivered, what it cost, what is regretted.

The promise is the gain that the gate measured. It is reported and never tested against, because it was
selected: among candidates that pass, the measured gain is larger than the true one. *Delivered* is the paired
gain over the displaced version on deliveries since, all rows weighing the same. *Regret* is what the
displaced version would have gained over the promoted one, added over those deliveries (metric times
deliveries); it is 0 where the promoted version did better.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from include.evaluation.confidence_interval import ConfidenceInterval, read_interval
from include.promotion.probation.evidence import NO_SCATTER, Scatter
from include.records import Record, RecordKind
from include.strict_json import plain

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
class Account(Record, kind=ACCOUNT):
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

    def _plain(self) -> dict[str, Any]:
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        delivered = fields["delivered"]
        return cls(**{
            **fields,
            "promised": fields["promised"] and Promise.from_dict(fields["promised"]),
            "delivered": delivered and Delivered(**{**delivered, "gain": read_interval(delivered["gain"])}),
            "cost": TrainingCost(**fields["cost"]),
            "scatter": Scatter(**fields["scatter"]),
        })
