"""Numbers: direct loss estimation, see :mod:`include.monitoring.performance.loss_model`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.metrics import MEASURES
from include.monitoring.performance.estimators.base import Estimator
from include.monitoring.performance.loss_learning import learn_losses
from include.monitoring.performance.loss_model import LossModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.config.schema import ModelConfig
    from include.evaluation.spread import Spread
    from include.monitoring.performance.computed_once import Memory
    from include.monitoring.performance.estimators.base import Delivery
    from include.training.frame import Frame

_MOST_ROWS = 50_000


def _learn(frame: Frame, scores: np.ndarray, config: ModelConfig) -> Mapping[str, Any] | None:
    found = learn_losses(
        frame.features,
        frame.target,
        scores,
        np.unique(frame.keys[config.entity.column].to_numpy(), return_inverse=True)[1],
        weights=frame.weights,
        quantile=config.target.quantile,
        seed=config.estimator.seed,
    )
    return found.to_dict() if found else None


def _estimate(
    delivery: Delivery, learned: Mapping[str, Any] | None, config: ModelConfig, _: Memory | None
) -> dict[str, ConfidenceInterval]:
    if learned is None or delivery.features is None or delivery.rows is None:
        return {}
    model = LossModel.from_dict(dict(learned))
    weights = None if delivery.weights is None else delivery.weights[delivery.rows]
    found = model.expect(delivery.features, delivery.scores[delivery.rows], weights)
    level = config.monitoring.performance.confidence
    return {name: _describe(name, value, spread, level) for name, (value, spread) in found.items()}


def _describe(name: str, value: float, spread: Spread, level: float) -> ConfidenceInterval:
    if not math.isfinite(value):
        return ConfidenceInterval(value=math.nan, low=math.nan, high=math.nan)
    low, high = MEASURES[name].scale.around(value, spread.reach(level))
    return ConfidenceInterval(value=value, low=max(low, METRICS[name].lowest), high=high)


REGRESSION = Estimator(
    name="regression",
    artifact="evaluation/loss_model.json",
    learn=_learn,
    estimate=_estimate,
    most_rows=_MOST_ROWS,
)
