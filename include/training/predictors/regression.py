"""Asking models that predict a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.training.predictors.base import Predictor, classes_of

if TYPE_CHECKING:
    from include.config.schema import ModelConfig

_CONSTANT = 1e-9  # of their size, by which predictions that are all the same may differ


def _explain_model(model: Any, _: ModelConfig) -> str:
    found = classes_of(model)
    if not found:
        return ""
    return (
        f"the model is a classifier of {len(found)} classes: expected a regressor; check the last step of "
        "estimator.py and task in model.yaml"
    )


def _explain_answer(predictions: np.ndarray, rows: int, _: ModelConfig) -> str:
    if predictions.shape != (rows,):
        return f"predict gave an array of shape {predictions.shape}: expected {(rows,)}"
    wrong = int((~np.isfinite(predictions)).sum())
    return (
        f"{wrong} of {rows} predictions are not finite numbers: check the last step of estimator.py"
        if wrong
        else ""
    )


def _unit(predictions: np.ndarray) -> float:
    """Return how far predictions are spread, or their size where they are all the same."""
    spread = float(predictions.std()) if len(predictions) else 0.0
    size = float(np.abs(predictions).max(initial=0.0))
    return spread if spread > _CONSTANT * size else size or 1.0


REGRESSION = Predictor(
    name="regression",
    explain_model=_explain_model,
    ask=lambda model, frame: np.array(model.predict(frame), dtype=np.float64),
    explain_answer=_explain_answer,
    unit=_unit,
)
