"""What would have been enough in this exam, and what would be in the next ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from include.evaluation.buckets import add_up
from include.evaluation.interval import degrees_of_freedom, standard_error
from include.promotion.attempts.evidence import POOLED_EXAMS, EvidenceKind
from include.promotion.attempts.kept import KEPT_FROM, MOST_EXAMS
from include.rounding import exceeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evaluation.buckets import BucketedGain
    from include.promotion.attempts.comparison import Comparison


class Outlook(NamedTuple):
    """What would be needed.

    :param reach: how far one exam's gain has to lie above what is asked for, in the metric's unit.
    :param now: gain of the new candidate that would have been enough in this exam.
    :param next: gain of the next candidate that would be enough in the next exam, at the same standard error.
    :param more: how many more exams with a gain like the best evidence's would be enough; None if none would.
    """

    reach: float
    now: float
    next: float
    more: int | None


def look_ahead(comparison: Comparison) -> Outlook | None:
    """Return what would be needed; None where nothing moves the gain, so that no figure says anything.

    The next exams are taken to be like this one: as many rows, the same standard error, and noise that is
    correlated as measured.

    :param comparison: the evidence and the bar.
    """
    if not standard_error(comparison.gain):
        return None
    return Outlook(
        reach=_reach(comparison.gain, comparison.bar),
        now=_enough_now(comparison),
        next=_enough_next(comparison),
        more=_more_exams(comparison),
    )


def _enough_now(comparison: Comparison) -> float:
    """Return the smallest gain of the new candidate that is above the bar, alone or pooled."""
    own = comparison.min_gain + _reach(comparison.gain, comparison.bar)
    earlier = comparison.gains[-POOLED_EXAMS:-1]
    if not earlier:
        return own
    pooled = add_up((*earlier, comparison.gain))
    needed = (comparison.min_gain + _reach(pooled, comparison.bar)) * pooled.rows - add_up(earlier).total
    return min(own, max(needed / comparison.gain.rows, comparison.min_gain))


def _enough_next(comparison: Comparison) -> float:
    """Return the gain that would be enough in the next exam, alone or pooled with the newest ones."""
    error = _reach(comparison.gain, comparison.bar)
    earlier = [gain.value - comparison.min_gain for gain in comparison.gains[-(POOLED_EXAMS - 1) :]]
    count = len(earlier) + 1
    pooled = error * _spread(count, comparison.correlation) - math.fsum(earlier)
    return comparison.min_gain + min(error, max(pooled, 0.0))


def _more_exams(comparison: Comparison) -> int | None:
    """Return how many more exams like this one would be enough."""
    best = comparison.best
    error = _reach(comparison.gain, comparison.bar)
    if best.kind is EvidenceKind.CHALLENGER:
        mean = best.gain.value - comparison.min_gain
        return _until([mean] * best.exams, mean, error, comparison.correlation, most=MOST_EXAMS)
    gain = comparison.gain.value - comparison.min_gain
    newest = [one.value - comparison.min_gain for one in comparison.gains]
    pooled = _until(
        newest, gain, error, comparison.correlation, last=POOLED_EXAMS, most=len(newest) + POOLED_EXAMS
    )
    if comparison.kept is not None or best.z <= KEPT_FROM:
        return pooled
    alone = _until([gain], gain, error, comparison.correlation, most=MOST_EXAMS)
    return min((one for one in (pooled, alone) if one is not None), default=None)


def _until(
    gains: Sequence[float],
    gain: float,
    error: float,
    correlation: float,
    *,
    most: int,
    last: int | None = None,
) -> int | None:
    """Return after how many more gains their mean is above the bar; None if it never is.

    :param gains: above what is asked for, oldest first.
    :param gain: that of each exam to come.
    :param error: what one exam's gain has to be.
    :param correlation: of the noise of successive exams.
    :param most: exams at most, those that were sat included.
    :param last: how many of the newest are added up; None for all.
    """
    if not exceeds(gain, 0):
        return None
    for more in range(1, most - len(gains) + 1):
        summed = [*gains, *[gain] * more][-(last or most) :]
        if math.fsum(summed) > error * _spread(len(summed), correlation):
            return more
    return None


def _reach(gain: BucketedGain, bar: float) -> float:
    """Return how far a gain has to lie above a limit, in the metric's unit, for its z to be the bar."""
    from scipy.special import ndtr, stdtrit

    return standard_error(gain) * float(stdtrit(degrees_of_freedom(gain), ndtr(bar)))


def _spread(count: int, correlation: float) -> float:
    """Return the standard error of the sum of so many exams, in units of one."""
    return math.sqrt(count + 2 * sum((count - lag) * correlation**lag for lag in range(1, count)))
