"""What a statistic comes to when nothing has happened: its distribution for a batch of so many rows.

Each distribution is kept in three numbers for each size of a ladder of batch sizes: the median, the upper
tenth's border, and the mean excess beyond it. They are taken on a scale on which moves add up as distances do
(``Statistic.power``), and the excess on the square of that scale, for this reason: on it every statistic
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

from include.config.drift_statistics import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

UPPER = 0.1  # share of the distribution beyond the border from which the tail is a line
_MOST_ROWS = 1 << 40


@dataclass(frozen=True, kw_only=True)
class Null:
    """The distribution of one statistic of one column without drift.

    :param statistic: its name.
    :param rows: increasing numbers of rows that have a value.
    :param median: for each of them the median distance.
    :param border: the distance beyond which a tenth lies.
    :param excess: how far the square lies beyond the square of the border there, on average.
    :param wobble: how far the days of the training data lie from each other beyond what chance explains, as
        a distance; 0 when it holds one day only.
    """

    statistic: str
    rows: tuple[float, ...]
    median: tuple[float, ...]
    border: tuple[float, ...]
    excess: tuple[float, ...]
    wobble: float = 0.0

    def to_distance(self, effect: float) -> float:
        """Return a value of the statistic on the scale on which moves add up."""
        return float(effect ** STATISTICS[self.statistic].power)

    def to_effect(self, distance: float) -> float:
        """Return the value of the statistic for a distance."""
        return float(distance ** (1 / STATISTICS[self.statistic].power))

    def survival(self, rows: int, distance: float) -> float:
        """Return how often chance alone gives this distance or more: a p-value.

        Never below what Dvoretzky, Kiefer and Wolfowitz's inequality (Massart 1990) leaves possible where
        the resamples show no spread at all.

        :param rows: rows of the batch that have a value.
        :param distance: how far the batch lies from the reference.
        """
        if distance <= 0 or rows <= 0:
            return 1.0
        median, border, excess = self._at(rows)
        if border <= 0 or excess <= 0:
            return float(min(1.0, 2 * math.exp(-2 * rows * distance**2)))
        if distance >= border:
            return max(UPPER * math.exp(-(distance**2 - border**2) / excess), 1e-300)
        low, high, above, below = (
            (median, border, 0.5, UPPER) if distance >= median else (0.0, median, 1.0, 0.5)
        )
        way = (distance - low) / (high - low) if high > low else 1.0
        return float(above * (below / above) ** way)

    def critical(self, rows: int, level: float) -> float:
        """Return the distance that chance alone exceeds with this probability.

        :param rows: rows of the batch that have a value.
        :param level: the probability, 0.1 at most.
        """
        if rows <= 0:
            return math.inf
        _, border, excess = self._at(rows)
        if border <= 0 or excess <= 0:
            return math.sqrt(math.log(2 / level) / (2 * rows))
        return math.sqrt(border**2 + excess * math.log(UPPER / level))

    def rows_for(self, distance: float, level: float) -> int | None:
        """Return how many rows show a distance at a level, or None when no number does.

        :param distance: what is to be seen.
        :param level: probability that chance alone exceeds it.
        """
        if distance <= 0 or self.critical(_MOST_ROWS, level) > distance:
            return None
        low, high = 1, _MOST_ROWS
        while low < high:
            middle = (low + high) // 2
            if self.critical(middle, level) <= distance:
                high = middle
            else:
                low = middle + 1
        return low

    def _at(self, rows: int) -> tuple[float, float, float]:
        """Return median, border and excess for a number of rows.

        Between two sizes of the ladder and below the smallest, distances follow powers of the number of rows
        (a straight line in the logarithms); beyond the largest the reference's own error is what is left.
        """
        place = bisect_left(self.rows, rows)
        if place == len(self.rows):
            return self.median[-1], self.border[-1], self.excess[-1]
        if place == 0:
            shrink = self.rows[0] / rows
            root = math.sqrt(shrink)
            return self.median[0] * root, self.border[0] * root, self.excess[0] * shrink
        low, high = self.rows[place - 1], self.rows[place]
        way = math.log(rows / low) / math.log(high / low)
        median, border, excess = (
            _between(part[place - 1], part[place], way) for part in (self.median, self.border, self.excess)
        )
        return median, border, excess

    def to_plain(self) -> dict[str, Any]:
        """Return JSON values; numbers keep four digits, which is far below their own error."""
        return {
            "statistic": self.statistic,
            "wobble": _short(self.wobble),
            **{
                name: [_short(value) for value in getattr(self, name)]
                for name in ("rows", "median", "border", "excess")
            },
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Null:
        """Build a distribution from what :meth:`to_plain` gave.

        :raises KeyError: when a field is missing or the statistic is unknown.
        :raises ValueError: when the ladder is empty or its parts differ in length.
        """
        parts = {name: tuple(map(float, plain[name])) for name in ("rows", "median", "border", "excess")}
        if len({len(part) for part in parts.values()}) != 1 or not parts["rows"]:
            raise ValueError(f"a ladder of unequal parts for {plain['statistic']}")
        return cls(statistic=STATISTICS[plain["statistic"]].name, wobble=float(plain["wobble"]), **parts)


def describe_draws(statistic: str, rows: Sequence[float], draws: Sequence[np.ndarray]) -> Null:
    """Keep what matters of values drawn without drift.

    :param statistic: its name.
    :param rows: rows with a value in each size of the ladder, increasing.
    :param draws: for each size values of the statistic, float64 of shape (resamples,).
    """
    import numpy as np

    median, border, excess = [], [], []
    for values in draws:
        distances = values ** STATISTICS[statistic].power
        middle, upper = np.quantile(distances, [0.5, 1 - UPPER])
        beyond = distances[distances > upper]
        median.append(float(middle))
        border.append(float(upper))
        excess.append(float(np.mean(beyond**2) - upper**2) if len(beyond) else 0.0)
    return Null(
        statistic=statistic,
        rows=tuple(map(float, rows)),
        median=tuple(median),
        border=tuple(border),
        excess=tuple(excess),
    )


def _between(low: float, high: float, way: float) -> float:
    """Return the value part of the way between two, along a straight line in their logarithms."""
    return low ** (1 - way) * high**way if low > 0 and high > 0 else low + (high - low) * way


def _short(value: float) -> float:
    return float(f"{value:.4g}")
