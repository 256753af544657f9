"""What asking a fitted model takes of a task: which method answers, and what an answer may look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from include.config.schema import ModelConfig


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """How models of one task are asked.

    :param name: the task.
    :param explain_model: from a fitted model and the configuration to why it is none of this task; empty
        where it is.
    :param ask: from a model and a frame of n rows to what it answers, float64 of shape (n,) or (n, k).
    :param explain_answer: from an answer, the number of rows and the configuration to why it can't be one;
        empty where it can.
    :param unit: from what a model answered to the size of which a difference between two answers is a part.
    :param answer: from what the model answered to what is kept of it.
    :param remember: keeps with a model that was just fitted what its answers mean, where it does not know.
    """

    name: str
    explain_model: Callable[[Any, ModelConfig], str]
    ask: Callable[[Any, pd.DataFrame], np.ndarray]
    explain_answer: Callable[[np.ndarray, int, ModelConfig], str]
    unit: Callable[[np.ndarray], float] = lambda _: 1.0
    answer: Callable[[np.ndarray], np.ndarray] = lambda found: found
    remember: Callable[[Any, ModelConfig], None] = lambda _, __: None


def classes_of(model: Any) -> list[Any]:
    """Return the classes that a fitted model knows; none where it has none, as a regressor."""
    found = getattr(model, "classes_", None)
    return [] if found is None else np.asarray(found).tolist()
