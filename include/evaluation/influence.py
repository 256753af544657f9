"""The influence of each row on a metric: how far the metric would move if the row weighed a little more.

A metric computed on a sample is its true value plus, nearly, the mean of its influence values over the rows
(Hampel 1974, "The influence curve and its role in robust estimation"). So one pass over the rows gives the
standard error of any of these metrics, of the difference of two models on the same rows, and of rows that
come in clusters, without drawing a single resample (:mod:`include.evaluation.interval`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.gains import find_gain
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    import numpy as np

    from include.evaluation.measures.base import Influence
    from include.evaluation.measures.scored_rows import ScoredRows


def measure_influence(name: str, target: np.ndarray, scores: np.ndarray) -> Influence:
    """Return a metric's value and the influence of each row on it.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    :raises KeyError: when no metric has this name.
    """
    return MEASURES[name].influence(Scored(target, scores))


def measure_gain(name: str, target: np.ndarray, better: np.ndarray, worse: np.ndarray) -> Influence:
    """Return how much better one model is than another on the same rows: above 0 is better in any metric.

    :param name: one of :data:`include.config.metric_names.METRICS`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param better: the scores of the model that is asked about, shape (n,).
    :param worse: those of the model it is compared with, shape (n,).
    """
    return gain_of(name, Scored(target, better), Scored(target, worse))


def gain_of(name: str, better: ScoredRows, worse: ScoredRows) -> Influence:
    """Return how much better one model is than another on the same rows, whatever their task.

    :param name: a metric of the task.
    :param better: the rows with the answers of the model that is asked about.
    :param worse: the same rows with those of the model it is compared with.
    """
    first, second = (MEASURES[name].influence(scored) for scored in (better, worse))
    return find_gain(name, first, second)
