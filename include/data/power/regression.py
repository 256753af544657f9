"""The power of a column over a number: how often it puts two rows in the right order.

The concordance index is for numbers what the AUC is for two classes (Harrell et al. 1982, JAMA 247): of all
pairs of rows with different targets, the share that scores order as the targets do, a tie counting as half.
It follows from Somers' D (1962, American Sociological Review 27), and that from Kendall's tau, which is
computed in the time of sorting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.data.power.base import CHANCE, TREES, Power

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor


def _build(seed: int) -> HistGradientBoostingRegressor:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(**TREES, random_state=seed)


def _agree(target: np.ndarray, scores: np.ndarray) -> float:
    from scipy.stats import kendalltau

    tau = float(kendalltau(target, scores[:, 0], variant="b").statistic)
    if not np.isfinite(tau):
        return CHANCE
    pairs = [len(values) * (len(values) - 1) / 2 - _ties(values) for values in (target, scores[:, 0])]
    somers = tau * (pairs[1] / pairs[0]) ** 0.5
    return float((1 + somers) / 2)


def _ties(values: np.ndarray) -> float:
    """Return how many pairs have the same value."""
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


REGRESSION = Power(
    name="regression",
    scale="concordance index",
    columns=lambda target: target[:, None],
    build=_build,
    answer=lambda trees, matrix: trees.predict(matrix)[:, None],
    agree=_agree,
    fewest=lambda target: len(target) // 2,
)
