"""What a metric of three classes or more comes to on labels that are known by their chances only.

As :mod:`include.monitoring.performance.expected_metrics` for two: every metric is a smooth function of sums
over rows in which a row counts for each class with its chance, and the slope of a figure is how much it grows
if a row is of a class. The AUC of each class against all others is that module's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.measures.likelihoods import decide
from include.evaluation.metrics import MEASURES
from include.monitoring.performance.expected_metrics import Ranks, expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ExpectedClasses(NamedTuple):
    """A metric on uncertain labels.

    :param value: what it comes to.
    :param slopes: how much it grows if a row is of a class, float64 of shape (n, k).
    """

    value: float
    slopes: np.ndarray


def expect_classes(
    name: str, scores: np.ndarray, chances: np.ndarray, weights: np.ndarray | None = None
) -> ExpectedClasses:
    """Return what a metric comes to.

    :param name: a metric that probabilities alone tell.
    :param scores: probabilities, float64 of shape (n, k).
    :param chances: each row's chance to be of each class, of shape (n, k).
    :param weights: how much each row counts, of mean 1, float64 of shape (n,); None where all count the same.
    :raises KeyError: probabilities alone don't tell this metric.
    """
    values = MEASURES[name].values
    if values is None:
        return _BY_CLASS[name](scores, chances, weights)
    rows, classes = scores.shape
    labels = (np.full(rows, label, dtype=np.int16) for label in range(classes))
    slopes = _weigh(np.column_stack([values(label, scores) for label in labels]), weights) / rows
    return ExpectedClasses(float((slopes * chances).sum()), slopes)


def _weigh(values: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return values of rows and classes, of shape (n, k), times the rows' weights."""
    return values if weights is None else values * weights[:, None]


def _recall(scores: np.ndarray, chances: np.ndarray, weights: np.ndarray | None) -> ExpectedClasses:
    """Return the mean over the classes of the share of their rows that are said to be theirs."""
    said, own = _said(scores), _weigh(chances, weights)
    total = own.sum(axis=0)
    known = total > 0
    shares = (said * own).sum(axis=0)[known] / total[known]
    slopes = np.zeros_like(chances)
    slopes[:, known] = _weigh(said[:, known] - shares, weights) / total[known] / known.sum()
    return ExpectedClasses(float(shares.mean()), slopes)


def _f1(scores: np.ndarray, chances: np.ndarray, weights: np.ndarray | None) -> ExpectedClasses:
    """Return the mean over the classes of twice the hits over the rows of a class and those said to be."""
    said, own = _said(scores), _weigh(chances, weights)
    below = own.sum(axis=0) + _weigh(said, weights).sum(axis=0)
    known = below > 0
    found = 2 * (said * own).sum(axis=0)[known] / below[known]
    slopes = np.zeros_like(chances)
    slopes[:, known] = _weigh(2 * said[:, known] - found, weights) / below[known] / known.sum()
    return ExpectedClasses(float(found.mean()), slopes)


def _said(scores: np.ndarray) -> np.ndarray:
    """Return 1.0 where a class is predicted for a row, of shape (n, k)."""
    said = np.zeros_like(scores)
    said[np.arange(len(scores)), decide(scores)] = 1.0
    return said


def _aucs(
    scores: np.ndarray, chances: np.ndarray, weights: np.ndarray | None
) -> Iterator[tuple[int, float, np.ndarray]]:
    """Yield class, AUC against all others and its slopes of shape (n,), in the order of the rows."""
    for label in range(scores.shape[1]):
        order = np.argsort(scores[:, label], kind="stable")
        ordered = scores[order, label]
        ranks = Ranks(ordered, None if weights is None else weights[order])
        found = expect("roc_auc", ordered, chances[order, label], ranks)
        slopes = np.empty(len(order))
        slopes[order] = found.slopes
        if np.isfinite(found.value):
            yield label, found.value, slopes


def _macro_auc(scores: np.ndarray, chances: np.ndarray, weights: np.ndarray | None) -> ExpectedClasses:
    slopes, values = np.zeros_like(scores), []
    for label, value, own in _aucs(scores, chances, weights):
        slopes[:, label] = own
        values.append(value)
    if not values:
        return ExpectedClasses(float("nan"), slopes)
    return ExpectedClasses(float(np.mean(values)), slopes / len(values))


def _weighted_auc(scores: np.ndarray, chances: np.ndarray, weights: np.ndarray | None) -> ExpectedClasses:
    """A class weighs as many rows as are expected of it, which moves with each label too."""
    slopes, total = np.zeros_like(scores), 0.0
    counted = _weigh(chances, weights)
    for label, value, own in _aucs(scores, chances, weights):
        share = float(counted[:, label].mean())
        slopes[:, label] = share * own + value * (1.0 if weights is None else weights) / len(scores)
        total += share * value
    return ExpectedClasses(total, slopes)


_BY_CLASS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray | None], ExpectedClasses]] = {
    "balanced_accuracy": _recall,
    "f1_macro": _f1,
    "roc_auc_macro": _macro_auc,
    "roc_auc_weighted": _weighted_auc,
}
EVERY_CLASS = ("balanced_accuracy", "roc_auc_macro", "roc_auc_weighted", "f1_macro")
"""Metrics that leave out a class of which no row is: expected only where hardly any class can be missing."""

if (
    unknown := {
        name
        for name in TASKS["multiclass"].metrics
        if METRICS[name].estimable and MEASURES[name].values is None
    }
    - _BY_CLASS.keys()
):
    raise ImportError(f"metrics {sorted(unknown)} are said to be estimable, but not how")
