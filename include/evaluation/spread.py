"""How far a mean of influence values could be luck: standard error, degrees of freedom, normal equivalents.

The variance is the sum of squares of what each entity contributes, so that rows of one customer count as the
one observation that they are (the "sandwich" with clusters: Liang and Zeger 1986, Biometrika 73). Where a few
entities carry most of it, as with few positives, that sum is itself a matter of luck, and a normal quantile
is too short: the t distribution has the degrees of freedom that match its variance (Satterthwaite 1946,
Biometrics Bulletin 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from include.rounding import ROUNDING

_UNDERFLOW = -600.0  # logarithms of probabilities below are summed as a series: the plain ones end at -745


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far an estimate could lie off.

    :param error: its standard error; 0 where nothing moves it, infinite where a single entity does.
    :param freedom: degrees of freedom of the t distribution that it follows, at least 1.
    """

    error: float
    freedom: float

    def reach(self, confidence: float) -> float:
        """Return half of the width of a two-sided interval.

        :param confidence: its level, such as 0.95.
        """
        from scipy.special import stdtrit

        return self.error * float(stdtrit(self.freedom, (1 + confidence) / 2)) if self.error else 0.0


def measure_spread(shares: np.ndarray, entities: int, unit: float = 1.0) -> Spread:
    """Return how far an estimate could lie off.

    :param shares: what each entity, or each random group of entities, contributes to the estimate: its rows'
        influence values, summed, by the number of all rows; float64 of shape (g,) or more, where zeros do
        no harm.
    :param entities: how many of them there are, g.
    :param unit: the size of what was added up, of which rounding is a part, as :mod:`include.rounding` has
        it.
    """
    # For each row of an entity of average size: rounding adds up over as many rows as an entity has.
    if np.abs(shares).max(initial=0.0) * entities <= ROUNDING * unit:
        return Spread(error=0.0, freedom=1.0)
    if entities <= 1:
        return Spread(error=math.inf, freedom=1.0)
    each = shares**2
    squares, fourths = float(each.sum()), float((each**2).sum())
    excess = fourths - squares**2 / entities
    freedom = min(2 * squares**2 / excess, entities - 1.0) if excess > 0 else entities - 1.0
    return Spread(error=math.sqrt(squares * entities / (entities - 1)), freedom=freedom)


def normal_equivalent(ratio: float, freedom: float) -> float:
    """Return the standard normal quantile that is as far out as a t statistic: Phi^-1(F_t(ratio; freedom)).

    Exact in the tail, where a gate works: the probability itself is never formed, only its logarithm.

    :param ratio: the statistic; infinite and NaN are returned as they are.
    :param freedom: degrees of freedom, at least 1.
    """
    from scipy.special import ndtri_exp

    if not math.isfinite(ratio) or ratio == 0:
        return ratio
    return math.copysign(float(ndtri_exp(_log_tail(abs(ratio), freedom))), ratio)


def _log_tail(ratio: float, freedom: float) -> float:
    """Return the logarithm of the probability above a positive t statistic."""
    from scipy.special import stdtr

    tail = float(stdtr(freedom, -ratio))
    if tail > math.exp(_UNDERFLOW):
        return math.log(tail)
    return _log_series(ratio, freedom)


def _log_series(ratio: float, freedom: float) -> float:
    """Return the same by the series of the incomplete beta function (Abramowitz and Stegun 1964, 26.5.4).

    The tail is half of I_y(a, 1/2) with y = freedom / (freedom + ratio^2) and a = freedom / 2.
    """
    from scipy.special import betaln

    half = freedom / 2
    log_share = -2 * math.log(math.hypot(1.0, ratio / math.sqrt(freedom)))
    steps = np.arange(math.ceil(40 / -log_share) + 1)
    terms = np.cumsum(log_share + np.log((half + 0.5 + steps) / (half + 1 + steps)))
    series = math.log1p(float(np.exp(terms).sum())) - math.log(2 * half) - float(betaln(half, 0.5))
    return half * log_share + 0.5 * math.log1p(-math.exp(log_share)) + series
