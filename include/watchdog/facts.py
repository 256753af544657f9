"""What the watchdog knows of one model at one moment; whatever could not be found out is named as such."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from include.config.schedule import ticks_before
from include.config.watchdog_schema import Watchdog
from include.watchdog.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEDULED = ("training", "scoring", "monitoring")
WORK = {"training": "train", "scoring": "score", "monitoring": "policy"}
"""The task of each scheduled DAG without which its run has done nothing."""
MOST_TICKS = 100  # of a DAG that are asked for
_DEFAULTS = Watchdog()


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The version that serves.

    :param version: its number.
    :param trained: as-of date of its training (ISO); empty where it was not recorded.
    """

    version: str
    trained: str = ""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Something that waits for somebody.

    :param subject: what it is, free of all that changes from day to day.
    :param since: when it began to wait, with its time zone.
    """

    subject: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class FailingChannel:
    """A channel that did not accept an alert, and none since.

    :param name: of the channel.
    :param since: when the oldest alert that it did not accept occurred, with its time zone.
    :param missed: headlines of those alerts.
    """

    name: str
    since: datetime
    missed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one model.

    :param model: its name.
    :param now: the moment, in UTC.
    :param schedule: of its scheduled DAGs; None where they are only triggered.
    :param settings: ``monitoring.watchdog``.
    :param max_age_days: ``monitoring.policy.max_age_days``.
    :param every: days that a delivery of features is about, as the model's configuration says.
    :param labels_delay: days after a delivery until its labels are due.
    :param memory: what the watchdog remembers, this moment included.
    :param features: partitions at the source now, ISO dates, oldest first.
    :param labels: the same of the labels; None where they are a column of the features.
    :param champion: the version that serves; None before the first.
    :param runs: kind of DAG to the moments of its schedule at which it has a run, with the state of the task
        that does the work (None: not yet begun); see :data:`WORK`.
    :param approvals: versions for whose approval somebody is asked.
    :param undecided: candidates and decisions that nobody has brought to an end.
    :param channels: alert channels that fail.
    :param storage: what of a store is free, as a share, by the name of the store.
    :param open_alerts: rule and subject of the watchdog's open alerts.
    :param unknown: name of a fact to why it is not known; its value is then a default without a meaning.
    """

    model: str
    now: datetime
    schedule: str | None = "@daily"
    settings: Watchdog = _DEFAULTS
    max_age_days: int | None = None
    every: int = 1
    labels_delay: int = 0
    memory: Memory = field(default_factory=Memory)
    features: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    champion: Champion | None = None
    runs: Mapping[str, Mapping[datetime, str | None]] = field(default_factory=lambda: MappingProxyType({}))
    approvals: tuple[Waiting, ...] = ()
    undecided: tuple[Waiting, ...] = ()
    channels: tuple[FailingChannel, ...] = ()
    storage: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    open_alerts: frozenset[tuple[str, str]] = frozenset()
    unknown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def with_more(self, **facts: Any) -> Facts:
        """Return the same with further facts, by their names."""
        return replace(self, **facts)

    def due_ticks(self, kind: str, count: int) -> list[datetime]:
        """Return the newest moments at which a DAG should have had a run by now, oldest first.

        Those before the watchdog saw the DAG running do not count, nor those that are not late yet.

        :param kind: of the DAG, one of :data:`SCHEDULED`.
        :param count: how many at most.
        """
        since = self.memory.running.get(kind)
        if self.schedule is None or since is None:
            return []
        late = self.now - timedelta(hours=self.settings.run_late)
        return [tick for tick in ticks_before(self.schedule, late, count) if tick > since]


def usual_gap(partitions: tuple[str, ...], otherwise: int) -> int:
    """Return the days from one partition to the next, at most: the second largest of the newest 30 gaps.

    So weekends and months of any length are usual, and a single hole in the past is not.

    :param partitions: ISO dates, oldest first.
    :param otherwise: what counts where there is one partition, or none.
    """
    days = [date.fromisoformat(one) for one in partitions[-(_GAPS + 1) :]]
    gaps = sorted((after - before).days for before, after in pairwise(days))
    if not gaps:
        return otherwise
    return gaps[-2] if len(gaps) > _FEW else gaps[-1]


_GAPS, _FEW = 30, 2


def gap_of_features(facts: Facts) -> int:
    """Return the days from one delivery of features to the next, at most.

    :param facts: what is known.
    """
    return facts.settings.delivery_every or usual_gap(facts.features, facts.every)
