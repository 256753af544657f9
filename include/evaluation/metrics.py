"""The metrics, each written once for the whole test set, a window, a slice and a gain.

A metric is an entry here, with how it is computed, and one in :mod:`include.config.metric_names`, with its
name, direction and range. It is computed together with the influence of each row on it
(:mod:`include.evaluation.influence`), from which everything else follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.metric_names import EXPECTED_COST, METRICS
from include.data import weights
from include.evaluation.measures import (
    base,
    calibration,
    classes,
    costs,
    likelihoods,
    numbers,
    ranking,
    row_means,
    scored,
    scored_classes,
    scored_numbers,
    scored_rows,
    weighted_ranking,
)
from include.evaluation.measures.scored import Scored

if TYPE_CHECKING:
    import numpy as np

    from include.evaluation.measures.base import Measure

MEASURES: dict[str, Measure] = {
    "roc_auc": ranking.ROC_AUC,
    "average_precision": ranking.AVERAGE_PRECISION,
    "log_loss": row_means.LOG_LOSS,
    "brier": row_means.BRIER,
    "accuracy": row_means.ACCURACY,
    "calibration_error": calibration.CALIBRATION_ERROR,
    EXPECTED_COST: costs.EXPECTED_COST,
    "roc_auc_macro": classes.ROC_AUC_MACRO,
    "roc_auc_weighted": classes.ROC_AUC_WEIGHTED,
    "balanced_accuracy": classes.BALANCED_ACCURACY,
    "f1_macro": classes.F1_MACRO,
    "rmse": numbers.RMSE,
    "mae": numbers.MAE,
    "r2": numbers.R2,
    "pinball": numbers.PINBALL,
    "mape": numbers.MAPE,
}
_MODULES = (
    base,
    calibration,
    classes,
    costs,
    likelihoods,
    numbers,
    ranking,
    row_means,
    scored,
    scored_classes,
    weights,
)
CODE = (__name__, *(module.__name__ for module in (*_MODULES, scored_numbers, scored_rows, weighted_ranking)))
"""The modules whose code the value of a metric follows from, besides its name."""

if MEASURES.keys() != METRICS.keys():
    raise ImportError(
        f"metrics {sorted(MEASURES.keys() ^ METRICS.keys())} are named but not computed, or reverse"
    )


def measure(name: str, target: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return a metric's value; NaN where it is not defined, such as the AUC of one class.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    return MEASURES[name].influence(Scored(target, scores, None, weights)).value
