"""The power of a column over three classes or more: the AUC of each against all others, by its rows."""

from __future__ import annotations

import numpy as np

from include.data.power.base import Power
from include.data.power.binary import build_classifier


def _columns(target: np.ndarray) -> np.ndarray:
    """Return whether a row is of each class, by its number."""
    found: np.ndarray = np.eye(int(target.max()) + 1)[target]
    return found


def _answer(trees: object, matrix: np.ndarray) -> np.ndarray:
    """Return probabilities by the number of the class: trees may not have seen all of them."""
    known = np.asarray(trees.classes_)  # type: ignore[attr-defined]
    scores = np.zeros((len(matrix), int(known.max()) + 1))
    scores[:, known] = trees.predict_proba(matrix)  # type: ignore[attr-defined]
    return scores


def _agree(target: np.ndarray, scores: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    counts = np.bincount(target, minlength=scores.shape[1])
    present = [label for label in range(scores.shape[1]) if 0 < counts[label] < len(target)]
    aucs = [roc_auc_score(target == label, scores[:, label]) for label in present]
    return float(np.average(aucs, weights=counts[present]))


def _fewest(target: np.ndarray) -> int:
    return int(np.sort(np.bincount(target, minlength=2))[-2])


MULTICLASS = Power(
    name="multiclass",
    scale="AUC",
    columns=_columns,
    build=build_classifier,
    answer=_answer,
    agree=_agree,
    fewest=_fewest,
)
