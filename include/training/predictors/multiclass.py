"""Asking models of three classes or more: their probability of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.training.predictors.base import Predictor, classes_of

if TYPE_CHECKING:
    from include.config.schema import ModelConfig

_ROUNDING = 1e-6  # by which the probabilities of a row may miss 1
_REMEDY = "check the last step of estimator.py"


def _explain_model(model: Any, config: ModelConfig) -> str:
    found, expected = classes_of(model), list(range(len(config.target.classes)))
    if found == expected:
        return ""
    return (
        f"the model knows the classes {found}: expected a fitted classifier of {expected}, the places in "
        "target.classes; check the target that it was fitted on and the last step of estimator.py"
    )


def _explain_answer(scores: np.ndarray, rows: int, config: ModelConfig) -> str:
    expected = (rows, len(config.target.classes))
    if scores.shape != expected:
        return f"predict_proba gave an array of shape {scores.shape}: expected {expected}"
    wrong = int((~((scores >= 0) & (scores <= 1))).any(axis=1).sum())
    if wrong:
        return f"{wrong} of {rows} rows have scores that are not probabilities between 0 and 1: {_REMEDY}"
    off = int((np.abs(scores.sum(axis=1) - 1) > _ROUNDING).sum())
    return f"the probabilities of {off} of {rows} rows don't add up to 1: {_REMEDY}" if off else ""


MULTICLASS = Predictor(
    name="multiclass",
    explain_model=_explain_model,
    ask=lambda model, frame: np.asarray(model.predict_proba(frame), dtype=np.float64),
    explain_answer=_explain_answer,
)
