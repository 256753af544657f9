"""The points behind the plots: what is drawn, computed apart from how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def roc(target: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return false and true positive rates, from (0, 0) to (1, 1), at no more than 2,000 thresholds.

    :param target: 0 or 1 of shape (n,), both present.
    :param scores: probabilities of shape (n,).
    """
    wrong, right = _found(target, scores)
    return np.append(0, wrong) / wrong[-1], np.append(0, right) / right[-1]


def precision_recall(target: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return recall and precision at no more than 2,000 thresholds, the highest first.

    :param target: 0 or 1 of shape (n,), with a positive.
    :param scores: probabilities of shape (n,).
    """
    wrong, right = _found(target, scores)
    return right / right[-1], right / (right + wrong)


def reliability(target: np.ndarray, scores: np.ndarray, bins: int = 15) -> Reliability:
    """Compare predicted with observed rates; the intervals are Wilson's (1927), which stay within [0, 1].

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of shape (n,).
    :param bins: bins of equal mass; equal scores share one, so there may be fewer.
    """
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.unique(np.searchsorted(cuts, scores, side="left"), return_inverse=True)[1]
    counts = np.bincount(place)
    observed = np.bincount(place, weights=target) / counts
    z = 1.959964
    centre = (observed + z**2 / (2 * counts)) / (1 + z**2 / counts)
    reach = z * np.sqrt(observed * (1 - observed) / counts + z**2 / (4 * counts**2)) / (1 + z**2 / counts)
    return Reliability(
        predicted=np.bincount(place, weights=scores) / counts,
        observed=observed,
        low=np.clip(centre - reach, 0, observed),  # rounding may put an end beyond a rate of exactly 0 or 1
        high=np.clip(centre + reach, observed, 1),
        counts=counts,
    )


def confusion(target: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Count rows by true class (down) and predicted class (across).

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of shape (n,).
    :param threshold: a row is predicted positive above it.
    :return: integers of shape (2, 2).
    """
    return np.bincount(2 * (target == 1) + (scores > threshold), minlength=4).reshape(2, 2)


def matching_threshold(target: np.ndarray, scores: np.ndarray) -> float:
    """Return the threshold above which as many rows lie as there are positives, or fewer where scores tie.

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of shape (n,).
    """
    negatives = len(target) - int(target.sum())
    return float(np.partition(scores, negatives - 1)[negatives - 1]) if negatives else 0.0


def _found(target: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count negatives and positives at or above each distinct score, the highest first, thinned out."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    right = np.cumsum(target[order], dtype=np.int64)[ends]
    if len(ends) > _POINTS:
        kept = np.unique(np.linspace(0, len(ends) - 1, _POINTS).round().astype(np.int64))
        ends, right = ends[kept], right[kept]
    return ends + 1 - right, right
