"""What a model says of a row's class, of two or of more: which it predicts, and how likely the label was."""

from __future__ import annotations

import numpy as np

THRESHOLD = 0.5
"""A row is predicted positive above it; 0.5 itself counts as class 0, as ``predict`` does."""


def decide(scores: np.ndarray) -> np.ndarray:
    """Return the predicted class of each row, integers of shape (n,).

    :param scores: probabilities of class 1 of shape (n,), or of each class of shape (n, k); of two classes
        that are equally probable the first is predicted, as ``predict`` does.
    """
    if scores.ndim == 1:
        return (scores > THRESHOLD).astype(np.int8)
    found: np.ndarray = scores.argmax(axis=1)
    return found


def likelihoods(target: np.ndarray, scores: np.ndarray, *, overwrite: bool = False) -> np.ndarray:
    """Return the probability that each row's label was given, float64 of shape (n,).

    :param target: the class of each row as a number, of shape (n,).
    :param scores: probabilities of class 1 of shape (n,), or of each class of shape (n, k).
    :param overwrite: whether the scores are needed no more, so that the result may take their place.
    """
    if scores.ndim > 1:
        return np.take_along_axis(scores, target[:, None].astype(np.intp), axis=1)[:, 0]
    found: np.ndarray = np.subtract(scores, target != 1, out=scores if overwrite else None)
    np.abs(found, out=found)  # 1 - p for class 0
    return found
