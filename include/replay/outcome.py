"""What a replay finds on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from include.promotion.probation.subject import ProbationDecision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.alerting.alert import Cause
    from include.data.splits import Holdout
    from include.evaluation.record import Evaluation
    from include.monitoring.drift.report import DriftReport
    from include.monitoring.performance.record import WindowPerformance
    from include.monitoring.policy.missing import MissingDelivery
    from include.verdicts import Verdict


class Kind(StrEnum):
    """Which DAG a training belongs to."""

    TRAINING = "training"
    RETRAINING = "retraining"


class Result(StrEnum):
    """How a training ended.

    - ``WAIT``: there is too little to learn from yet.
    - ``NOTHING_NEW``: the champion, or a rejected candidate, has learned from exactly the same.
    - ``PROMOTED``, ``REJECTED``, ``BLOCKED``: the gate's decision on the candidate.
    - ``FAILED``: a task failed; nothing was changed.
    """

    WAIT = "wait"
    NOTHING_NEW = "nothing new"
    PROMOTED = "promoted"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A task that failed.

    :param task: its id.
    :param error: the class of what it raised.
    :param message: what it said.
    """

    task: str
    error: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One run of the training or retraining DAG.

    :param kind: which of them.
    :param result: how it ended.
    :param verdict: the last decision: readiness, new-data check, or gate; None where a task failed first.
    :param model: name of the model that was fitted; None where none was.
    :param candidate: name of the candidate; None where there was none.
    :param evaluation: what the gate decided on; None where it did not come to that.
    :param version: number of the version that was promoted; None where none was.
    :param test_digest: digest of the test set; empty where there was none.
    :param newest_labels: newest labelled partition the candidate knows; empty without a candidate.
    :param holdout: whom its training left out.
    :param cpu: seconds of CPU that dataset, fit, profile and evaluation took when they were computed.
    """

    kind: Kind
    result: Result
    verdict: Verdict | None = None
    model: str | None = None
    candidate: str | None = None
    evaluation: Evaluation | None = None
    version: str | None = None
    test_digest: str = ""
    newest_labels: str = ""
    holdout: Holdout | None = None
    cpu: float = 0.0

    @property
    def promoted(self) -> str | None:
        """Name of the candidate that became champion: this one, or the kept challenger; None for none."""
        return self.verdict.inputs.get("chosen_run") if self.verdict and self.version else None

    @property
    def fitted(self) -> bool:
        """Whether a candidate came of it, which counts as a retraining or training that was paid for."""
        return self.model is not None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An alert.

    :param cause: what it is about.
    :param notified: whether people are notified now; False where the cause is open already.
    """

    cause: Cause
    notified: bool


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What a monitoring run found.

    :param partition: the newest good delivery.
    :param drift: the drift check's report on it; None without a champion.
    :param windows: the champion in each window, oldest first.
    :param statuses: partition to status of each window.
    :param new_labels: labelled rows that the champion has not learned from.
    :param missing: deliveries that were not looked at, and why.
    :param probation: what follows for the newest promotion; None where none is on probation.
    :param policy: the policy's verdict.
    :param run_id: the retraining it asks for; None where it asks for none.
    """

    partition: str
    drift: DriftReport | None
    windows: tuple[WindowPerformance, ...]
    statuses: Mapping[str, str]
    new_labels: int
    missing: tuple[MissingDelivery, ...]
    policy: Verdict
    run_id: str | None
    probation: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a replay.

    :param day: ISO date.
    :param delivered: deliveries that became known on this day, as ``table/partition``.
    :param quarantined: deliveries known on this day that break their contract, as ``table/partition``.
    :param scored: partition that was scored; None where none was.
    :param scored_by: version that scored it.
    :param watched: what monitoring found; None where it failed.
    :param trained: the trainings of the day, in their order.
    :param champion: version that serves at the end of the day; None before the first promotion.
    :param alerts: what people would have been notified of, and what was open already.
    :param failures: tasks that failed.
    """

    day: str
    delivered: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    scored: str | None = None
    scored_by: str | None = None
    watched: Watched | None = None
    trained: tuple[Trained, ...] = ()
    champion: str | None = None
    alerts: tuple[Notice, ...] = field(default=())
    failures: tuple[Failure, ...] = ()

    @property
    def eventful(self) -> bool:
        """Whether anything came, was trained, failed, or was told to people."""
        trained = any(one.result is not Result.WAIT for one in self.trained)
        return bool(self.delivered or trained or self.notified or self.failures or self.rolled_back)

    @property
    def policy(self) -> str | None:
        """The policy's decision: ``retrain``, ``wait`` or ``alert``; None where monitoring failed."""
        return self.watched.policy.decision if self.watched else None

    @property
    def rolled_back(self) -> bool:
        """Whether the champion was rolled back on this day."""
        probation = self.watched.probation if self.watched else None
        return probation is not None and probation.decision == ProbationDecision.ROLL_BACK

    @property
    def drift(self) -> str | None:
        """The drift check's decision on the newest good delivery; None without a champion."""
        return str(self.watched.drift.decision) if self.watched and self.watched.drift else None

    @property
    def statuses(self) -> dict[str, str]:
        """Partition to status of each window that was evaluated."""
        return dict(self.watched.statuses) if self.watched else {}

    @property
    def retraining(self) -> Trained | None:
        """The retraining that monitoring started on this day; None where it started none."""
        return next((one for one in self.trained if one.kind is Kind.RETRAINING), None)

    @property
    def notified(self) -> tuple[str, ...]:
        """Kinds of the alerts of which people were notified on this day, such as ``gate: reject``."""
        return tuple(one.cause.kind for one in self.alerts if one.notified)
