"""The ledger: every promotion, rollback, approval and rejection, once, with the verdict behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from include.promotion.alias_plan import MOVES
from include.promotion.rollback import Step
from include.strict_json import to_json
from mlops.tracking.run_claims import RAISED
from mlops.tracking.runs import all_runs, find_or_create_run, find_run
from mlops.tracking.tags import (
    CLAIM,
    DECIDED_BY,
    DECISION,
    DECISION_ID,
    FROM_TRAINING_KEY,
    FROM_VERSION,
    KIND,
    PLAN,
    PREFIX,
    SUMMARY,
    TRAINING_KEY,
    VERSION,
    named,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlflow.entities import Run

    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook


class EntryState(StrEnum):
    """How far a decision has come."""

    PLANNED = "planned"
    APPLIED = "applied"
    ABANDONED = "abandoned"


_LONGEST_SUMMARY = 4000  # characters of a tag
_STATES = {"FINISHED": EntryState.APPLIED, "FAILED": EntryState.ABANDONED}  # by the status of its MLflow run


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger.

    :param run_id: the MLflow run that holds it.
    :param decision_id: what the entry is keyed by.
    :param kind: ``promotion``, ``rejection`` ...
    :param decision: the outcome.
    :param summary: one sentence.
    :param decided_by: the Airflow task, as ``dag/run/task``.
    :param time: when it was planned, milliseconds since 1970.
    :param state: planned, applied or abandoned.
    :param plan: alias to version as decided, fixed when the entry was made; empty where no alias changes.
    :param tags: everything else that was recorded, such as the training key.
    """

    run_id: str
    decision_id: str
    kind: str
    decision: str
    summary: str
    decided_by: str
    time: int
    state: EntryState
    plan: dict[str, Any]
    tags: dict[str, str]

    @property
    def applied(self) -> bool:
        """Whether what was decided has been applied."""
        return self.state is EntryState.APPLIED

    @property
    def abandoned(self) -> bool:
        """Whether it never will be applied."""
        return self.state is EntryState.ABANDONED


def summary_tag(verdict: Verdict) -> dict[str, str]:
    """Return the tag that says what an entry came to, no longer than MLflow takes.

    :param verdict: what was decided.
    """
    return {SUMMARY: verdict.summary[:_LONGEST_SUMMARY]}


class Ledger:
    """Append-only: an entry is planned before the first alias changes, and applied once the last one has.

    :param hook: the MLflow hook.
    :param model: name of the model.
    """

    def __init__(self, hook: MlflowHook, model: str) -> None:
        self.hook = hook
        self.model = model
        self.experiment = f"{model}/decisions"

    def record_planned(
        self,
        decision_id: str,
        verdict: Verdict,
        *,
        plan: Mapping[str, Any],
        decided_by: str,
        tags: Mapping[str, str],
        place: tuple[str, str] | None = None,
    ) -> Entry:
        """Return the entry of a decision, made now or by an earlier try, whose plan is kept as it was.

        :param decision_id: what the entry is keyed by.
        :param verdict: the decision.
        :param plan: alias to version; empty where no alias changes.
        :param decided_by: the Airflow task, as ``dag/run/task``.
        :param tags: what later decisions read, by names of :mod:`mlops.tracking.tags`.
        :param place: tag and value that only one entry may carry; of several decisions that ask for it at
            once, all get the entry of the one that has it. By default that is the id of the decision.
        """
        key_tag, key = place or (DECISION_ID, decision_id)
        run = find_or_create_run(
            self.hook,
            self.experiment,
            key_tag=key_tag,
            key=key,
            name=f"{verdict.kind}: {verdict.decision}",
            tags={
                **tags,
                DECISION_ID: decision_id,
                KIND: verdict.kind,
                DECISION: verdict.decision,
                **summary_tag(verdict),
                DECIDED_BY: decided_by,
                PLAN: to_json(dict(plan), sort_keys=True),
            },
        )
        return _entry(run)

    def record_applied(self, entry: Entry, verdict: Verdict) -> None:
        """Store the verdict and mark the entry as applied."""
        self.hook.log_json(entry.run_id, verdict.to_dict(), "verdict.json")
        self.hook.log_text(entry.run_id, verdict.to_markdown(), "verdict.md")
        self.hook.close_run(entry.run_id)

    def record_abandoned(self, entry: Entry) -> None:
        """Mark a planned entry as abandoned: something else has happened since, so it is never applied."""
        self.hook.close_run(entry.run_id, "FAILED")

    def find(self, decision_id: str) -> Entry | None:
        """Return the entry of a decision, or None."""
        run = find_run(self.hook, self.experiment, DECISION_ID, decision_id)
        return _entry(run) if run else None

    def exists(self) -> bool:
        """Return whether there is a ledger; a name that was typed wrongly must not start one."""
        return self.hook.find_experiment(self.experiment) is not None

    def entries(self, **tags: str) -> list[Entry]:
        """Return the entries that carry all the tags, newest first."""
        conditions = " and ".join(f"tags.`{named(key)}` = '{value}'" for key, value in tags.items())
        return entries_of(all_runs(self.hook, self.experiment, filter_string=conditions, order="DESC"))

    def steps(self) -> list[Step]:
        """Return every change of the champion, for :func:`include.promotion.rollback.rolled_back_by`."""
        return [
            Step(
                time=entry.time,
                decision_id=entry.decision_id,
                version=entry.tags.get(VERSION, ""),
                key=entry.tags.get(TRAINING_KEY, ""),
                left=entry.tags.get(FROM_VERSION, ""),
                left_key=entry.tags.get(FROM_TRAINING_KEY, ""),
            )
            for entry in self.entries()
            if entry.kind in MOVES and not entry.abandoned
        ]


def entries_of(runs: Iterable[Run]) -> list[Entry]:
    """Return the entries that MLflow runs of a ledger hold.

    :param runs: of the experiment ``<model>/decisions``.
    """
    held = [run for run in runs if run.data.tags.get(CLAIM) != RAISED]
    return [_entry(run) for run in held if DECISION_ID in run.data.tags]


def _entry(run: Run) -> Entry:
    tags = dict(run.data.tags)
    tags.pop(CLAIM, None)
    return Entry(
        run_id=run.info.run_id,
        decision_id=tags.pop(DECISION_ID),
        kind=tags.pop(KIND, ""),
        decision=tags.pop(DECISION, ""),
        summary=tags.pop(SUMMARY, ""),
        decided_by=tags.pop(DECIDED_BY, ""),
        time=run.info.start_time,
        state=_STATES.get(run.info.status, EntryState.PLANNED),
        plan=json.loads(tags.pop(PLAN, "{}")),
        tags={key: value for key, value in tags.items() if key.startswith(PREFIX)},
    )
