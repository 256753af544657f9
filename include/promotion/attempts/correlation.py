"""How much of their noise successive exams have in common, from their bucket sums.

The bucket sums of an exam's gain are its noise by entity. If the next exam tests the same entities, candidate
and champion err in the same places, and the two exams prove less than two: their sums point in the same
direction, by the cosine. A life of correlated exams has fewer chances of being lucky, so its bar is lower.

The lower end of the cosine's interval counts, and never less than 0: noise must not lower the bar. Where the
exam after next has less in common than a steady decline would leave, as when held-out entities rotate, that
decides.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.interval import standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evaluation.buckets import BucketedGain

_ONE_SIDED = 1.645  # 95 %
_SAME = 0.9999


def measure_correlation(gains: Sequence[BucketedGain]) -> float:
    """Return the correlation of successive exams' noise for certain, in [0, 1]; 0 where there is no pair.

    An exam whose noise is that of the one before is the same exam once more, and no pair: trained again on
    request, a model must not lower the bar of the exams to come.

    :param gains: gains of the exams' candidates, oldest first.
    """
    scaled: list[np.ndarray] = []
    for gain in gains:
        sums = _scale(gain)
        if sums is not None and not (scaled and float(sums @ scaled[-1]) > _SAME):
            scaled.append(sums)
    next_one = _lower_end(scaled, 1)
    after_next = math.sqrt(_lower_end(scaled, 2)) if len(scaled) > 2 else next_one  # noqa: PLR2004
    return min(next_one, after_next)


def _lower_end(scaled: Sequence[np.ndarray], lag: int) -> float:
    """Return the lower end of the mean cosine of the pairs that lie so many exams apart, at least 0.

    Its standard error is that of the influence of each bucket on the mean, so that pairs that share an exam
    are not taken for independent ones.
    """
    pairs = list(zip(scaled, scaled[lag:], strict=False))
    if not pairs:
        return 0.0
    cosines = [float(one @ other) for one, other in pairs]
    moved = [
        one * other - cosine / 2 * (one**2 + other**2)
        for (one, other), cosine in zip(pairs, cosines, strict=True)
    ]
    error = float(np.sqrt((np.mean(moved, axis=0) ** 2).sum()))
    return max(0.0, float(np.mean(cosines)) - _ONE_SIDED * error)


def _scale(gain: BucketedGain) -> np.ndarray | None:
    """Return a gain's sums scaled to length 1; None where nothing moves it, and they are rounding."""
    scaled: np.ndarray = gain.sums / float(np.sqrt((gain.sums**2).sum()) or 1.0)
    return scaled if standard_error(gain) else None
