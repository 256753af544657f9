"""How a metric is computed: on weighted rows, and what each row does to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.scale import LOG_ODDS, Scale

if TYPE_CHECKING:
    from include.evaluation.evidence import Evidence

Statistic = Callable[[np.ndarray], np.ndarray]
"""From row weights, int32 of shape (b, n), to b values; NaN where the metric is not defined."""

THRESHOLD = 0.5
"""A row is predicted positive above it; 0.5 itself counts as class 0, as ``predict`` does."""


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


def reach_of_means(evidence: Evidence, tail: float) -> float:
    """Return how far a share that came out as exactly 0 or 1 may lie from it.

    If more than this share of the entities were otherwise, none of them would be seen less often than in
    ``tail`` of all samples (Clopper and Pearson 1934, Biometrika 26).

    :param evidence: what the rows can tell.
    :param tail: probability that the truth lies farther away.
    """
    return float(1 - tail ** (1 / evidence.everyone.alike))


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How one metric is computed.

    :param prepare: from a target, 0 or 1 of shape (n,), and scores, float64 of shape (n,), to a function of
        row weights; what does not depend on the sample (sorting, losses) is computed once.
    :param influence: from a target and scores to the metric's value, and the influence of each row on it.
    :param over_random_order: from a target, scores and the number of entities to the gain over a random order
        of the same rows; None where the model that has learned nothing answers a constant.
    :param counts_decisions: whether rows about which two models decide the same say nothing.
    :param scale: the scale on which the interval of a single figure is symmetric.
    :param flawless: from what the rows can tell and a probability to how far a figure at the very end of its
        range, which no row moves, may lie from the truth.
    :param values: from a target and scores to what each row is worth, float64 of shape (n,), where the metric
        is the mean of that; None where it is not.
    :param widest: how far apart the best and the worst row can be.
    """

    prepare: Callable[[np.ndarray, np.ndarray], Statistic]
    influence: Callable[[np.ndarray, np.ndarray], Influence]
    over_random_order: Callable[[np.ndarray, np.ndarray, int], Influence] | None = None
    counts_decisions: bool = False
    scale: Scale = LOG_ODDS
    flawless: Callable[[Evidence, float], float] = reach_of_means
    values: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    widest: float = 1.0


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


def divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; NaN where there is nothing to divide by.

    :param numerator: of shape (b,).
    :param denominator: of shape (b,).
    """
    quotient = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
