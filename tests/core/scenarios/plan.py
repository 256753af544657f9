"""What arrives in a scenario, and when: a quiet world of 28 days, changed where something happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from include.replay.local_deliveries import Arrival
from include.replay.runs import Runs, Training
from tests.core.scenarios.world import DELAY, Law, draw, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Change = Callable[[pa.Table], pa.Table]

DAYS = 28
CHAMPION = 9  # the day on which there are labels enough for a first champion
INCIDENT = 14  # the first day on which anything happens
_LABELS = ["customer_id", "as_of", "left"]


@dataclass(frozen=True)
class Sent:
    """A delivery of features.

    :param day: the day that it is about.
    :param on: the day on which it comes.
    :param table: its content.
    """

    day: int
    on: int
    table: pa.Table


@dataclass
class Plan:
    """What a scenario changes.

    :param seed: seed of its world.
    :param laws: day to its law; a quiet one where nothing is said.
    :param known: day to the day on which its labels are delivered; five days later where nothing is said.
    :param runs: when the training DAG runs; until there is a champion where nothing is said.
    :param until: the first day that is no longer looked at.
    """

    seed: int
    laws: dict[int, Law] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    runs: Runs = field(default_factory=Runs)
    until: int = DAYS
    _features: dict[int, list[Sent]] = field(default_factory=dict)
    _labels: dict[int, Change] = field(default_factory=dict)
    _early: list[tuple[int, int, pa.Table]] = field(default_factory=list)
    _corrected: list[tuple[int, int]] = field(default_factory=list)

    def rows(self, day: int, rows: int | None = None) -> pa.Table:
        """Return the customers of a day with what will have become of them."""
        law = self.laws.get(day, Law())
        return draw(self.seed, day, law) if rows is None else draw(self.seed, day, law, rows)

    def features(self, day: int) -> pa.Table:
        """Return what is known of a day's customers on the day."""
        return self.rows(day).drop_columns(["left"])

    def follow(self, days: Iterable[int], **changes: Any) -> None:
        """Let days follow another law."""
        for day in days:
            self.laws[day] = replace(self.laws.get(day, Law()), **changes)

    def send(self, day: int, table: pa.Table, *, on: int | None = None, anew: bool = True) -> None:
        """Deliver something as the features of a day.

        :param day: the day.
        :param table: the content.
        :param on: the day on which it comes; the same where nothing is said.
        :param anew: whether it takes the place of what would have come; otherwise it comes as well.
        """
        if anew:
            self._features[day] = []
        usual = [Sent(day, day, self.features(day))]
        self._features.setdefault(day, usual).append(Sent(day, day if on is None else on, table))

    def train_on(self, days: Iterable[int]) -> None:
        """Run the training DAG on given days, and until there is a champion."""
        dates = frozenset(iso(day) for day in (CHAMPION, *days))
        self.runs = Runs(training=Training.GIVEN, training_days=dates)

    def withhold(self, days: Iterable[int]) -> None:
        """Deliver neither the features of days nor, later, their labels."""
        for day in days:
            self._features[day] = []
            self.known[day] = 2 * DAYS

    def mislabel(self, day: int, change: Change, corrected_on: int) -> None:
        """Change a day's labels until they are delivered again."""
        self._labels[day] = change
        self._corrected.append((day, corrected_on))

    def label_early(self, day: int, table: pa.Table, on: int) -> None:
        """Deliver some of a day's labels before the others."""
        self._early.append((day, on, table))

    def arrivals(self) -> list[Arrival]:
        """Return everything that arrives at the source."""
        found = []
        for day in range(DAYS):
            for one in self._features.get(day, [Sent(day, day, self.features(day))]):
                found.append(_arrival("features", one.day, one.on, one.table))
        for on, table in self._label_tables().items():
            found.append(_arrival("labels", on, on, table))
        for day, on in self._corrected:
            partition = self._known_on(day)
            found.append(_arrival("labels", partition, on, self._labels_delivered(partition, right=True)))
        return found

    def _known_on(self, day: int) -> int:
        return self.known.get(day, day + DELAY)

    def _label_tables(self) -> dict[int, pa.Table]:
        days = {self._known_on(day) for day in range(DAYS)} | {on for _, on, _ in self._early}
        return {on: self._labels_delivered(on) for on in sorted(days) if on < DAYS}

    def _labels_delivered(self, on: int, *, right: bool = False) -> pa.Table:
        parts = [table.select(_LABELS) for _, when, table in self._early if when == on]
        for day in range(DAYS):
            if self._known_on(day) == on:
                labels = self.rows(day).select(_LABELS)
                parts.append(labels if right else self._labels.get(day, _as_it_is)(labels))
        return pa.concat_tables(parts)


def _as_it_is(table: pa.Table) -> pa.Table:
    return table


def _arrival(table: str, partition: int, on: int, content: pa.Table) -> Arrival:
    return Arrival(table=table, partition=iso(partition), content=content, on=iso(on))
