"""How a new model of each task begins, by the task's name: one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import DataError
from include.names import shown
from include.onboarding.tasks.binary import BINARY
from include.onboarding.tasks.multiclass import MULTICLASS
from include.onboarding.tasks.regression import REGRESSION

if TYPE_CHECKING:
    from include.onboarding.columns import Column
    from include.onboarding.tasks.base import NewTask, Target

NEW_TASKS: dict[str, NewTask] = {task.name: task for task in (BINARY, MULTICLASS, REGRESSION)}


def read_target(column: Column, task: str | None, *, origin: str) -> Target:
    """Return the target and its task: the one that was asked for, or the first that suits the column.

    :param column: the column.
    :param task: ``--task``; None to infer it.
    :param origin: the table, for messages.
    :raises DataError: the column is not a target, or none of that task.
    """
    where = f"{origin}: target column {shown(column.name)}"
    if column.kind in {"empty", "other"}:
        what = "no value in any row" if column.kind == "empty" else f"values of type {column.native}"
        raise DataError(
            f"{where}: found {what}; expected 0 and 1, classes or numbers: name another with --target"
        )
    if column.distinct == 1:
        raise DataError(
            f"{where}: found {next(iter(column.values))} in all {column.rows - column.missing:,} rows that "
            "have a "
            "value; expected two different values at least: nothing can be learned from one"
        )
    refused = {}
    inferred = [name for name, one in NEW_TASKS.items() if column.kind in one.inferred_of]
    for name in (task,) if task else inferred:
        found = NEW_TASKS[name].read(column)
        if not isinstance(found, str):
            return found
        refused[name] = found
    reasons = "; ".join(f"{name}: it {reason}" for name, reason in refused.items())
    raise DataError(
        f"{where}: found {column.distinct:,} values such as {str(column.low)[:40]!r}, which suit no task that"
        f" was tried ({reasons}); name another column or another --task, or deliver numbers as 1234.5"
    )
