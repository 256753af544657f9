"""How performance is estimated without labels, by the name of the task: one file each."""

from __future__ import annotations

from include.monitoring.performance.estimators.binary import BINARY
from include.monitoring.performance.estimators.multiclass import MULTICLASS
from include.monitoring.performance.estimators.regression import REGRESSION

ESTIMATORS = {estimator.name: estimator for estimator in (BINARY, MULTICLASS, REGRESSION)}
