"""What a live system decided, and where a replay decides otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.replay.outcome import Kind
from include.replay.runs import Runs, Training

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.monitoring.report.day_record import DayRecord
    from include.replay.outcome import Day, Trained

NONE = "none"


@dataclass(frozen=True, kw_only=True)
class RecordedTraining:
    """A candidate that the live system trained.

    :param kind: training or retraining.
    :param as_of: ISO date.
    :param gate: the gate's decision: ``promote``, ``reject`` or ``block``; empty where there was none.
    :param version: the version it was registered as; None where it was not.
    """

    kind: Kind
    as_of: str
    gate: str
    version: str | None

    @property
    def open(self) -> bool:
        """Whether its end is not on record: it has not met its gate, or passed it and was not registered.

        Its run may be going on at this moment, or have failed, or was a preview.
        """
        return not self.gate or (self.gate == "promote" and self.version is None)

    def to_text(self) -> str:
        """Return it as one phrase."""
        return f"{self.kind} as of {self.as_of}"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a live system decided.

    :param days: ISO date to the record of its monitoring.
    :param trainings: its candidates, in the order in which they were trained.
    :param scored_on: the days as of which a delivery was scored.
    :param watched_on: the days on which monitoring ran, those of earlier releases, which kept no record of
        what they decided, too.
    """

    days: Mapping[str, DayRecord] = field(default_factory=dict)
    trainings: tuple[RecordedTraining, ...] = ()
    scored_on: frozenset[str] = frozenset()
    watched_on: frozenset[str] = frozenset()

    @property
    def all_days(self) -> list[str]:
        """Every day on which the live system did anything and came to an end with it, oldest first."""
        trained = (one.as_of for one in self.trainings if not one.open)
        return sorted({*self.days, *self.scored_on, *self.watched_on, *trained})

    @property
    def left_open(self) -> tuple[RecordedTraining, ...]:
        """The candidates whose end is not on record, which are not compared."""
        return tuple(one for one in self.trainings if one.open)

    @property
    def runs(self) -> Runs:
        """On which days each of its DAGs ran, as far as anything came of it."""
        return Runs(
            training=Training.ONLY_GIVEN,
            training_days=frozenset(self.trained_on),
            scoring_days=self.scored_on,
            monitoring_days=self.watched_on | frozenset(self.days),
        )

    @property
    def trained_on(self) -> tuple[str, ...]:
        """The days as of which the training DAG made a candidate and decided on it, oldest first."""
        found = {one.as_of for one in self.trainings if one.kind is Kind.TRAINING and not one.open}
        return tuple(sorted(found))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something that a replay decides otherwise.

    :param day: ISO date.
    :param what: what was decided.
    :param live: how the live system decided it.
    :param replayed: how the replay did.
    """

    day: str
    what: str
    live: str
    replayed: str

    def to_text(self) -> str:
        """Return it as a line."""
        return f"{self.day}  {self.what}: live {self.live}, replayed {self.replayed}"


def compare(recorded: Recorded, days: Sequence[Day]) -> list[Difference]:
    """Return what was decided otherwise, day by day; a day without a record is compared in its trainings.

    A live system goes on while it is looked at: where the end of a candidate is not on record, the trainings
    of this kind and day are left out.

    Of a candidate the end counts, as it stands on its MLflow run: one that was refused and kept may have been
    promoted in a later exam.

    :param recorded: what the live system decided.
    :param days: what the replay decides, oldest first.
    """
    promoted = {
        one.promoted: one.version for day in days for one in day.trained if one.promoted and one.version
    }
    found: list[Difference] = []
    for day in days:
        pairs: list[tuple[str, str, str]] = []
        if (known := recorded.days.get(day.day)) is not None:
            pairs += _watching(known, day)
        for kind in Kind:
            live = [one for one in recorded.trainings if (one.as_of, one.kind) == (day.day, kind)]
            if any(one.open for one in live):
                continue
            pairs += _training(kind, live, [one for one in day.trained if one.kind is kind], promoted)
        found += [
            Difference(day=day.day, what=what, live=live, replayed=replayed)
            for what, live, replayed in pairs
            if live != replayed
        ]
    return found


def _watching(live: DayRecord, day: Day) -> Iterator[tuple[str, str, str]]:
    """Yield what was decided, how live and how replayed."""
    watched = day.watched
    champion = watched and watched.policy.inputs["champion"]
    yield "champion", live.champion or NONE, champion["version"] if champion else NONE
    yield "newest delivery", live.partition, watched.partition if watched else "monitoring failed"
    yield "drift", live.drift or NONE, day.drift or NONE
    yield "new labels", f"{live.new_labels:,}", f"{watched.new_labels:,}" if watched else NONE
    for partition in sorted({*live.statuses, *day.statuses}):
        name = f"performance of {partition}"
        yield name, live.statuses.get(partition, NONE), day.statuses.get(partition, NONE)
    yield "policy", live.decision, day.policy or "monitoring failed"


def _training(
    kind: Kind, live: list[RecordedTraining], trained: list[Trained], promoted: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield how the candidates of a day ended."""
    replayed = [one for one in trained if one.fitted]
    yield f"{kind}: candidates", str(len(live)), str(len(replayed))
    for one, other in zip(live, replayed, strict=False):
        version = promoted.get(other.candidate or "")
        own = "reject" if other.promoted else other.verdict.decision if other.verdict else NONE
        yield f"{kind}: gate", one.gate or NONE, "promote" if version else own
        yield f"{kind}: version", one.version or NONE, version or NONE
