"""The expected calibration error over bins of equal mass.

After Nixon et al. (2019), "Measuring calibration in deep learning".
"""

from __future__ import annotations

import numpy as np

from include.evaluation.measures.base import Influence, Measure, Statistic, divide, mean_influence

_BINS = 15


def _prepare(target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Expected calibration error over bins of equal mass.

    After Nixon et al. (2019), "Measuring calibration in deep learning". A resample keeps the bins of the set.
    The error is an absolute value: the noise of resampling adds to it, so its interval leans upwards.
    """
    bins = _assign_bins(scores)
    order = np.argsort(bins, kind="stable")
    starts = np.unique(bins[order], return_index=True)[1]
    surplus = np.asarray(scores - target)[order]

    def statistic(weights: np.ndarray) -> np.ndarray:
        by_bin = np.add.reduceat(weights[:, order] * surplus, starts, axis=1)
        return divide(np.abs(by_bin).sum(axis=1), weights.sum(axis=1))

    return statistic


def _influence(target: np.ndarray, scores: np.ndarray) -> Influence:
    """The bins are held fixed, and so is the side on which each of them errs."""
    bins = _assign_bins(scores)
    surplus = scores - target
    side = np.sign(np.bincount(bins, weights=surplus))
    return mean_influence(side[bins] * surplus)


def _assign_bins(scores: np.ndarray) -> np.ndarray:
    """Put scores into 15 bins of equal mass; equal scores never part, so there may be fewer.

    :param scores: probabilities, float64 of shape (n,).
    :return: number of each row's bin, integers of shape (n,).
    """
    cuts = np.quantile(scores, np.linspace(0, 1, _BINS + 1)[1:-1])
    return np.searchsorted(np.unique(cuts), scores, side="left")


CALIBRATION_ERROR = Measure(prepare=_prepare, influence=_influence)
