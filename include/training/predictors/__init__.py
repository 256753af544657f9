"""How models of each task are asked, by the task's name: one file each."""

from __future__ import annotations

from include.training.predictors.binary import BINARY
from include.training.predictors.multiclass import MULTICLASS
from include.training.predictors.regression import REGRESSION

PREDICTORS = {predictor.name: predictor for predictor in (BINARY, MULTICLASS, REGRESSION)}
