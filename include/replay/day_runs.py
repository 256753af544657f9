"""The DAG runs of one day of a replay: which tasks follow each other, and what becomes of one that fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.data.selection import select_newest, select_partitions
from include.errors import DataError, InputError
from include.lineage import Manifest
from include.monitoring.policy.assessment import PolicyDecision
from include.monitoring.policy.missing import BROKEN, UNREADABLE, MissingDelivery, find_gone
from include.promotion.probation.subject import ProbationDecision
from include.replay.deliveries import present
from include.replay.outcome import Result, Trained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.replay.alerts import Alerts
    from include.replay.deliveries import Delivered
    from include.replay.learning import Learning
    from include.replay.outcome import Kind, Watched
    from include.replay.probation import Probations
    from include.replay.state import State
    from include.replay.validating import Validating
    from include.replay.watching import Watching
    from include.verdicts import Verdict

Known = dict[tuple[str, str], "Delivered"]
_PAST = "The past"
_LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """What the tasks of the DAGs do, the same on every day.

    :param config: the model's configuration.
    :param validating: the task ``validate``.
    :param learning: the tasks from ``prepare`` to ``promote``.
    :param watching: the tasks ``score``, ``drift_check``, ``performance_check`` and ``policy``.
    :param probations: the task ``probation``.
    """

    config: ModelConfig
    validating: Validating
    learning: Learning
    watching: Watching
    probations: Probations


@dataclass(frozen=True, kw_only=True)
class DayRuns:
    """Runs the DAGs of one day.

    :param tasks: what their tasks do.
    :param state: what is remembered from day to day.
    :param day: as-of date of the runs (ISO).
    :param known: what is known of each delivery on it.
    :param alerts: takes what fails and what is decided.
    """

    tasks: Tasks
    state: State
    day: str
    known: Known
    alerts: Alerts

    def learn(self, kind: Kind) -> Trained:
        """Run the training or retraining DAG."""
        tasks, task = self.tasks, "extract"
        try:
            selected = select_partitions(present(self.known), self.day, tasks.config, origin=_PAST)
            refs = self._readable(selected)
            task = "validate"
            tasks.validating.require(refs)
            task = ""
            found = tasks.learning.run(kind, self._manifest(refs), self.state)
        except InputError as error:
            self.alerts.failed(task or tasks.learning.task, error)
            return Trained(kind=kind, result=Result.FAILED)
        self.alerts.succeeded("extract", "validate", "prepare", "train", "evaluate", "gate")
        if found.verdict is not None:
            self.alerts.decided(found.verdict, alert=found.result in {Result.REJECTED, Result.BLOCKED})
        return found

    def score(self) -> SnapshotRef | None:
        """Run the scoring DAG; return what was scored, None without a champion, or where it fails."""
        task = "extract"
        try:
            refs = self._readable(select_newest(present(self.known), self.day, origin=_PAST))
            task = "validate"
            self.tasks.validating.require(refs)
            task = "score"
            scored = self.tasks.watching.score(refs[-1], self.state)
        except InputError as error:
            self.alerts.failed(task, error)
            return None
        self.alerts.succeeded("score")
        return refs[-1] if scored else None

    def watch(self) -> Watched | None:
        """Run the monitoring DAG; None where it fails."""
        tasks, task = self.tasks, "extract"
        try:
            delivered = present(self.known)
            selected = select_partitions(delivered, self.day, tasks.config, origin=_PAST)
            chosen = [self.known[table, partition] for table in selected for partition in selected[table]]
            refs = [one.ref for one in chosen if one.ref is not None]
            if not any(ref.table == "features" for ref in refs):
                raise DataError(next(one.error for one in reversed(chosen) if one.table == "features"))
            task = "validate"
            good = tasks.validating.require_good(refs)
            task = "policy"
            missing = (
                *self._broken(refs),
                *(_unreadable(one) for one in chosen if one.error),
                *find_gone(delivered, selected, self.known, self.day),
            )
            manifest = self._manifest(good)
            found = tasks.watching.watch(manifest, missing, self.state)
        except InputError as error:
            self.alerts.failed(task, error)
            return None
        self.alerts.succeeded("drift_check", "performance_check", "policy")
        self.alerts.decided(found.policy, alert=found.policy.decision == PolicyDecision.ALERT)
        return replace(found, probation=self._look_at_promotion(manifest))

    def _look_at_promotion(self, manifest: Manifest) -> Verdict | None:
        """Run the task ``probation``; None where nothing is on probation, or where it fails."""
        try:
            outcome = self.tasks.probations.look(manifest, self.state)
        except InputError as error:
            self.alerts.failed("probation", error)
            return None
        self.alerts.succeeded("probation")
        if outcome is None:
            return None
        self.alerts.decided(outcome.verdict, alert=outcome.decision is ProbationDecision.ASK)
        return outcome.verdict

    def _broken(self, refs: Iterable[SnapshotRef]) -> Iterator[MissingDelivery]:
        validating = self.tasks.validating
        for ref in refs:
            if not validating.usable(ref):
                detail = validating.summary(ref)
                yield MissingDelivery(table=ref.table, partition=ref.partition, reason=BROKEN, detail=detail)

    def _readable(self, selected: Mapping[str, Mapping[str, str]]) -> list[SnapshotRef]:
        """Return the snapshots of what a run works on.

        :raises DataError: one can't be read.
        """
        found = []
        for table, partitions in selected.items():
            for partition in partitions:
                one = self.known[table, partition]
                if one.ref is None:
                    raise DataError(one.error)
                found.append(one.ref)
        return found

    def _manifest(self, refs: Iterable[SnapshotRef]) -> Manifest:
        ordered = sorted(refs, key=lambda ref: (ref.table, ref.partition))
        return Manifest(model=self.tasks.config.name, as_of=self.day, snapshots=tuple(ordered))


def _unreadable(one: Delivered) -> MissingDelivery:
    detail = "".join(one.error.splitlines()[:1])[:_LONGEST]
    return MissingDelivery(table=one.table, partition=one.partition, reason=UNREADABLE, detail=detail)
