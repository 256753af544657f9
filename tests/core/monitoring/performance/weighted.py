"""Metrics on weighted rows: labels that are drawn are weights of 0 and 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from include.evaluation.metrics import MEASURES

Statistic = Callable[[np.ndarray], np.ndarray]
"""From row weights, int32 of shape (b, n), to b values; NaN where the metric is not defined."""


def prepare(name: str, target: np.ndarray, scores: np.ndarray) -> Statistic:
    """Prepare a metric for weighted rows.

    :param name: a metric that can be estimated.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    """
    if name in _RANKINGS:
        return _RANKINGS[name](target, scores)
    values = MEASURES[name].values
    if values is None:
        raise KeyError(name)
    return _mean(values(target, scores))


def _prepare_auc(target: np.ndarray, scores: np.ndarray) -> Statistic:
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


def _prepare_precision(target: np.ndarray, scores: np.ndarray) -> Statistic:
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


def _mean(values: np.ndarray) -> Statistic:
    """Return the weighted mean of a value per row, summed in one order whatever the number of threads."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        return _divide(np.einsum("ij,j->i", weights, values), weights.sum(axis=1))

    return statistic


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; NaN where there is nothing to divide by.

    :param numerator: of shape (b,).
    :param denominator: of shape (b,).
    """
    quotient = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


_RANKINGS = {"roc_auc": _prepare_auc, "average_precision": _prepare_precision}
