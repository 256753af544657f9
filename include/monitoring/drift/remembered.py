"""What is remembered of the drift check from day to day: its decision about each of the newest deliveries."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from include.monitoring.drift.decision import DriftDecision, rename_decision
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping


def _rename_decisions(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 calls the decisions no drift, benign drift, impactful drift, and inconclusive."""
    windows = {partition: rename_decision(word) for partition, word in fields["windows"].items()}
    return {**fields, "windows": windows}


REMEMBERED_DRIFT = RecordKind(
    name="memory of the drift check",
    remedy="reset it with `bin/mlops policy MODEL --reset`",
    upgrades=(_rename_decisions,),
)


@dataclass(frozen=True, kw_only=True)
class RememberedDrift(Record, kind=REMEMBERED_DRIFT):
    """Decisions of the drift check about the newest deliveries, against one champion.

    :param version: the champion's version.
    :param windows: partition (ISO date) to decision.
    """

    version: str
    windows: Mapping[str, DriftDecision]

    def _plain(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        windows = {partition: DriftDecision(word) for partition, word in plain["windows"].items()}
        return cls(version=plain["version"], windows=windows)
