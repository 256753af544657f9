"""Asking models of two classes: their probability of the class 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.training.predictors.base import Predictor, classes_of

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


def _explain_model(model: Any, _: ModelConfig) -> str:
    found = classes_of(model)
    if found == [0, 1]:
        return ""
    return (
        f"the model knows the classes {found}: expected a fitted classifier of [0, 1]; check the target that "
        "it was fitted on and the last step of estimator.py"
    )


def _explain_answer(scores: np.ndarray, rows: int, _: ModelConfig) -> str:
    if scores.shape != (rows, 2):
        return f"predict_proba gave an array of shape {scores.shape}: expected {(rows, 2)}"
    wrong = int((~((scores[:, 1] >= 0) & (scores[:, 1] <= 1))).sum())
    if wrong:
        return (
            f"{wrong} of {len(scores)} scores are not probabilities between 0 and 1: check the last step of "
            "estimator.py"
        )
    return ""


BINARY = Predictor(
    name="binary",
    explain_model=_explain_model,
    ask=lambda model, frame: np.asarray(model.predict_proba(frame), dtype=np.float64),
    explain_answer=_explain_answer,
    answer=lambda scores: scores[:, 1].copy(),
)
