"""What a metric comes to on labels that are known by their chances only, and how it moves with each label.

Rows count with their chance as positives and with the rest as negatives. A row is never compared with itself:
the AUC goes over pairs of different rows, and in the average precision the row itself is a positive for sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable


class Expected(NamedTuple):
    """A metric on uncertain labels.

    :param value: what it comes to.
    :param slopes: how much it grows when a label grows from 0 to 1, float64 of shape (n,).
    """

    value: float
    slopes: np.ndarray


class Ranks:
    """Where equal predictions begin and end.

    :param scores: predictions in ascending order, of shape (n,).
    """

    def __init__(self, scores: np.ndarray) -> None:
        self._starts = np.flatnonzero(np.append(True, scores[1:] != scores[:-1]))
        self.sizes = np.diff(np.append(self._starts, len(scores)))

    def add_up(self, values: np.ndarray) -> np.ndarray:
        """Return sums over equal predictions, of shape (g,) for the g distinct ones."""
        found: np.ndarray = np.add.reduceat(values, self._starts)
        return found

    def repeat(self, values: np.ndarray) -> np.ndarray:
        """Return a value per distinct prediction for each row, of shape (n,)."""
        return np.repeat(values, self.sizes)


def expect(name: str, scores: np.ndarray, chances: np.ndarray, ranks: Ranks) -> Expected:
    """Return what a metric comes to.

    :param name: a metric that predictions alone tell, one of those that are ``estimable``.
    :param scores: predictions in ascending order, float64 of shape (n,).
    :param chances: each row's chance to be positive, of shape (n,).
    :param ranks: where equal ones begin and end.
    :raises KeyError: predictions alone don't tell this metric.
    """
    values = MEASURES[name].values
    if values is None:
        return _RANKINGS[name](chances, ranks)
    ones = np.ones(len(scores), dtype=np.int8)
    if_positive, if_negative = values(ones, scores), values(1 - ones, scores)
    slopes = (if_positive - if_negative) / len(scores)
    return Expected(float(if_negative.mean() + (slopes * chances).sum()), slopes)


def _expect_auc(chances: np.ndarray, ranks: Ranks) -> Expected:
    p, q, own = float(chances.sum()), float((1 - chances).sum()), chances * (1 - chances)
    pairs = p * q - float(own.sum())
    if pairs <= 0:
        return Expected(float("nan"), np.zeros(len(chances)))
    ups, downs = ranks.add_up(chances), ranks.add_up(1 - chances)
    below = ranks.repeat(np.cumsum(downs) - downs / 2) - (1 - chances) / 2
    above = p - ranks.repeat(np.cumsum(ups) - ups / 2) - chances / 2
    value = float((chances * below).sum()) / pairs
    return Expected(value, (below - above - value * (q - p - 1 + 2 * chances)) / pairs)


def _expect_precision(chances: np.ndarray, ranks: Ranks) -> Expected:
    p = float(chances.sum())
    if p <= 0:
        return Expected(float("nan"), np.zeros(len(chances)))
    ups, at_or_above = ranks.add_up(chances), len(chances) - np.cumsum(ranks.sizes) + ranks.sizes
    found = p - np.cumsum(ups) + ups
    precision = (ranks.repeat(found) + 1 - chances) / (rows := ranks.repeat(at_or_above.astype(np.float64)))
    value = float((chances * precision).sum()) / p
    added = ranks.repeat(np.cumsum(ups / at_or_above)) - chances / rows
    return Expected(value, (precision + added - value) / p)


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
