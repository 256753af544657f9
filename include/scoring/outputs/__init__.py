"""How predictions of each task are written, by the task's name: one file each."""

from __future__ import annotations

from include.scoring.outputs.binary import BINARY
from include.scoring.outputs.multiclass import MULTICLASS
from include.scoring.outputs.regression import REGRESSION

OUTPUTS = {output.name: output for output in (BINARY, MULTICLASS, REGRESSION)}
