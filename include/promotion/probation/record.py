"""What is kept of a delivery that two versions scored: its evidence, in a form that adds up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from include.evaluation.buckets import BucketedGain
from include.records import Record, RecordKind

PAIRED_DELIVERY = RecordKind(
    name="record of a delivery in probation",
    remedy="remove the file: a monitoring run as of a date on which the delivery is watched writes it again",
)


class PairStatus(StrEnum):
    """What became of a delivery that both versions scored."""

    MEASURED = "measured"
    WAITING = "waiting for labels"
    OVERDUE = "labels overdue"
    LEARNED = "no rows that neither version was trained on"
    UNMATCHED = "no row that both have scored"
    ONE_CLASS = "labels of one class only"


@dataclass(frozen=True, kw_only=True)
class PairedDelivery(Record, kind=PAIRED_DELIVERY):
    """A delivery that the promoted and the displaced version scored.

    :param partition: ISO date of the delivery.
    :param md5: digest of the content that both have scored.
    :param as_of: ISO date whose knowledge was used.
    :param status: what became of it.
    :param positives: compared rows of class 1; None where there are not two classes.
    :param gain: gain of the promoted over the displaced version in the primary metric; None unless measured.
    """

    partition: str
    md5: str
    as_of: str
    status: PairStatus
    positives: int | None = 0
    gain: BucketedGain | None = None

    def _plain(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in ("partition", "md5", "as_of", "positives")}
        gain = self.gain.to_plain() if self.gain is not None else None
        return {**fields, "status": str(self.status), "gain": gain}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        gain = fields["gain"] and BucketedGain.from_plain(fields["gain"])
        return cls(**{**fields, "status": PairStatus(fields["status"]), "gain": gain})
