"""The metrics, each written once for the whole test set, for a bootstrap resample and for a slice.

A metric is prepared for a target and scores: what does not depend on the sample (the sorting, the losses of
the rows) is computed once. The result takes row weights of shape (b, n), how often each row was drawn in
each of b resamples, and returns b values. Weights of one give the value on the set itself, so the value and
its interval can't disagree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    Statistic = Callable[[np.ndarray], np.ndarray]
    Preparation = Callable[[np.ndarray, np.ndarray], Statistic]

CALIBRATION_BINS = 15
THRESHOLD = 0.5


def prepare(name: str, target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Prepare a metric for resampling.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    :return: a function from row weights, int32 of shape (b, n), to values of shape (b,); NaN where it is
        not defined.
    :raises KeyError: when no metric has this name.
    """
    return _PREPARATIONS[name](target, scores)


def measure(name: str, target: np.ndarray, scores: np.ndarray) -> float:
    """Return a metric's value; NaN where it is not defined, such as the AUC of one class.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    """
    return float(prepare(name, target, scores)(np.ones((1, len(target)), dtype=np.int32))[0])


def _roc_auc(target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Chance that a random positive is scored above a random negative; a tie counts half.

    This is the Mann-Whitney form. The negatives are sorted once; each positive then knows which of them it
    beats, and a resample only changes how often each of those counts.
    """
    positives, negatives = np.flatnonzero(target == 1), np.flatnonzero(target == 0)
    negatives = negatives[np.argsort(scores[negatives], kind="stable")]
    below = np.searchsorted(scores[negatives], scores[positives], side="left")
    up_to = np.searchsorted(scores[negatives], scores[positives], side="right")

    def statistic(weights: np.ndarray) -> np.ndarray:
        beaten = np.zeros((len(weights), len(negatives) + 1), dtype=weights.dtype)
        np.cumsum(weights[:, negatives], axis=1, out=beaten[:, 1:])
        drawn = weights[:, positives].astype(np.float64)
        wins = np.einsum("ij,ij->i", drawn, beaten[:, below]) + np.einsum("ij,ij->i", drawn, beaten[:, up_to])
        return _divide(wins / 2, drawn.sum(axis=1) * beaten[:, -1])

    return statistic


def _average_precision(target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Precision at each distinct score, weighted by the recall gained there, as scikit-learn has it."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    positives = np.asarray(target == 1)[order]

    def statistic(weights: np.ndarray) -> np.ndarray:
        ordered = weights[:, order]
        drawn = np.cumsum(ordered, axis=1, dtype=weights.dtype)[:, ends]
        found = np.cumsum(ordered * positives, axis=1, dtype=weights.dtype)[:, ends]
        gained = np.diff(found, axis=1, prepend=0)
        precision = found / np.maximum(drawn, 1)
        return _divide(np.einsum("ij,ij->i", gained, precision), found[:, -1])

    return statistic


def row_values(name: str, target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return what each row is worth in a metric that is a mean over rows.

    :param name: ``log_loss``, ``brier`` or ``accuracy``.
    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of class 1, float64 of shape (n,).
    :return: float64 of shape (n,).
    :raises KeyError: when no such metric is a mean over rows.
    """
    return _ROW_VALUES[name](target, scores)


def calibration_bins(scores: np.ndarray) -> np.ndarray:
    """Put scores into 15 bins of equal mass; equal scores never part, so there may be fewer.

    :param scores: probabilities, float64 of shape (n,).
    :return: number of each row's bin, integers of shape (n,).
    """
    cuts = np.quantile(scores, np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1])
    return np.searchsorted(np.unique(cuts), scores, side="left")


def _log_losses(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Negative log-likelihood in nats; scores are clipped to the resolution of their type."""
    eps = np.finfo(np.float64).eps
    clipped = np.clip(scores, eps, 1 - eps)
    losses: np.ndarray = -np.log(np.where(target == 1, clipped, 1 - clipped))
    return losses


def _brier_losses(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Squared distance between probability and label (Brier 1950)."""
    losses: np.ndarray = (scores - target) ** 2
    return losses


def _hits(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Whether a row is on the right side of 0.5; 0.5 itself counts as class 0, as ``predict`` does."""
    hits: np.ndarray = (scores > THRESHOLD) == (target == 1)
    return hits.astype("float64")


def _calibration_error(target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Expected calibration error over bins of equal mass.

    After Nixon et al. (2019), "Measuring calibration in deep learning". A resample keeps the bins of the set.
    The error is an absolute value: the noise of resampling adds to it, so its interval leans upwards.
    """
    bins = calibration_bins(scores)
    order = np.argsort(bins, kind="stable")
    starts = np.unique(bins[order], return_index=True)[1]
    surplus = np.asarray(scores - target)[order]

    def statistic(weights: np.ndarray) -> np.ndarray:
        by_bin = np.add.reduceat(weights[:, order] * surplus, starts, axis=1)
        return _divide(np.abs(by_bin).sum(axis=1), weights.sum(axis=1))

    return statistic


def _mean_of(name: str) -> Preparation:
    """Return the preparation of a metric that is a mean over rows."""
    return lambda target, scores: _mean(row_values(name, target, scores))


def _mean(values: np.ndarray) -> Statistic:
    """Return the weighted mean of a value per row, summed in one order whatever the number of threads."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        return _divide(np.einsum("ij,j->i", weights, values), weights.sum(axis=1))

    return statistic


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; NaN where there is nothing to divide by."""
    quotient = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


_ROW_VALUES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "log_loss": _log_losses,
    "brier": _brier_losses,
    "accuracy": _hits,
}
_PREPARATIONS: dict[str, Preparation] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "calibration_error": _calibration_error,
    **{name: _mean_of(name) for name in _ROW_VALUES},
}

if _PREPARATIONS.keys() != METRICS.keys():
    raise ImportError(
        f"metrics {sorted(_PREPARATIONS.keys() ^ METRICS.keys())} are named but not computed, or reverse"
    )
