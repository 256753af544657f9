"""A model and its Airflow, from hour to hour: what is delivered, what runs, and what the watchdog sees of it.

It knows nothing of the rules. Somebody breaks it, and the watchdog has to notice.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from include.alerting.alert import OpenAlert
from include.config.schedule import tick_from
from include.config.watchdog_schema import Watchdog
from include.watchdog.facts import Champion, Facts, FailingChannel, Waiting
from include.watchdog.look import KIND, Look, look_at
from include.watchdog.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
KINDS = ("training", "scoring", "monitoring", "retraining", "rollback")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
_RUN = 40 * timedelta(minutes=1)  # how long a run takes


def at(day: int, hour: int = 0) -> datetime:
    """Return a moment of the simulation: day 0 is a Monday."""
    return START + day * DAY + hour * HOUR


@dataclass(frozen=True)
class Arrival:
    """A partition, and when it was there."""

    partition: date
    arrives: datetime


@dataclass
class SimulatedModel:
    """A model that is watched.

    :param deliveries: of features, in the order of their partitions.
    :param labels: of labels; None where they are a column of the features.
    :param schedule: of its scheduled DAGs.
    :param settings: of the watchdog.
    :param max_age_days: of the policy.
    :param every: days that a delivery is about.
    :param labels_delay: days after which labels are due.
    :param champion: from when on there is one, and as of when it was trained.
    :param down: kind of DAG to the spans in which it gets no runs although it is not paused.
    :param paused: kind of DAG to the spans in which it is paused.
    :param skipping: kind of DAG to the spans in which its runs skip their work.
    :param approvals: versions that wait, with their spans.
    :param undecided: candidates without a decision, with their spans.
    :param channel_down: the spans in which a channel accepts nothing that is sent.
    :param free: what of the disk is free, from a moment on.
    """

    deliveries: list[Arrival]
    labels: list[Arrival] | None = None
    schedule: str | None = "30 5 * * *"
    settings: Watchdog = field(default_factory=Watchdog)
    max_age_days: int | None = None
    every: int = 1
    labels_delay: int = 0
    champion: list[tuple[datetime, str, str]] = field(default_factory=lambda: [(START, "1", "2026-01-04")])
    down: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    paused: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    skipping: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    approvals: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    undecided: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    channel_down: list[tuple[datetime, datetime]] = field(default_factory=list)
    free: list[tuple[datetime, float]] = field(default_factory=lambda: [(START, 0.5)])
    memory: Memory = field(default_factory=Memory)

    def facts(self, now: datetime, open_alerts: frozenset[tuple[str, str]] = frozenset()) -> Facts:
        """Return what the watchdog finds out at a moment, and remember it."""
        features = _arrived(self.deliveries, now)
        paused = {kind: _within(self.paused.get(kind, []), now) for kind in KINDS}
        self.memory = self.memory.after(
            now, newest=max(features, default=""), scored=self._newest_scored(now), paused=paused
        )
        versions = [one for one in self.champion if one[0] <= now]
        return Facts(
            model="lending",
            now=now,
            schedule=self.schedule,
            settings=self.settings,
            max_age_days=self.max_age_days,
            every=self.every,
            labels_delay=self.labels_delay,
            memory=self.memory,
            features=features,
            labels=None if self.labels is None else _arrived(self.labels, now),
            champion=Champion(version=versions[-1][1], trained=versions[-1][2]) if versions else None,
            runs={kind: self._runs(kind, now) for kind in ("training", "scoring", "monitoring")},
            approvals=tuple(Waiting(subject=s, since=a) for s, a, b in self.approvals if a <= now < b),
            undecided=tuple(Waiting(subject=s, since=a) for s, a, b in self.undecided if a <= now < b),
            channels=tuple(
                FailingChannel(
                    name="mail to ops@example.com (smtp_default)", since=a, missed=("lending: gate: block",)
                )
                for a, b in self.channel_down
                if a <= now < b
            ),
            open_alerts=open_alerts,
            storage={"object store": [share for since, share in self.free if since <= now][-1]},
        )

    def _newest_scored(self, now: datetime) -> str:
        """Return the newest delivery that a run of scoring has met as the newest."""
        done = [tick for tick, state in self._runs("scoring", now).items() if state == "success"]
        met = [one.partition.isoformat() for one in self.deliveries if done and one.arrives <= done[-1]]
        return max(met, default="")

    def _runs(self, kind: str, now: datetime, count: int = 100) -> dict[datetime, str | None]:
        if self.schedule is None:
            return {}
        found: dict[datetime, str | None] = {}
        ticks = _all_ticks(self.schedule)
        here = bisect_right(ticks, now)
        for before, tick in pairwise(ticks[max(0, here - count - 1) : here]):
            if _within(self.paused.get(kind, []), tick) or _within(self.down.get(kind, []), tick):
                continue
            if tick + _RUN > now:
                found[tick] = "running"
            elif _within(self.skipping.get(kind, []), tick) or not self._has_work(kind, before, tick):
                found[tick] = "skipped"
            else:
                found[tick] = "success"
        return found

    def _has_work(self, kind: str, before: datetime, tick: datetime) -> bool:
        """Tell whether a run has anything to do: labels that are new, a champion that scores."""
        if kind == "training":
            return self._is_news(before, tick)
        return kind != "scoring" or any(since <= tick for since, *_ in self.champion)

    def _is_news(self, before: datetime, tick: datetime) -> bool:
        """Tell whether labels have come since the run of training before."""
        arrivals = self._label_arrivals
        return bisect_right(arrivals, before) < bisect_right(arrivals, tick)

    @cached_property
    def _label_arrivals(self) -> list[datetime]:
        return sorted(one.arrives for one in (self.deliveries if self.labels is None else self.labels))


@dataclass
class People:
    """Whoever is notified: once for each cause, until it is resolved.

    :param messages: moment, rule and subject of each alert.
    :param resolved: moment, rule and subject of each that was resolved.
    """

    messages: list[tuple[datetime, str, str]] = field(default_factory=list)
    resolved: list[tuple[datetime, str, str]] = field(default_factory=list)
    open_alerts: dict[str, OpenAlert] = field(default_factory=dict)

    @property
    def open_causes(self) -> frozenset[tuple[str, str]]:
        """Rule and subject of each open alert."""
        return frozenset((one.kind.removeprefix(KIND), one.subject) for one in self.open_alerts.values())

    def hear(self, look: Look, now: datetime) -> None:
        """Do what the watchdog's task does with a look."""
        for alert in look.alerts:
            rule = alert.cause.kind.removeprefix(KIND)
            if alert.cause.digest not in self.open_alerts:
                self.messages.append((now, rule, alert.cause.subject))
                self.open_alerts[alert.cause.digest] = OpenAlert.first(alert, now.isoformat())
        for digest, known in list(self.open_alerts.items()):
            if look.resolves(known):
                self.resolved.append((now, known.kind.removeprefix(KIND), known.subject))
                del self.open_alerts[digest]


def watch(model: SimulatedModel, moments: Iterable[datetime]) -> People:
    """Let the watchdog look at some moments."""
    people = People()
    for now in moments:
        people.hear(look_at(model.facts(now, people.open_causes)), now)
    return people


def moments(first: datetime, last: datetime, every: timedelta) -> list[datetime]:
    """Return moments at equal distances."""
    return [first + n * every for n in range((last - first) // every + 1)]


@cache
def _all_ticks(schedule: str) -> list[datetime]:
    """Return the moments of a schedule, from before the simulation to its end."""
    found, last = [tick_from(schedule, at(-60))], at(131)
    while found[-1] < last:
        found.append(tick_from(schedule, found[-1] + timedelta(minutes=1)))
    return found


def _arrived(arrivals: list[Arrival], now: datetime) -> tuple[str, ...]:
    return tuple(sorted(one.partition.isoformat() for one in arrivals if one.arrives <= now))


def _within(spans: list[tuple[datetime, datetime]], moment: datetime) -> bool:
    return any(first <= moment < last for first, last in spans)
