"""How well scores foretell the target of a task, on one scale for all: 0.5 is chance level, 1 is perfect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

CHANCE = 0.5


@dataclass(frozen=True, kw_only=True)
class Power:
    """How the power of columns is measured for one task.

    :param name: the task.
    :param scale: what the figure is called in sentences.
    :param columns: from a target of shape (n,) to the numbers whose means by bin are the scores, of shape
        (n, m): the target itself, or whether a row is of each class.
    :param build: from a seed to unfitted trees.
    :param answer: from fitted trees and a matrix to scores of shape (n, m).
    :param agree: from a target of shape (n,), which is not constant, and scores of shape (n, m) to how well
        they foretell it.
    :param fewest: from a target to how many rows say something: those of the second largest class, or half of
        all.
    """

    name: str
    scale: str
    columns: Callable[[np.ndarray], np.ndarray]
    build: Callable[[int], Any]
    answer: Callable[[Any, np.ndarray], np.ndarray]
    agree: Callable[[np.ndarray, np.ndarray], float]
    fewest: Callable[[np.ndarray], int]


TREES: dict[str, Any] = {"max_iter": 60, "max_leaf_nodes": 15, "early_stopping": False}
