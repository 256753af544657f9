"""The tasks, by the name that ``model.yaml`` gives them: one file each.

Nothing heavy is imported here, so that ``model.yaml`` can be validated while a DAG file is parsed. What a
task computes is registered under the same name in each layer: :mod:`include.data.targets`,
:mod:`include.training.predictors`, :mod:`include.evaluation.tasks`, :mod:`include.scoring.outputs` and
:mod:`include.monitoring.tasks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.tasks.binary import BINARY
from include.config.tasks.multiclass import MULTICLASS
from include.config.tasks.regression import REGRESSION

if TYPE_CHECKING:
    from include.config.tasks.base import TaskFacts

TASKS = {task.name: task for task in (BINARY, MULTICLASS, REGRESSION)}


def task_of(content: dict[str, Any]) -> TaskFacts | None:
    """Return the task of a ``model.yaml``; None where it names one that there is not.

    :param content: the file as plain values, valid or not.
    """
    found = content.get("task", BINARY.name)
    return TASKS.get(found) if isinstance(found, str) else None
