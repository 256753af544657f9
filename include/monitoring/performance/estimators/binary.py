"""Two classes: confidence-based performance estimation, see the module of the estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.monitoring.performance.calibration import Calibration, fit_calibration
from include.monitoring.performance.estimate_without_labels import estimate_performance
from include.monitoring.performance.estimators.base import Estimator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.computed_once import Memory
    from include.monitoring.performance.estimators.base import Delivery


def _estimate(
    delivery: Delivery, learned: Mapping[str, Any] | None, config: ModelConfig, memory: Memory | None
) -> dict[str, ConfidenceInterval]:
    return estimate_performance(
        delivery.scores,
        config.metrics,
        weights=delivery.weights,
        calibration=Calibration.from_dict(dict(learned)) if learned else None,
        costs=config.gate.costs,
        confidence=config.monitoring.performance.confidence,
        memory=memory,
    )


BINARY = Estimator(
    name="binary",
    artifact="evaluation/calibration.json",
    learn=lambda frame, scores, _: fit_calibration(scores, frame.target, frame.weights).to_dict(),
    estimate=_estimate,
)
