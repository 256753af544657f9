"""A model of what Airflow does to the policy: tasks that are killed, cleared, retried and run side by side.

The policy and :func:`decide_once` are the real ones. Airflow is modelled by what it promises: a second run of
an id is refused (the trigger is skipped), and the asset state store is read, then written, without a lock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from functools import partial
from typing import Any

from include.config.monitoring_schema import Policy
from include.monitoring.policy.decide import Decision, decide
from include.monitoring.policy.exactly_once import decide_once
from include.monitoring.policy.inputs import Champion, PolicyState, WindowFinding

LIMITS = Policy(windows=3, breaches=1, cooldown_days=3, min_new_labels=100)


def iso(day: int) -> str:
    """Return the ISO date of a day of the model."""
    return (date(2005, 1, 1) + timedelta(days=day)).isoformat()


class Stage(IntEnum):
    """How far a monitoring run has come: what it has done already."""

    WAITING = 0
    READ = 1
    DECIDED = 2
    WRITTEN = 3
    TRIGGERED = 4


@dataclass
class Monitor:
    """One monitoring run: a policy task, then a retrain task.

    :param day: its as-of date.
    """

    day: int
    stage: Stage = Stage.WAITING
    seen: dict[str, Any] = field(default_factory=dict)
    state: PolicyState = field(default_factory=PolicyState)
    made: Record | None = None


@dataclass(frozen=True)
class Record:
    """A decision as it was made, whatever became of its run later."""

    day: int
    champion: Champion | None
    state: PolicyState
    decision: Decision

    @property
    def evidence(self) -> str | None:
        """What it was made on, as text: champion, kind and windows, not their digest."""
        evidence = self.decision.verdict.inputs["evidence"]
        if self.champion is None or evidence is None:
            return None
        return json.dumps([self.champion.version, evidence["kind"], evidence["windows"]])

    @property
    def kind(self) -> str:
        """The kind of its evidence: ``performance`` or ``drift``; empty without any."""
        evidence = self.decision.verdict.inputs["evidence"]
        return str(evidence["kind"]) if evidence else ""

    @property
    def version(self) -> str:
        """The champion it was made on; empty without one."""
        return self.champion.version if self.champion else ""

    @property
    def begins_cooldown(self) -> bool:
        """Whether the cooldown counts from this decision, if its retraining is started."""
        return self.decision.state.last_retraining == iso(self.day)


@dataclass
class Airflow:
    """The world that the monitoring runs share."""

    today: int = 10
    champion: Champion | None = field(default_factory=lambda: Champion(version="1", newest_labels=iso(5)))
    new_labels: int = 500
    windows: dict[str, dict[int, WindowFinding]] = field(default_factory=dict)
    store: str = "{}"
    runs: set[str] = field(default_factory=set)
    started: list[Record] = field(default_factory=list)
    decisions: list[Record] = field(default_factory=list)
    written: list[Record] = field(default_factory=list)

    def found(self, day: int) -> list[WindowFinding]:
        """Return what the checks would find about the present champion as of a day."""
        version = self.champion.version if self.champion else ""
        return [one for at, one in sorted(self.windows.get(version, {}).items()) if at <= day]

    def step(self, monitor: Monitor) -> None:
        """Let a run do the next thing that others can see or disturb."""
        action = (self._read, self._decide, self._write, self._trigger, lambda _: None)[monitor.stage]
        action(monitor)
        monitor.stage = Stage(min(monitor.stage + 1, Stage.TRIGGERED))

    def finish(self, monitor: Monitor) -> None:
        """Let a run go to its end, undisturbed."""
        while monitor.stage < Stage.TRIGGERED:
            self.step(monitor)

    def _read(self, monitor: Monitor) -> None:
        monitor.state = PolicyState.from_dict(json.loads(self.store))
        monitor.seen = {
            "findings": self.found(monitor.day), "model": "m", "champion": self.champion,
            "as_of": iso(monitor.day), "new_labels": self.new_labels, "limits": LIMITS,
        }  # fmt: skip

    def _decide(self, monitor: Monitor) -> None:
        seen = dict(monitor.seen)
        made = partial(decide, seen.pop("findings"), **seen)
        decision = decide_once(lambda state: made(state=state), monitor.state, self.runs.__contains__)
        monitor.made = Record(monitor.day, monitor.seen["champion"], monitor.state, decision)
        self.decisions.append(monitor.made)

    def _write(self, monitor: Monitor) -> None:
        assert monitor.made is not None
        self.store = json.dumps(monitor.made.decision.state.to_dict())
        self.written.append(monitor.made)

    def _trigger(self, monitor: Monitor) -> None:
        assert monitor.made is not None
        run_id = monitor.made.decision.run_id
        if run_id is not None and run_id not in self.runs:
            self.runs.add(run_id)
            self.started.append(monitor.made)
