"""How models of each task are evaluated, by the task's name: one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.tasks.binary import BINARY
from include.evaluation.tasks.multiclass import MULTICLASS
from include.evaluation.tasks.regression import REGRESSION

if TYPE_CHECKING:
    from include.evaluation.tasks.base import EvaluationTask

CODE = (
    __name__,
    *(f"{__name__}.{name}" for name in ("base", "binary", "constant", "multiclass", "regression")),
)
"""The modules that say which rows are measured as what, by the task."""

EVALUATION_TASKS: dict[str, EvaluationTask] = {
    task.facts.name: task for task in (BINARY, MULTICLASS, REGRESSION)
}
