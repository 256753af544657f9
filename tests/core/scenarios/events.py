"""What happened on a day of a replay, in the words of the table: only what is new, and only what matters."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy.assessment import PolicyDecision
from include.promotion.probation.subject import ProbationDecision
from include.replay.outcome import Kind, Result
from tests.core.scenarios.world import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.replay.outcome import Day

_USUAL = {PerformanceStatus.GOOD, PerformanceStatus.NOT_MATURE}
_SILENT = {Result.WAIT, Result.NOTHING_NEW}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WARNING = "WARNING dominant column:"


def events_of(days: Iterable[Day]) -> dict[int, list[str]]:
    """Return what happened: day to its events; a day without any is left out.

    :param days: a replay's days, oldest first.
    """
    seen = _Seen()
    found = {_number(day.day): [_numbered(event) for event in seen.events(day)] for day in days}
    return {day: events for day, events in found.items() if events}


class _Seen:
    """What was said before, so that a state is said when it begins or ends and not on every day it lasts."""

    def __init__(self) -> None:
        self._quarantined: set[str] = set()
        self._statuses: dict[str, str] = {}
        self._drift = str(DriftDecision.NO_DRIFT)
        self._alert = False
        self._promotion: tuple[str, str] | None = None

    def events(self, day: Day) -> Iterator[str]:
        """Yield the events of a day, in the order in which its DAGs run."""
        yield from self._trained(day, Kind.TRAINING)
        for failure in day.failures:
            yield f"{failure.task} fails: {failure.error}"
        for name in sorted({*day.quarantined} - self._quarantined):
            yield f"quarantined: {name.replace('/', ' of ')}"
        self._quarantined |= {*day.quarantined}
        if day.drift not in {None, self._drift}:
            yield day.drift if day.drift != DriftDecision.NO_DRIFT else "no drift any more"
        self._drift = day.drift or self._drift
        yield from self._performance(day.statuses)
        alert = day.policy == PolicyDecision.ALERT
        if alert != self._alert:
            yield "policy: alert" if alert else "policy: no alert any more"
        self._alert = alert
        yield from self._trained(day, Kind.RETRAINING)
        yield from self._probation(day)
        if day.notified:
            yield f"people are notified: {', '.join(sorted(day.notified))}"

    @staticmethod
    def _trained(day: Day, kind: Kind) -> Iterator[str]:
        for one in day.trained:
            if one.kind is kind and one.result not in _SILENT:
                yield f"{kind}: {one.result}" + (f", version {one.version}" if one.version else "")
                for reason in one.verdict.reasons if one.verdict else ():
                    if reason.rule.startswith(_WARNING):
                        column = reason.rule.removeprefix(_WARNING)
                        yield f"the gate warns: {column} nearly makes up the model alone"

    def _probation(self, day: Day) -> Iterator[str]:
        verdict = day.watched.probation if day.watched else None
        if verdict is None:
            return
        found = (str(verdict.inputs["version"]), verdict.decision)
        if found != self._promotion and verdict.decision != ProbationDecision.CONTINUE:
            yield f"probation of version {found[0]}: {found[1]}"
        if day.rolled_back:
            yield f"version {day.champion} serves again"
        self._promotion = found

    def _performance(self, statuses: dict[str, str]) -> Iterator[str]:
        for partition, status in sorted(statuses.items()):
            if status == PerformanceStatus.NO_PREDICTIONS:
                continue  # of a version that was not there yet
            before = self._statuses.get(partition)
            if status != before and (status not in _USUAL or before == PerformanceStatus.WORSE):
                yield f"performance of {partition}: {status}"
            self._statuses[partition] = status


def _number(day: str) -> int:
    return (date.fromisoformat(day) - FIRST_DAY).days


def _numbered(event: str) -> str:
    """Return an event with days by number, as the table has them."""
    return _DATE.sub(lambda found: f"day {_number(found[0])}", event)
