"""Asking models of three classes or more: their probability of each class.

A model learns places in ``target.classes``, and nothing in it shows when these are listed in another order
later. So the names are kept with it, and a model of other names, or of another order, is not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.names import shown_all
from include.training.predictors.base import Predictor, classes_of

if TYPE_CHECKING:
    from include.config.schema import ModelConfig

_ROUNDING = 1e-6  # by which the probabilities of a row may miss 1
_REMEDY = "check the last step of estimator.py"
_NAMES = "target_classes_"  # attribute of a fitted model: the classes, in the order in which it learned them


def _explain_model(model: Any, config: ModelConfig) -> str:
    names = getattr(model, _NAMES, None)
    if names is not None and tuple(names) != config.target.classes:
        return (
            f"the model was fitted on the classes {', '.join(shown_all(names))}, in this order: "
            f"target.classes in model.yaml lists {', '.join(shown_all(config.target.classes))}; give it that "
            "order back, or train again and take the alias champion away from this version"
        )
    found, expected = classes_of(model), list(range(len(config.target.classes)))
    if found == expected:
        return ""
    return (
        f"the model knows the classes {found}: expected a fitted classifier of {expected}, the places in "
        "target.classes; check the target that it was fitted on and the last step of estimator.py"
    )


def _remember(model: Any, config: ModelConfig) -> None:
    """Keep the names of the classes with a model; skops stores them with it."""
    setattr(model, _NAMES, list(config.target.classes))


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
    remember=_remember,
)
