"""Three classes or more: each row counts for each class with its calibrated chance.

Confidence-based performance estimation for several classes (multiclass CBPE in NannyML, which calibrates each
class against all others and divides by the sum; here one power for all and a factor for each class and block
of its probabilities are fitted together, so that what is divided by the sum is what was calibrated:
:mod:`include.monitoring.performance.class_calibration`). The interval holds the error of the labels and that
of the calibration, by the delta method.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.data.weights import relative_weights
from include.errors import DataError
from include.evaluation.metrics import CODE
from include.evaluation.tasks import EVALUATION_TASKS
from include.monitoring.performance.class_calibration import ClassCalibration, fit_class_calibration
from include.monitoring.performance.class_chances import ClassChances
from include.monitoring.performance.computed_once import intervals_once, named_weights
from include.monitoring.performance.estimators.base import Estimator
from include.monitoring.performance.expected_around import describe_expected
from include.monitoring.performance.expected_classes import EVERY_CLASS, expect_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.computed_once import Memory
    from include.monitoring.performance.estimators.base import Delivery

_CODE = (
    __name__,
    "include.config.metric_names",
    "include.data.weights",
    "include.evaluation.scale",
    "include.monitoring.performance.class_calibration",
    "include.monitoring.performance.class_chances",
    "include.monitoring.performance.expected_around",
    "include.monitoring.performance.expected_classes",
    "include.monitoring.performance.expected_metrics",
    "include.rounding",
    *CODE,
)
_MOST_UNDEFINED = 0.01  # probability that a class has no row, beyond which what averages classes is left out


def _estimate(
    delivery: Delivery, learned: Mapping[str, Any] | None, config: ModelConfig, memory: Memory | None
) -> dict[str, ConfidenceInterval]:
    scores, level = delivery.scores, config.monitoring.performance.confidence
    if not len(scores):
        raise DataError("there are no predictions to estimate performance from: score the batch first")
    if problem := EVALUATION_TASKS["multiclass"].explain_scores(scores, len(scores), config):
        raise DataError(f"{problem}: score the batch again")
    calibration = ClassCalibration.from_dict(dict(learned)) if learned else None
    weights = None if delivery.weights is None else relative_weights(delivery.weights)
    names = [name for name in TASKS["multiclass"].metrics if METRICS[name].estimable]

    def compute() -> dict[str, ConfidenceInterval]:
        chances, found = ClassChances(scores, calibration), {}
        complete = float(chances.missing().max()) <= _MOST_UNDEFINED
        for name in names:
            one = expect_classes(name, scores, chances.mean, weights)
            value = one.value if complete or name not in EVERY_CLASS else math.nan
            (variance,) = chances.variances([one.slopes])
            found[name] = describe_expected(name, value, variance, level)
        return found

    return intervals_once(
        memory,
        compute,
        arrays={"scores": np.ascontiguousarray(scores), **named_weights(weights)},
        settings={"metrics": names, "confidence": level, "calibration": dict(learned) if learned else None},
        modules=_CODE,
    )


MULTICLASS = Estimator(
    name="multiclass",
    artifact="evaluation/class_calibration.json",
    learn=lambda frame, scores, _: fit_class_calibration(scores, frame.target, frame.weights).to_dict(),
    estimate=_estimate,
)
