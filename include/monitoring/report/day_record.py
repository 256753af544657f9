"""The record of one day of monitoring: what its page shows to people, for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from include.monitoring.policy.rules import PAST
from include.records import Record, RecordKind
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_RECORD = RecordKind(
    name="record of a day of monitoring", remedy="remove it; the day can then no longer be compared with"
)


@dataclass(frozen=True, kw_only=True)
class DayRecord(Record, kind=DAY_RECORD):
    """What monitoring found and decided as of a day.

    :param model: the model's name.
    :param as_of: ISO date.
    :param champion: the version that was watched; None without one.
    :param partition: the newest good delivery.
    :param drift: the drift check's decision on it; None without a champion.
    :param statuses: partition to status of the champion's performance in each window.
    :param new_labels: labelled rows that the champion had not learned from.
    :param verdict: the policy's.
    """

    model: str
    as_of: str
    champion: str | None
    partition: str
    drift: str | None
    statuses: Mapping[str, str]
    new_labels: int
    verdict: Verdict

    @property
    def in_the_past(self) -> bool:
        """Whether the day had been decided about before, so that nothing followed from this decision."""
        return any(reason.rule == PAST and reason.passed is False for reason in self.verdict.reasons)

    @property
    def decision(self) -> str:
        """What followed from the day: ``retrain`` also where the retraining had just been started before."""
        state = self.verdict.inputs.get("state") or {}
        started = state.get("last_retraining") == self.as_of and not state.get("pending")
        return "retrain" if started and not self.in_the_past else self.verdict.decision

    def _plain(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict.to_dict()}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(**{**fields, "verdict": Verdict.from_dict(fields["verdict"])})
