"""The null distribution of a statistic: what it comes to, at a batch size, when nothing has changed.

Each distribution is kept in three numbers for each of some batch sizes: the median, the tail threshold (which
a tenth exceeds), and the mean excess beyond it. They are taken on a scale on which shifts add up as distances
do (``Statistic.power``), and the excess on the square of that scale, for this reason: on it every statistic
here is, for many rows, a norm of a Gaussian vector or process (Kolmogorov's limit for KS, chi-square's for
PSI, Jensen-Shannon and Cramer's V). The tail of such a norm falls like that of a Gaussian: its logarithm is,
far out, a straight line in the square (Borell 1975; Tsirelson, Ibragimov and Sudakov 1976). So peaks over a
high threshold are exponential in the square (Pickands 1975 with shape 0). For KS the line is straight from
the middle on; for a chi-square it bends down, so that a p-value taken from the line is too large, never too
small.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.drift_statistics import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UPPER = 0.1  # share of the distribution beyond the tail threshold, from which on the tail is a line
_MOST_ROWS = 1 << 40
_BY_SIZE = ("batch_sizes", "median", "tail_threshold", "mean_excess")


@dataclass(frozen=True, kw_only=True)
class NullDistribution:
    """The distribution of one statistic of one column without drift.

    :param statistic: its name.
    :param batch_sizes: increasing numbers of rows that the statistic is taken of.
    :param median: for each of them the median distance.
    :param tail_threshold: the distance beyond which a tenth lies.
    :param mean_excess: how far the square lies beyond the square of the tail threshold there, on average.
    :param between_day_variation: how far the days of the training data lie from each other beyond what chance
        explains, as a distance; 0 when it holds one day only.
    """

    statistic: str
    batch_sizes: tuple[float, ...]
    median: tuple[float, ...]
    tail_threshold: tuple[float, ...]
    mean_excess: tuple[float, ...]
    between_day_variation: float = 0.0

    def to_distance(self, effect: float) -> float:
        """Return a value of the statistic on the scale on which shifts add up."""
        return float(effect ** STATISTICS[self.statistic].power)

    def to_effect(self, distance: float) -> float:
        """Return the value of the statistic for a distance."""
        return float(distance ** (1 / STATISTICS[self.statistic].power))

    def survival(self, rows: int, distance: float) -> float:
        """Return how often chance alone gives this distance or more: a p-value.

        Never below what Dvoretzky, Kiefer and Wolfowitz's inequality (Massart 1990) leaves possible where
        the resamples show no spread at all.

        :param rows: rows of the batch that the statistic is taken of.
        :param distance: how far the batch lies from the reference.
        """
        if distance <= 0 or rows <= 0:
            return 1.0
        median, threshold, excess = self._at(rows)
        if threshold <= 0 or excess <= 0:
            return float(min(1.0, 2 * math.exp(-2 * rows * distance**2)))
        if distance >= threshold:
            return max(UPPER * math.exp(-(distance**2 - threshold**2) / excess), 1e-300)
        low, high, above, below = (
            (median, threshold, 0.5, UPPER) if distance >= median else (0.0, median, 1.0, 0.5)
        )
        part = (distance - low) / (high - low) if high > low else 1.0
        return float(above * (below / above) ** part)

    def critical_distance(self, rows: int, level: float) -> float:
        """Return the distance that chance alone exceeds with this probability.

        :param rows: rows of the batch that the statistic is taken of.
        :param level: the probability, 0.1 at most.
        """
        if rows <= 0:
            return math.inf
        _, threshold, excess = self._at(rows)
        if threshold <= 0 or excess <= 0:
            return math.sqrt(math.log(2 / level) / (2 * rows))
        return math.sqrt(threshold**2 + excess * math.log(UPPER / level))

    def rows_needed(self, distance: float, level: float) -> int | None:
        """Return how many rows show a distance at a level, or None when no number does.

        :param distance: what is to be seen.
        :param level: probability that chance alone exceeds it.
        """
        if distance <= 0 or self.critical_distance(_MOST_ROWS, level) > distance:
            return None
        low, high = 1, _MOST_ROWS
        while low < high:
            middle = (low + high) // 2
            if self.critical_distance(middle, level) <= distance:
                high = middle
            else:
                low = middle + 1
        return low

    def _at(self, rows: int) -> tuple[float, float, float]:
        """Return median, tail threshold and mean excess for a number of rows.

        Between two batch sizes and below the smallest, distances follow powers of the number of rows (a
        straight line in the logarithms); beyond the largest the reference's own error is what is left.
        """
        number = bisect_left(self.batch_sizes, rows)
        if number == len(self.batch_sizes):
            return self.median[-1], self.tail_threshold[-1], self.mean_excess[-1]
        if number == 0:
            shrink = self.batch_sizes[0] / rows
            root = math.sqrt(shrink)
            return self.median[0] * root, self.tail_threshold[0] * root, self.mean_excess[0] * shrink
        low, high = self.batch_sizes[number - 1], self.batch_sizes[number]
        part = math.log(rows / low) / math.log(high / low)
        median, threshold, excess = (
            _between(values[number - 1], values[number], part)
            for values in (self.median, self.tail_threshold, self.mean_excess)
        )
        return median, threshold, excess

    def to_plain(self) -> dict[str, Any]:
        """Return JSON values; numbers keep four digits, which is far below their own error."""
        return {
            "statistic": self.statistic,
            "between_day_variation": _short(self.between_day_variation),
            **{name: [_short(value) for value in getattr(self, name)] for name in _BY_SIZE},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> NullDistribution:
        """Build a distribution from what :meth:`to_plain` returned.

        :raises KeyError: when a field is missing or the statistic is unknown.
        :raises ValueError: when there are no batch sizes, or not all numbers for each of them.
        """
        parts = {name: tuple(map(float, plain[name])) for name in _BY_SIZE}
        if len({len(part) for part in parts.values()}) != 1 or not parts["batch_sizes"]:
            raise ValueError(f"batch sizes and numbers of {plain['statistic']} differ in length")
        return cls(
            statistic=STATISTICS[plain["statistic"]].name,
            between_day_variation=float(plain["between_day_variation"]),
            **parts,
        )


def describe_draws(statistic: str, rows: Sequence[float], draws: Sequence[np.ndarray]) -> NullDistribution:
    """Keep what is needed of values that were drawn without drift.

    :param statistic: its name.
    :param rows: rows that the statistic is taken of in each batch size, increasing.
    :param draws: for each size values of the statistic, float64 of shape (resamples,).
    """
    median, thresholds, excess = [], [], []
    for values in draws:
        distances = values ** STATISTICS[statistic].power
        middle, upper = np.quantile(distances, [0.5, 1 - UPPER])
        beyond = distances[distances > upper]
        median.append(float(middle))
        thresholds.append(float(upper))
        excess.append(float(np.mean(beyond**2) - upper**2) if len(beyond) else 0.0)
    return NullDistribution(
        statistic=statistic,
        batch_sizes=tuple(map(float, rows)),
        median=tuple(median),
        tail_threshold=tuple(thresholds),
        mean_excess=tuple(excess),
    )


def _between(low: float, high: float, part: float) -> float:
    """Interpolate between two values, along a straight line in their logarithms."""
    return low ** (1 - part) * high**part if low > 0 and high > 0 else low + (high - low) * part


def _short(value: float) -> float:
    return float(f"{value:.4g}")
