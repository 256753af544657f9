"""The power of a column over two classes: the AUC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.power.base import TREES, Power

if TYPE_CHECKING:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier


def build_classifier(seed: int) -> HistGradientBoostingClassifier:
    """Return unfitted trees that tell classes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**TREES, random_state=seed)


def _agree(target: np.ndarray, scores: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(target, scores[:, 0]))


def _fewest(target: np.ndarray) -> int:
    positives = int(target.sum())
    return min(positives, len(target) - positives)


BINARY = Power(
    name="binary",
    scale="AUC",
    columns=lambda target: target[:, None],
    build=build_classifier,
    answer=lambda trees, matrix: trees.predict_proba(matrix)[:, 1:],
    agree=_agree,
    fewest=_fewest,
)
