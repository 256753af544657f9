"""How a metric is computed: its value, and what each row does to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from include.data.weights import weigh_mean
from include.evaluation.measures.likelihoods import decide
from include.evaluation.scale import LOG_ODDS, Scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.gate_schema import Costs
    from include.evaluation.evidence import Evidence


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A figure, and what each row does to it.

    :param value: the figure on the set itself; NaN where it is not defined.
    :param rows: influence of each row, times its weight where it has one, float64 of shape (n,), of mean 0;
        zeros where the figure is not defined.
    :param noise: what chance seems to have added, and was taken from the value.
    :param indistinct: whether all of it may be chance, and the figure the lowest there is.
    :param unseen: what the spread of the rows is to be multiplied by, 1 or more, for what so few of them may
        not have shown.
    """

    value: float
    rows: np.ndarray
    noise: float = 0.0
    indistinct: bool = False
    unseen: float = 1.0

    def __sub__(self, other: Influence) -> Influence:
        """Return the difference of two figures on the same rows."""
        unseen = max(self.unseen, other.unseen)
        return Influence(value=self.value - other.value, rows=self.rows - other.rows, unseen=unseen)

    def below(self, other: Influence) -> Influence:
        """Return by which share of another figure, on the same rows, this one lies below it.

        The figure of both is above 0; the share is not defined where the other one is 0 and this one is not.
        By the delta method a row moves a ratio by what it moves its parts.
        """
        share, ratio = _share_below(self.value, other.value)
        rows = (ratio * other.rows - self.rows) / (other.value or 1.0)
        return Influence(value=share, rows=rows if math.isfinite(share) else np.zeros(len(rows)))

    def stretched(self, factor: float) -> Influence:
        """Return the same figure with so many times the spread."""
        return self if factor == 1 else replace(self, rows=self.rows * factor)


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """A figure, and what each entity contributes to it.

    :param value: the figure; NaN where it is not defined.
    :param sums: influence values summed by entity, float64 of shape (g,).
    :param rows: number of rows.
    :param noise: as :class:`Influence` has it.
    :param indistinct: the same.
    """

    value: float
    sums: np.ndarray
    rows: int
    noise: float = 0.0
    indistinct: bool = False

    def __sub__(self, other: Contributions) -> Contributions:
        """Return the difference of two figures on the same rows."""
        return Contributions(value=self.value - other.value, sums=self.sums - other.sums, rows=self.rows)

    def below(self, other: Contributions) -> Contributions:
        """Return by which share of another figure this one lies below it, as :meth:`Influence.below`."""
        share, ratio = _share_below(self.value, other.value)
        sums = (ratio * other.sums - self.sums) / (other.value or 1.0)
        kept = sums if math.isfinite(share) else np.zeros(len(sums))
        return Contributions(value=share, sums=kept, rows=self.rows)

    def above(self, limit: float) -> Contributions:
        """Return how far the figure lies above a limit that no row moves."""
        return Contributions(value=self.value - limit, sums=self.sums, rows=self.rows)

    def stretched(self, factor: float) -> Contributions:
        """Return the same figure with so many times the spread."""
        return self if factor == 1 else replace(self, sums=self.sums * factor)

    @property
    def shares(self) -> np.ndarray:
        """The sums by the number of rows: the parts that the figure's error is made of."""
        return self.sums / self.rows


def _share_below(value: float, other: float) -> tuple[float, float]:
    """Return by which share of another figure one lies below it, and the ratio of both; NaN for no share."""
    if other:
        return 1 - value / other, value / other
    return (0.0, 1.0) if value == 0 else (math.nan, 1.0)


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

    :param influence: from labelled rows with the answers of a model, as its task has them, to the metric's
        value, and the influence of each row on it.
    :param over_trivial: from the metric, the share of positives (None where there are not two classes) and
        the number of entities to the gain over what the same rows give a model that has learned nothing, such
        as a random order; None where that model answers a constant.
    :param counts_decisions: whether rows about which two models decide the same say nothing.
    :param decide: from labelled rows to the class that is decided for each, of shape (n,).
    :param scale: the scale on which the interval of a single figure is symmetric.
    :param by_class: whether each class has a figure of its own in it, so that all must have entities enough.
    :param flawless: from what the rows can tell and a probability to how far a figure at the very end of its
        range, which no row moves, may lie from the truth; None where nothing limits it.
    :param values: from a target and scores to what each row is worth, float64 of shape (n,), where the metric
        is the mean of that; None where it is not.
    :param costs: the same, from a target, scores and what wrong decisions cost, where that decides.
    :param widest: how far apart the best and the worst row can be.
    """

    influence: Callable[[Any], Influence]
    over_trivial: Callable[[Contributions, Contributions | None, int], Contributions] | None = None
    counts_decisions: bool = False
    decide: Callable[[Any], np.ndarray] = lambda scored: decide(scored.scores)
    by_class: bool = False
    scale: Scale = LOG_ODDS
    flawless: Callable[[Evidence, float], float] | None = reach_of_means
    values: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    costs: Callable[[np.ndarray, np.ndarray, Costs], np.ndarray] | None = None
    widest: float = 1.0

    def of_rows(self, costs: Costs | None) -> Callable[[np.ndarray, np.ndarray], np.ndarray] | None:
        """Return what a target and scores make each row worth; None where the metric has no such mean.

        :param costs: what wrong decisions cost; None where nobody says.
        """
        found = self.costs
        if found is None or costs is None:
            return self.values
        return lambda target, scores: found(target, scores, costs)


def mean_influence(values: np.ndarray, weights: np.ndarray | None = None) -> Influence:
    """Return the influence of each row on the mean of a value per row.

    :param values: float64 of shape (n,), at least one row.
    :param weights: how much each row counts, of mean 1, float64 of shape (n,); None where all count the same.
    """
    if weights is not None:
        mean = weigh_mean(values, weights)
        return Influence(value=mean, rows=(values - mean) * weights)
    mean = float(values.mean())
    return Influence(value=mean, rows=values - mean)


def undefined(rows: int) -> Influence:
    """Return a figure that is not defined.

    :param rows: number of rows.
    """
    return Influence(value=float("nan"), rows=np.zeros(rows))
