"""How well columns foretell the target of each task, by the task's name: one file each."""

from __future__ import annotations

from include.data.power.binary import BINARY
from include.data.power.multiclass import MULTICLASS
from include.data.power.regression import REGRESSION

POWERS = {power.name: power for power in (BINARY, MULTICLASS, REGRESSION)}
