"""What a metric comes to on labels that are known by their chances only, and how it moves with each label.

Rows count with their chance as positives and with the rest as negatives, times their weight. A row is never
compared with itself: the AUC goes over pairs of different rows, and in the average precision the row itself
is a positive for sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.gate_schema import Costs


class Expected(NamedTuple):
    """A metric on uncertain labels.

    :param value: what it comes to.
    :param slopes: how much it grows when a label grows from 0 to 1, float64 of shape (n,).
    """

    value: float
    slopes: np.ndarray


class Ranks:
    """Where equal predictions begin and end, and how much each row counts.

    :param scores: predictions in ascending order, of shape (n,).
    :param weights: of mean 1, in that order, float64 of shape (n,); None where all count the same.
    """

    def __init__(self, scores: np.ndarray, weights: np.ndarray | None = None) -> None:
        self._starts = np.flatnonzero(np.append(True, scores[1:] != scores[:-1]))
        self._repeats = np.diff(np.append(self._starts, len(scores)))
        self.weights: np.ndarray | float = 1.0 if weights is None else weights
        self.sizes = self._repeats if weights is None else self.add_up(weights)
        self.total: float = len(scores) if weights is None else float(weights.sum())

    def add_up(self, values: np.ndarray) -> np.ndarray:
        """Return sums over equal predictions, of shape (g,) for the g distinct ones."""
        found: np.ndarray = np.add.reduceat(values, self._starts)
        return found

    def repeat(self, values: np.ndarray) -> np.ndarray:
        """Return a value per distinct prediction for each row, of shape (n,)."""
        return np.repeat(values, self._repeats)

    def weigh(self, values: np.ndarray) -> np.ndarray:
        """Return values of rows times the rows' weights, of shape (n,)."""
        return values if isinstance(self.weights, float) else values * self.weights


def expect(
    name: str, scores: np.ndarray, chances: np.ndarray, ranks: Ranks, costs: Costs | None = None
) -> Expected:
    """Return what a metric comes to.

    :param name: a metric that predictions alone tell, one of those that are ``estimable``.
    :param scores: predictions in ascending order, float64 of shape (n,).
    :param chances: each row's chance to be positive, of shape (n,).
    :param ranks: where equal ones begin and end, and what rows weigh.
    :param costs: what wrong decisions cost; None where nobody says.
    :raises KeyError: predictions alone don't tell this metric.
    """
    values = MEASURES[name].of_rows(costs)
    if values is None:
        return _RANKINGS[name](chances, ranks)
    ones = np.ones(len(scores), dtype=np.int8)
    if_positive, if_negative = values(ones, scores), values(1 - ones, scores)
    slopes = ranks.weigh(if_positive - if_negative) / ranks.total
    return Expected(float(ranks.weigh(if_negative).sum() / ranks.total + (slopes * chances).sum()), slopes)


def _expect_auc(chances: np.ndarray, ranks: Ranks) -> Expected:
    positive, negative = ranks.weigh(chances), ranks.weigh(1 - chances)
    p, q = float(positive.sum()), float(negative.sum())
    pairs = p * q - float((positive * negative).sum())
    if pairs <= 0:
        return Expected(float("nan"), np.zeros(len(chances)))
    ups, downs = ranks.add_up(positive), ranks.add_up(negative)
    below = ranks.repeat(np.cumsum(downs) - downs / 2) - negative / 2
    above = p - ranks.repeat(np.cumsum(ups) - ups / 2) - positive / 2
    value = float((positive * below).sum()) / pairs
    slopes = below - above - value * (q - p - ranks.weights + 2 * positive)
    return Expected(value, ranks.weigh(slopes) / pairs)


def _expect_precision(chances: np.ndarray, ranks: Ranks) -> Expected:
    positive = ranks.weigh(chances)
    p = float(positive.sum())
    if p <= 0:
        return Expected(float("nan"), np.zeros(len(chances)))
    ups, at_or_above = ranks.add_up(positive), np.cumsum(ranks.sizes[::-1])[::-1]
    found = p - np.cumsum(ups) + ups
    rows = ranks.repeat(at_or_above.astype(np.float64))
    precision = (ranks.repeat(found) + ranks.weights - positive) / rows
    value = float((positive * precision).sum()) / p
    added = ranks.repeat(np.cumsum(ups / at_or_above)) - positive / rows
    return Expected(value, ranks.weigh(precision + added - value) / p)


_RANKINGS: dict[str, Callable[[np.ndarray, Ranks], Expected]] = {
    "roc_auc": _expect_auc,
    "average_precision": _expect_precision,
}
NEEDED: dict[str, tuple[int, ...]] = {"roc_auc": (0, 1), "average_precision": (1,)}
"""Labels without which a metric is not defined."""

if (
    unknown := {
        name for name in TASKS["binary"].metrics if METRICS[name].estimable and MEASURES[name].values is None
    }
    - _RANKINGS.keys()
):
    raise ImportError(f"metrics {sorted(unknown)} are said to be estimable, but not how")
