"""What a replay knows at the end of a day: the versions it has made, the champion, and what is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from include.monitoring.performance.evaluate_window import EvaluatedVersion
from include.monitoring.policy.inputs import PolicyState
from include.promotion.probation.promotions import PROMOTION, ROLLBACK, Move

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.alerting.alert import Cause
    from include.data.dataset_record import Dataset
    from include.data.splits import Holdout
    from include.monitoring.drift.decision import DriftDecision
    from include.monitoring.performance.record import Reference
    from include.promotion.attempts.exam import Exam
    from include.promotion.probation.record import PairedDelivery


@dataclass(frozen=True, kw_only=True)
class Version:
    """A candidate, or the version that it became in the model registry.

    :param number: its number; empty for a candidate.
    :param model: name of the fitted model, by which :class:`include.replay.models.Models` finds it.
    :param as_of: ISO date of the run that trained it.
    :param training_key: digest of what it learned from.
    :param learned: the record of what it learned from; None where nobody knows.
    :param newest_labels: newest labelled partition it knows.
    :param holdout: whom its training left out; None where nobody knows.
    :param reference: what its evaluation found; None where nobody knows.
    :param importance: what each feature is worth to it; None where nobody knows.
    """

    number: str
    model: str
    as_of: str
    training_key: str
    learned: Dataset | None
    newest_labels: str
    holdout: Holdout | None
    reference: Reference | None = None
    importance: Mapping[str, float] | None = None

    def evaluated(self) -> EvaluatedVersion:
        """Return it as the performance check sees it."""
        return EvaluatedVersion(
            version=self.number,
            newest_labels=self.newest_labels,
            reference=self.reference,
            holdout=self.holdout,
        )


@dataclass
class State:
    """What changes from day to day.

    :param versions: number to version.
    :param champion: number of the version that serves; None before the first promotion.
    :param last: the highest number given so far.
    :param candidates: name to candidate, in the order in which they were trained.
    :param exams: the exams of the champion's life.
    :param policy: what the policy remembers.
    :param drift: what it remembers of the drift check against the champion: partition to decision.
    :param moves: every change of the champion.
    :param probation: decision of a promotion to the last word of its probation, ``keep`` or ``ask``.
    :param paired: decision of a promotion to what was measured on each delivery since.
    :param rolled_back: training keys of versions that were rolled back from, with the day of it.
    :param started: run ids of the retrainings that were started.
    :param rejected: training keys and test sets of rejected candidates, with the day of the rejection.
    :param scored: partition to what was predicted about it: version and digest of the snapshot.
    :param open_alerts: causes of which people were notified and which nothing has ended yet, by digest.
    """

    versions: dict[str, Version] = field(default_factory=dict)
    champion: str | None = None
    last: int = 0
    candidates: dict[str, Version] = field(default_factory=dict)
    exams: list[Exam] = field(default_factory=list)
    policy: PolicyState = field(default_factory=PolicyState)
    drift: dict[str, DriftDecision] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    probation: dict[str, str] = field(default_factory=dict)
    paired: dict[str, dict[str, PairedDelivery]] = field(default_factory=dict)
    rolled_back: dict[str, str] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    rejected: dict[tuple[str, str], str] = field(default_factory=dict)
    scored: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    open_alerts: dict[str, Cause] = field(default_factory=dict)

    @property
    def serving(self) -> Version | None:
        """The champion; None before the first promotion."""
        return self.versions[self.champion] if self.champion else None

    def remembered_drift(self, version: str | None) -> dict[str, DriftDecision]:
        """Return what is remembered of the drift check against a version."""
        return dict(self.drift) if version is not None and version == self.champion else {}

    @property
    def started_exams(self) -> int:
        """How many candidates have been trained so far."""
        return len(self.candidates)

    def remember(self, candidate: Version) -> str:
        """Take in a candidate; return its name."""
        name = f"candidate-{len(self.candidates) + 1}"
        self.candidates[name] = candidate
        return name

    def promote(self, name: str, day: str) -> Version:
        """Let a candidate serve, under a number of its own.

        With another champion a life begins anew: its exams, and what is remembered of the drift check, are
        about the one before.

        :param name: the candidate's.
        :param day: ISO date as of which it is promoted.
        """
        self.last += 1
        version = replace(self.candidates[name], number=str(self.last))
        self.versions[version.number] = version
        self._move(PROMOTION, version.number, day)
        return version

    def roll_back(self, number: str, day: str) -> None:
        """Let a version serve again; the one rolled back from is not promoted once more by itself.

        :param number: the version's.
        :param day: ISO date.
        """
        if self.serving is not None:
            self.rolled_back[self.serving.training_key] = f"replay-{day}"
        self.rolled_back.pop(self.versions[number].training_key, None)
        self._move(ROLLBACK, number, day)

    def _move(self, kind: str, number: str, day: str) -> None:
        count = len(self.moves) + 1
        move = Move(
            decision_id=f"replay-{count}",
            kind=kind,
            version=number,
            displaced=self.champion or "",
            time=count,
            as_of=day,
        )
        self.moves.append(move)
        self.champion = number
        self.drift, self.exams = {}, []
