"""One setting walked through the past, in a process of its own: what it decided, and which models served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.replay.cache import Cache
from include.replay.engine import Replay
from include.replay.outcome import Kind, Result
from include.replay.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.data.splits import Holdout
    from include.lineage import SnapshotRef
    from include.replay.deliveries import Deliveries
    from include.replay.outcome import Day
    from include.replay.settings import Setting


@dataclass(frozen=True, kw_only=True)
class Past:
    """What all settings have in common.

    :param folder: the model folder.
    :param deliveries: what was delivered, and when.
    :param cache: folder for what is computed.
    :param days: ISO dates to walk, oldest first.
    :param first: the first of them that counts; those before only lead up to it.
    :param runs: on which of them each DAG runs.
    :param released: digests of the snapshots that somebody released from quarantine.
    """

    folder: Path
    deliveries: Deliveries
    cache: Path
    days: tuple[str, ...]
    first: str
    runs: Runs = field(default_factory=Runs)
    released: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model that a setting has fitted.

    :param model: its name.
    :param since: the first ISO date on which it could have served.
    :param newest_labels: newest labelled partition it knows.
    :param holdout: whom its training left out.
    """

    model: str
    since: str
    newest_labels: str
    holdout: Holdout | None


@dataclass(frozen=True, kw_only=True)
class Served:
    """What served on a day.

    :param day: ISO date.
    :param ref: the delivery that was scored last.
    :param model: name of the model that scored it.
    :param version: its version.
    """

    day: str
    ref: SnapshotRef
    model: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Walked:
    """A setting's way through the past.

    :param setting: the setting.
    :param days: what was decided on each day that counts.
    :param served: what served on each of these days, from the first champion on.
    :param fitted: every model that it fitted, on the days before too.
    """

    setting: Setting
    days: tuple[Day, ...]
    served: tuple[Served, ...]
    fitted: tuple[Fitted, ...]

    def count(self, kind: Kind, *results: Result) -> int:
        """Return how many candidates ended so; without results, how many there were."""
        found = [one for day in self.days for one in day.trained if one.kind is kind and one.fitted]
        return sum(not results or one.result in results for one in found)

    @property
    def alarms(self) -> int:
        """How often people would have been notified."""
        return sum(len(day.notified) for day in self.days)

    @property
    def cpu(self) -> float:
        """Seconds of CPU of all candidates, as if nothing had been computed before."""
        return sum(one.cpu for day in self.days for one in day.trained)


def walk(past: Past, setting: Setting, tick: Callable[[], None] | None = None) -> Walked:
    """Walk one setting through the past.

    :param past: what was delivered, and on which days.
    :param setting: the setting.
    :param tick: called after each day.
    """
    replay = Replay(
        setting.config,
        past.folder,
        past.deliveries,
        Cache(past.cache),
        runs=past.runs,
        released=past.released,
    )
    days, served, fitted = [], [], []
    for day in replay.walk(past.days):
        fitted += [
            Fitted(
                model=one.model,
                since=day.day if one.kind is Kind.TRAINING else _after(day.day),
                newest_labels=one.newest_labels,
                holdout=one.holdout,
            )
            for one in day.trained
            if one.model is not None
        ]
        if day.day >= past.first:
            days.append(day)
            if (last := replay.last_scored) is not None:
                version, ref = last
                model = replay.state.versions[version].model
                served.append(Served(day=day.day, ref=ref, model=model, version=version))
        if tick is not None:
            tick()
    return Walked(setting=setting, days=tuple(days), served=tuple(served), fitted=tuple(fitted))


def _after(day: str) -> str:
    """Return the text that sorts behind a date and before the next one: a retraining serves from then on."""
    return f"{day}~"
