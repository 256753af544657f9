"""The points of an evaluation's plots as plain rows, for who draws them elsewhere: ``dvc plots``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.evaluation.measures.likelihoods import decide
from include.evaluation.plots.curves import precision_recall, reliability, roc
from include.evaluation.plots.residuals import BINS_SHOWN, error_range, quarters_by_prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from include.config.schema import ModelConfig
    from include.evaluation.importance import Importance

    Rows = list[dict[str, Any]]


def plot_points(
    target: np.ndarray,
    scores: np.ndarray,
    importance: Mapping[str, Importance],
    config: ModelConfig,
    weights: np.ndarray | None = None,
) -> dict[str, Rows]:
    """Return the points of every plot of an evaluation: plot to rows, each from column to value.

    They are the points that :func:`include.evaluation.plots.save_plots` draws of one model.

    :param target: the label of each row as a number, of shape (n,).
    :param scores: the model's answers of shape (n,) or (n, k).
    :param importance: its importance by feature.
    :param config: the model's configuration.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    ordered = sorted(importance.items(), key=lambda item: -item[1].loss)
    return {
        **POINTS[config.task](target, scores, config, weights),
        "importance": [
            {"feature": name, "loss": found.loss, "spread": found.spread} for name, found in ordered
        ],
    }


def binary_points(
    target: np.ndarray, scores: np.ndarray, _: ModelConfig, weights: np.ndarray | None
) -> dict[str, Rows]:
    """Return ROC, precision and recall, calibration, and decisions at 0.5."""
    return {
        "roc": _rows(("false_positive_rate", "true_positive_rate"), roc(target, scores, weights)),
        "precision_recall": _rows(("recall", "precision"), precision_recall(target, scores, weights)),
        "calibration": _calibration(target, scores, weights),
        "confusion": _confusion(target, decide(scores), ("0", "1")),
    }


def class_points(
    target: np.ndarray, scores: np.ndarray, config: ModelConfig, weights: np.ndarray | None
) -> dict[str, Rows]:
    """Return the ROC of each class, the calibration of the most probable class, and decisions."""
    decided = decide(scores)
    curves: Rows = []
    for number, name in enumerate(config.target.classes):
        own = (target == number).astype(np.int8)
        if 0 < own.sum() < len(own):
            found = roc(own, scores[:, number], weights)
            points = _rows(("false_positive_rate", "true_positive_rate"), found)
            curves += [{"class": name, **point} for point in points]
    return {
        "roc": curves,
        "calibration": _calibration((decided == target).astype(np.int8), scores.max(axis=1), weights),
        "confusion": _confusion(target, decided, config.target.classes),
    }


def number_points(
    target: np.ndarray, scores: np.ndarray, _: ModelConfig, weights: np.ndarray | None
) -> dict[str, Rows]:
    """Return how errors are spread (by weight, where rows have one), and their quartiles by prediction."""
    errors = scores - target
    counts, edges = np.histogram(errors, bins=BINS_SHOWN, range=error_range([errors]), weights=weights)
    return {
        "residuals": _rows(("error", "rows"), ((edges[:-1] + edges[1:]) / 2, counts)),
        "residuals_by_prediction": _rows(
            ("prediction", "low", "median", "high"), quarters_by_prediction(target, scores)
        ),
    }


POINTS: dict[str, Callable[[np.ndarray, np.ndarray, ModelConfig, np.ndarray | None], dict[str, Rows]]] = {
    "binary": binary_points,
    "multiclass": class_points,
    "regression": number_points,
}
"""The points of each task besides the importance of features."""


def _calibration(target: np.ndarray, scores: np.ndarray, weights: np.ndarray | None) -> Rows:
    found = reliability(target, scores, weights)
    return _rows(
        ("predicted", "observed", "low", "high", "rows"),
        (found.predicted, found.observed, found.low, found.high, found.counts),
    )


def _confusion(target: np.ndarray, decided: np.ndarray, names: Sequence[str]) -> Rows:
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (target.astype(np.int64), decided), 1)
    return [
        {"actual": names[row], "predicted": names[column], "rows": int(counts[row, column])}
        for row in range(len(names))
        for column in range(len(names))
    ]


def _rows(names: Sequence[str], columns: Sequence[np.ndarray]) -> Rows:
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(one.tolist() for one in columns), strict=True)
    ]
