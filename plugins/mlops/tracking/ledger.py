"""The ledger: every move of an alias and every rejection, once, with the verdict behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.promotion.rollback import Step
from include.strict_json import to_json
from mlops.hooks.run_claims import CLAIM, RAISED
from mlops.tracking.model_registry import TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from include.verdicts import Verdict
    from mlops.hooks.mlflow import MlflowHook

DECISION_ID = "mlops.decision_id"
_KIND, _DECISION, _AT, _SUMMARY = "mlops.kind", "mlops.decision", "mlops.decided_by", "mlops.summary"
_PLAN = "mlops.plan"
# Tags of a decision that later ones read; the training key's is the registry's.
VERSION, FROM_VERSION, FROM_KEY = "mlops.version", "mlops.from_version", "mlops.from_training_key"
BY, COMMENT = "mlops.by", "mlops.comment"  # of a decision that a person made


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger.

    :param run_id: the MLflow run that holds it.
    :param decision_id: what the entry is keyed by.
    :param kind: ``promotion``, ``rejection`` ...
    :param decision: the outcome.
    :param summary: one sentence.
    :param decided_by: the Airflow task, as ``dag/run/task``.
    :param time: when it was opened, milliseconds since 1970.
    :param done: whether what was decided has been carried out.
    :param abandoned: whether it never will be, because the world had moved on.
    :param plan: the moves that were decided, fixed when the entry was opened.
    :param tags: everything else that was recorded, such as the training key.
    """

    run_id: str
    decision_id: str
    kind: str
    decision: str
    summary: str
    decided_by: str
    time: int
    done: bool
    abandoned: bool
    plan: dict[str, Any]
    tags: dict[str, str]


class Ledger:
    """Append-only: an entry is opened with its plan before anything moves, closed when all has moved.

    :param hook: the MLflow hook.
    :param model: name of the model.
    """

    def __init__(self, hook: MlflowHook, model: str) -> None:
        self.hook = hook
        self.experiment = f"{model}/decisions"

    def open(
        self,
        decision_id: str,
        verdict: Verdict,
        *,
        plan: Mapping[str, Any],
        decided_by: str,
        tags: Mapping[str, str],
    ) -> Entry:
        """Return the entry of a decision, made now or by an earlier try, whose plan stays as it was."""
        run = self.hook.find_or_create_run(
            self.experiment,
            key_tag=DECISION_ID,
            key=decision_id,
            name=f"{verdict.kind}: {verdict.decision}",
            tags={
                **tags,
                _KIND: verdict.kind,
                _DECISION: verdict.decision,
                _SUMMARY: verdict.summary[:4000],
                _AT: decided_by,
                _PLAN: to_json(dict(plan), sort_keys=True),
            },
        )
        return _entry(run)

    def close(self, entry: Entry, verdict: Verdict) -> None:
        """Store the verdict and mark the entry as carried out."""
        self.hook.log_json(entry.run_id, verdict.to_dict(), "verdict.json")
        self.hook.log_text(entry.run_id, verdict.to_markdown(), "verdict.md")
        self.hook.close_run(entry.run_id)

    def find(self, decision_id: str) -> Entry | None:
        """Return the entry of a decision, or None."""
        run = self.hook.find_run(self.experiment, DECISION_ID, decision_id)
        return _entry(run) if run else None

    def exists(self) -> bool:
        """Return whether there is a ledger; a name that was typed wrongly must not start one."""
        return self.hook.find_experiment(self.experiment) is not None

    def entries(self, **tags: str) -> list[Entry]:
        """Return the entries that carry all the tags, newest first."""
        conditions = " and ".join(f"tags.`mlops.{key}` = '{value}'" for key, value in tags.items())
        identifier = self.hook.find_experiment(self.experiment)
        if identifier is None:
            return []
        with self.hook.errors("read the ledger"):
            runs: list[Run] = []
            token = None
            while True:
                page = self.hook.client.search_runs(
                    [identifier],
                    filter_string=conditions,
                    order_by=["attributes.start_time DESC"],
                    page_token=token,
                )
                runs += page
                token = page.token
                if not token:
                    break
        held = [run for run in runs if run.data.tags.get(CLAIM) != RAISED]
        return [_entry(run) for run in held if DECISION_ID in run.data.tags]

    def steps(self) -> list[Step]:
        """Return every change of the champion, for :func:`include.promotion.rollback.rolled_back_by`."""
        return [
            Step(
                time=entry.time,
                decision_id=entry.decision_id,
                version=entry.tags.get(VERSION, ""),
                key=entry.tags.get(TRAINING_KEY, ""),
                left=entry.tags.get(FROM_VERSION, ""),
                left_key=entry.tags.get(FROM_KEY, ""),
            )
            for entry in self.entries()
            if entry.kind in {"promotion", "rollback"} and not entry.abandoned
        ]


def _entry(run: Run) -> Entry:
    tags = dict(run.data.tags)
    tags.pop(CLAIM, None)
    return Entry(
        run_id=run.info.run_id,
        decision_id=tags.pop(DECISION_ID),
        kind=tags.pop(_KIND, ""),
        decision=tags.pop(_DECISION, ""),
        summary=tags.pop(_SUMMARY, ""),
        decided_by=tags.pop(_AT, ""),
        time=run.info.start_time,
        done=run.info.status == "FINISHED",
        abandoned=run.info.status == "FAILED",
        plan=json.loads(tags.pop(_PLAN, "{}")),
        tags={key: value for key, value in tags.items() if key.startswith("mlops.")},
    )
