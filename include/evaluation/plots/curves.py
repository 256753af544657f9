"""The points behind the plots: what is drawn, computed apart from how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.data.weights import relative_weights

_POINTS = 2_000  # more than a figure has pixels


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Predicted and observed rates over bins of equal mass.

    :param predicted: mean score of each bin, shape (k,).
    :param observed: share of positives of each bin, shape (k,).
    :param low: lower end of its 95 % interval.
    :param high: upper end.
    :param counts: rows of each bin.
    """

    predicted: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray


def roc(
    target: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return false and true positive rates, from (0, 0) to (1, 1), at no more than 2,000 thresholds.

    :param target: 0 or 1 of shape (n,), both present.
    :param scores: probabilities of shape (n,).
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    from sklearn.metrics import roc_curve

    wrong, right, _ = roc_curve(target, scores, sample_weight=weights, drop_intermediate=False)
    kept = np.append(0, 1 + _thin_out(len(wrong) - 1))  # (0, 0) stands before the first threshold
    return wrong[kept], right[kept]


def precision_recall(
    target: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return recall and precision at no more than 2,000 thresholds, the highest first.

    :param target: 0 or 1 of shape (n,), with a positive.
    :param scores: probabilities of shape (n,).
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(target, scores, sample_weight=weights)
    kept = _thin_out(len(thresholds))
    highest_first = slice(len(thresholds) - 1, None, -1)  # without the point (0, 1) at no threshold
    return recall[highest_first][kept], precision[highest_first][kept]


def reliability(
    target: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None, *, bins: int = 15
) -> Reliability:
    """Compare predicted with observed rates; the intervals are Wilson's (1927), which stay within [0, 1].

    scikit-learn's ``calibration_curve`` does not say how many rows a bin has, and the intervals need that.

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of shape (n,).
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :param bins: bins of equal mass; equal scores share one, so there may be fewer.
    """
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    bin_number = np.unique(np.searchsorted(cuts, scores, side="left"), return_inverse=True)[1]
    own = np.ones(len(scores)) if weights is None else relative_weights(weights)
    total, squares = (np.bincount(bin_number, weights=own**power) for power in (1, 2))
    counts = total**2 / squares  # so many rows of equal weight say as much
    observed = np.bincount(bin_number, weights=own * target) / total
    z = 1.959964
    centre = (observed + z**2 / (2 * counts)) / (1 + z**2 / counts)
    reach = z * np.sqrt(observed * (1 - observed) / counts + z**2 / (4 * counts**2)) / (1 + z**2 / counts)
    return Reliability(
        predicted=np.bincount(bin_number, weights=own * scores) / total,
        observed=observed,
        low=np.clip(centre - reach, 0, observed),  # rounding may put an end beyond a rate of exactly 0 or 1
        high=np.clip(centre + reach, observed, 1),
        counts=np.bincount(bin_number),
    )


def confusion(target: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Count rows by true class (down) and predicted class (across).

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of shape (n,).
    :param threshold: a row is predicted positive above it.
    :return: integers of shape (2, 2).
    """
    from sklearn.metrics import confusion_matrix

    counts: np.ndarray = confusion_matrix(target, scores > threshold, labels=[0, 1])
    return counts


def matching_threshold(target: np.ndarray, scores: np.ndarray) -> float:
    """Return the threshold above which as many rows lie as there are positives, or fewer where scores tie.

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of shape (n,).
    """
    negatives = len(target) - int(target.sum())
    return float(np.partition(scores, negatives - 1)[negatives - 1]) if negatives else 0.0


def _thin_out(points: int) -> np.ndarray:
    """Return the numbers of the points to draw: first, last, and those in between that can be seen."""
    return np.unique(np.linspace(0, points - 1, min(points, _POINTS)).round().astype(np.int64))
