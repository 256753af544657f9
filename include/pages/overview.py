"""One model at a glance: what serves, what was decided last, what comes next, and who is needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from include.pages.entry import Entry, Moment

# In the order in which a model lives through them.
KINDS = (
    "readiness", "new-data check", "gate", "promotion", "rollback", "scoring", "drift", "performance",
    "probation", "policy",
)  # fmt: skip
_SERVING = ("promotion", "rollback", "scoring")  # say which version serves
# What a decision or a status may be, and how it is shown; others are neither good nor bad.
_GOOD = {"promote", "keep", "good", "no drift", "scored", "train", "wait", "skip"}
_WARN = {"retrain", "benign drift", "reject", "roll back", "not mature", "too few rows"}
_BAD = {"alert", "block", "worse", "impactful drift", "ask"}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An entry as it was found.

    :param entry: what it says; None if it can't be read.
    :param written: when; with its time zone.
    :param problem: why it can't be read.
    """

    entry: Entry | None
    written: datetime
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class DagFacts:
    """What Airflow knows of one DAG of a model.

    :param dag_id: its id.
    :param kind: such as ``training``.
    :param paused: whether it is.
    :param next_run: when its next run begins; None if no clock starts it.
    :param on_arrival: whether the arrival of data starts it.
    :param last_state: state of its newest run; empty before the first.
    :param last_run: id of that run.
    :param last_run_at: when it was due.
    """

    dag_id: str
    kind: str
    paused: bool
    next_run: datetime | None = None
    on_arrival: bool = False
    last_state: str = ""
    last_run: str = ""
    last_run_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that needs somebody: the higher the weight, the sooner."""

    weight: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A model, as its row among all models shows it.

    :param model: its name.
    :param kept: the entries by kind.
    :param dags: its DAGs by kind.
    """

    model: str
    kept: Mapping[str, Kept] = field(default_factory=dict)
    dags: Mapping[str, DagFacts] = field(default_factory=dict)

    def entry(self, kind: str) -> Entry | None:
        """Return what is known of one kind of decision."""
        found = self.kept.get(kind)
        return found.entry if found else None

    @property
    def champion(self) -> str | None:
        """The version that serves, as the newest task said that knows it; None where none has said so."""
        known = [
            (one.written, str(one.entry.facts["version"]))
            for kind in _SERVING
            if (one := self.kept.get(kind)) and one.entry and one.entry.facts.get("version")
        ]
        return max(known)[1] if known else None

    @property
    def since(self) -> datetime | None:
        """When it became champion; None where that was before anybody wrote it down."""
        moves = [one for kind in _SERVING[:2] if (one := self.kept.get(kind)) and one.entry]
        newest = max(moves, key=lambda one: one.written, default=None)
        if newest is None or newest.entry is None or str(newest.entry.facts.get("version")) != self.champion:
            return None
        return newest.written

    @property
    def watermark(self) -> str | None:
        """The newest delivery that was scored."""
        return last.day if (last := _newest(self.entry("scoring"))) else None

    @property
    def performance(self) -> tuple[Moment, ...]:
        """The windows of the primary metric, oldest first."""
        found = self.entry("performance")
        return found.history if found else ()

    @property
    def next_run(self) -> DagFacts | None:
        """The DAG that runs next."""
        due = [dag for dag in self.dags.values() if dag.next_run is not None and not dag.paused]
        return min(due, key=lambda dag: dag.next_run, default=None)  # type: ignore[arg-type, return-value]

    @property
    def waits_for(self) -> str:
        """What has to happen where no clock starts the next run."""
        woken = any(dag.on_arrival and not dag.paused for dag in self.dags.values())
        return "when data arrives" if woken else "nothing is scheduled"

    @property
    def needs(self) -> tuple[Need, ...]:
        """What needs somebody, the most urgent first."""
        needs = [
            Need(weight=100, text=f"the last run of {dag.kind} failed")
            for dag in self.dags.values()
            if dag.last_state == "failed"
        ]
        for kind in KINDS:
            kept = self.kept.get(kind)
            if kept is None:
                continue
            if kept.entry is None:
                needs.append(Need(weight=20, text=f"{kind}: unknown ({kept.problem})"))
            elif kept.entry.verdict and tone(kept.entry.verdict.decision) == "bad":
                said = kept.entry.verdict
                needs.append(Need(weight=60, text=f"{kind}: {said.decision}. {said.summary}"))
        if self.champion is None:
            needs.append(Need(weight=40, text="no champion is known yet"))
        needs += [Need(weight=30, text=f"{dag.kind} is paused") for dag in self.dags.values() if dag.paused]
        return tuple(sorted(needs, key=lambda need: -need.weight))

    @property
    def attention(self) -> int:
        """By how much it needs somebody: the sum of the weights."""
        return sum(need.weight for need in self.needs)


def tone(decision: str) -> str:
    """Return how a decision or a status is shown: ``good``, ``warn``, ``bad``, or nothing.

    :param decision: such as ``promote``.
    """
    word = decision.lower()
    for name, words in (("bad", _BAD), ("good", _GOOD), ("warn", _WARN)):
        if word in words:
            return name
    return ""


def by_attention(models: Sequence[Overview]) -> list[Overview]:
    """Return models with those first that need somebody most; of two alike by name."""
    return sorted(models, key=lambda one: (-one.attention, one.model))


def _newest(entry: Entry | None) -> Moment | None:
    return entry.history[-1] if entry and entry.history else None
