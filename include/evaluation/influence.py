"""The influence of each row on a metric: how far the metric would move if the row weighed a little more.

A metric computed on a sample is its true value plus, nearly, the mean of its influence values over the rows
(Hampel 1974, "The influence curve and its role in robust estimation"). So one pass over the rows gives the
standard error of any of these metrics, of the difference of two models on the same rows, and of rows that
come in clusters, without drawing a single resample (:mod:`include.evaluation.interval`).

For the AUC the values are the placements of DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44), which
Obuchowski (1997, Biometrics 53) sums by cluster. For the average precision they are the derivative of
E[y T(S) / N(S)] / P(y = 1), where T and N are the shares of positives and of rows at or above a score; the
tests compare both with numeric derivatives of scikit-learn's weighted metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.evaluation.metrics import calibration_bins, row_values

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A figure, and what each row does to it.

    :param value: the figure on the set itself; NaN where it is not defined.
    :param rows: influence of each row, float64 of shape (n,), of mean 0; zeros where the figure is not
        defined.
    """

    value: float
    rows: np.ndarray

    def __sub__(self, other: Influence) -> Influence:
        """Return the difference of two figures on the same rows."""
        return Influence(value=self.value - other.value, rows=self.rows - other.rows)


def measure_influence(name: str, target: np.ndarray, scores: np.ndarray) -> Influence:
    """Return a metric's value and the influence of each row on it.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    :raises KeyError: when no metric has this name.
    """
    special = _SPECIAL.get(name)
    return special(target, scores) if special else mean_influence(row_values(name, target, scores))


def measure_gain(name: str, target: np.ndarray, better: np.ndarray, worse: np.ndarray) -> Influence:
    """Return how much better one model is than another on the same rows: above 0 is better in any metric.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param better: the scores of the model that is asked about, shape (n,).
    :param worse: those of the model it is compared with, shape (n,).
    """
    first, second = (measure_influence(name, target, scores) for scores in (better, worse))
    return first - second if METRICS[name].higher_is_better else second - first


def mean_influence(values: np.ndarray) -> Influence:
    """Return the influence of each row on the mean of a value per row.

    :param values: float64 of shape (n,), at least one row.
    """
    mean = float(values.mean())
    return Influence(value=mean, rows=values - mean)


def undefined(rows: int) -> Influence:
    """Return a figure that is not defined.

    :param rows: number of rows.
    """
    return Influence(value=float("nan"), rows=np.zeros(rows))


def _roc_auc(target: np.ndarray, scores: np.ndarray) -> Influence:
    """Placements, scaled by class as DeLong's variance has it: a tie counts half."""
    above, under = target == 1, target == 0
    positives, negatives = np.sort(scores[above]), np.sort(scores[under])
    p, q, n = len(positives), len(negatives), len(target)
    if not p or not q:
        return undefined(n)
    beaten = _below(negatives, scores[above]) / q
    beating = 1 - _below(positives, scores[under]) / p
    auc = float(beaten.mean())
    rows = np.zeros(n)
    rows[above] = (beaten - auc) * (n / p) * _unbias(p)
    rows[under] = (beating - auc) * (n / q) * _unbias(q)
    return Influence(value=auc, rows=rows)


def _below(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Count how many of the ordered values lie below each value; equal ones count half."""
    below: np.ndarray = np.searchsorted(ordered, values, side="left").astype(np.float64)
    return (below + np.searchsorted(ordered, values, side="right")) / 2


def _average_precision(target: np.ndarray, scores: np.ndarray) -> Influence:
    """The derivative of the mean precision over positives; equal scores share one precision."""
    n, p = len(target), int((target == 1).sum())
    if not p:
        return undefined(n)
    order = np.argsort(-scores, kind="stable")
    positive = target[order] == 1
    group = np.concatenate([[0], np.cumsum(np.diff(scores[order]) != 0)])
    rows_at = np.bincount(group)
    found_at = np.bincount(group, weights=positive)
    above = np.cumsum(rows_at)
    precision = np.cumsum(found_at) / above
    value = float(found_at @ precision) / p
    own = _from_the_end(found_at / above)  # what a row adds to the precision of the positives below it
    diluted = _from_the_end(found_at * precision / above)  # and what it takes from it
    ordered = -diluted[group] * (n / p)
    ordered[positive] += (precision + own - value)[group[positive]] * (n / p)
    rows = np.empty(n)
    rows[order] = ordered
    return Influence(value=value, rows=rows)


def _from_the_end(values: np.ndarray) -> np.ndarray:
    """Return the sum of each value and all that follow."""
    summed: np.ndarray = values[::-1].cumsum()[::-1]
    return summed


def _calibration_error(target: np.ndarray, scores: np.ndarray) -> Influence:
    """The bins are held fixed, and so is the side on which each of them errs."""
    bins = calibration_bins(scores)
    surplus = scores - target
    side = np.sign(np.bincount(bins, weights=surplus))
    return mean_influence(side[bins] * surplus)


def _unbias(count: int) -> float:
    """Return the factor that makes a mean square of deviations a variance; 1 for a single value."""
    return (count / (count - 1)) ** 0.5 if count > 1 else 1.0


_SPECIAL: dict[str, Callable[[np.ndarray, np.ndarray], Influence]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "calibration_error": _calibration_error,
}
