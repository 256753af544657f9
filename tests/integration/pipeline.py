"""The tasks of the training DAG, run one by one in this process, against real servers and without a
scheduler."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mlops.operators.check_new_data import CheckNewDataOperator
from mlops.operators.drift_check import DriftCheckOperator
from mlops.operators.evaluate import EvaluateModelOperator
from mlops.operators.extract import ExtractDataOperator
from mlops.operators.gate import GateModelOperator
from mlops.operators.performance_check import PerformanceCheckOperator
from mlops.operators.prepare import PrepareDataOperator
from mlops.operators.promote import PromoteModelOperator
from mlops.operators.register import RegisterModelOperator
from mlops.operators.score import ScoreBatchOperator
from mlops.operators.train import TrainModelOperator
from mlops.operators.validate import ValidateDataOperator

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import BaseOperator


class TaskInstance(SimpleNamespace):
    """As much of a task instance as the operators use."""

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


@dataclass
class Pipeline:
    """One DAG run.

    :param folder: the model folder.
    :param as_of: ISO date of the run.
    :param run_id: what Airflow would call it.
    """

    folder: Path
    as_of: str = "2005-05-31"
    run_id: str = "manual__1"
    force: bool = False
    dry_run: bool = False
    results: dict[str, Any] = field(default_factory=dict)
    pushed: dict[str, dict[str, Any]] = field(default_factory=dict)

    WAY = (
        "extract",
        "validate",
        "prepare",
        "check_new_data",
        "train",
        "evaluate",
        "gate",
        "register",
        "promote",
    )

    def operator(self, task_id: str) -> BaseOperator:
        """Build one task with what the tasks before it returned."""
        common = {"task_id": task_id, "model_folder": str(self.folder)}
        done = self.results
        found = self.pushed.get("check_new_data", {}).get("training_key")
        key = found if task_id == "train" else self.pushed.get("train", {}).get("training_key", found)
        verdict = self.pushed.get("gate", {}).get("verdict")
        builders = {
            "extract": lambda: ExtractDataOperator(**common, as_of=self.as_of),
            "check_new_data": lambda: CheckNewDataOperator(
                **common, dataset=done["prepare"], follow="train", force=self.force
            ),
            "validate": lambda: ValidateDataOperator(**common, extracted=done["extract"]),
            "prepare": lambda: PrepareDataOperator(**common, extracted=done["extract"]),
            "train": lambda: TrainModelOperator(
                **common,
                extracted=done["extract"],
                validated=done["validate"],
                dataset=done["prepare"],
                training_key=key,
            ),
            "evaluate": lambda: EvaluateModelOperator(
                **common, dataset=done["prepare"], trained=done["train"]
            ),
            "gate": lambda: GateModelOperator(
                **common,
                evaluated=done["evaluate"],
                training_key=key,
                promote="register",
                alert="alert",
                preview=self.dry_run,
            ),
            "register": lambda: RegisterModelOperator(
                **common,
                extracted=done["extract"],
                dataset=done["prepare"],
                trained=done["train"],
                training_key=key,
                verdict=verdict,
            ),
            "promote": lambda: PromoteModelOperator(
                **common,
                dataset=done["prepare"],
                registered=done["register"],
                evaluated=done["evaluate"],
                verdict=verdict,
                training_key=key,
            ),
            "extract_newest": lambda: ExtractDataOperator(**common, as_of=self.as_of, newest_only=True),
            "score": lambda: ScoreBatchOperator(
                **common, extracted=done["extract_newest"] if "extract_newest" in done else done["extract"]
            ),
            "drift_check": lambda: DriftCheckOperator(**common, extracted=done["extract"]),
            "performance_check": lambda: PerformanceCheckOperator(
                **common, as_of=self.as_of, extracted=done["extract"]
            ),
        }
        return builders[task_id]()

    def run_task(self, task_id: str) -> Any:
        """Run one task and keep what it returns."""
        pushed: dict[str, Any] = {}
        instance = TaskInstance(
            dag_id=f"{self.folder.name}_training", run_id=self.run_id, task_id=task_id, map_index=-1,
            try_number=1, pushed=pushed,
        )  # fmt: skip
        operator = self.operator(task_id)
        context = {"ti": instance}
        chooses = hasattr(operator, "choose_branch")
        result = operator.choose_branch(context) if chooses else operator.execute(context)
        self.results[task_id] = result
        self.pushed[task_id] = pushed
        return result

    def run(self, until: str = "promote") -> str:
        """Run the tasks in order; return the last one that ran."""
        for task_id in self.WAY:
            result = self.run_task(task_id)
            if task_id == until or (task_id == "check_new_data" and result is None):
                return task_id
            if task_id == "gate" and result != "register":
                return task_id
        return "promote"

    @property
    def verdict(self) -> dict[str, Any]:
        """The gate's verdict."""
        return dict(self.pushed["gate"]["verdict"])
