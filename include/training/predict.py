"""Ask a fitted model, and refuse what can't be an answer of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from include.names import shown
from include.training.predictors import PREDICTORS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from include.config.schema import ModelConfig


def predict_scores(model: Any, features: pd.DataFrame, config: ModelConfig) -> np.ndarray:
    """Return what a model answers for each row: probabilities, or predicted numbers.

    :param model: a fitted estimator or pipeline of the configuration's task.
    :param features: frame of shape (n, number of features), as :func:`include.training.frame.load_frame`
        gives it.
    :param config: the model's configuration.
    :return: float64: probabilities of class 1 of shape (n,), of each class of shape (n, k), or numbers of
        shape (n,).
    :raises ModelError: when the model is none of the task, fails on the frame, or gives what can't be an
        answer.
    """
    predictor = PREDICTORS[config.task]
    if problem := predictor.explain_model(model, config):
        raise ModelError(problem)
    try:
        found = predictor.ask(model, features)
    except Exception as error:
        raise ModelError(
            f"the model could not score {len(features)} rows with the columns "
            f"{', '.join(map(shown, features.columns))} ({type(error).__name__}: {error}): was it fitted "
            "on other columns or with another scikit-learn?"
        ) from error
    if problem := predictor.explain_answer(found, len(features), config):
        raise ModelError(problem)
    return predictor.answer(found)
