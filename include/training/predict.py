"""Ask a fitted model for scores, and refuse what can't be a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.errors import ModelError
from include.names import shown

if TYPE_CHECKING:
    import pandas as pd


def predict_scores(model: Any, features: pd.DataFrame) -> np.ndarray:
    """Return the model's probability of the class 1 for each row.

    :param model: a fitted classifier or pipeline with ``predict_proba`` and the classes 0 and 1.
    :param features: frame of shape (n, number of features), as :func:`include.training.frame.load_frame`
        gives it.
    :return: float64 of shape (n,), in [0, 1].
    :raises ModelError: when the model fails on the frame, knows other classes, or gives no probabilities.
    """
    classes = [] if (found := getattr(model, "classes_", None)) is None else np.asarray(found).tolist()
    if classes != [0, 1]:
        raise ModelError(
            f"the model knows the classes {classes}: expected a fitted classifier of [0, 1]; check the "
            "target that it was fitted on and the last step of estimator.py"
        )
    try:
        scores = np.asarray(model.predict_proba(features), dtype=np.float64)
    except Exception as error:
        raise ModelError(
            f"the model could not score {len(features)} rows with the columns "
            f"{', '.join(map(shown, features.columns))} ({type(error).__name__}: {error}): was it fitted "
            "on other columns or with another scikit-learn?"
        ) from error
    if scores.shape != (len(features), 2):
        raise ModelError(
            f"predict_proba gave an array of shape {scores.shape}: expected {(len(features), 2)}"
        )
    wrong = int((~((scores[:, 1] >= 0) & (scores[:, 1] <= 1))).sum())
    if wrong:
        raise ModelError(
            f"{wrong} of {len(scores)} scores are not probabilities between 0 and 1: check the last step of "
            "estimator.py"
        )
    return scores[:, 1].copy()
