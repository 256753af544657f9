"""How predictions of each task are profiled and compared for drift, by the task's name: one file each."""

from __future__ import annotations

from include.monitoring.tasks.binary import BINARY
from include.monitoring.tasks.multiclass import MULTICLASS
from include.monitoring.tasks.regression import REGRESSION

MONITORED_TASKS = {task.name: task for task in (BINARY, MULTICLASS, REGRESSION)}
