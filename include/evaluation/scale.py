"""The scales on which intervals are symmetric, so that no end leaves the range of its metric.

A difference may lie anywhere and has the plain scale. A figure between 0 and 1, such as the AUC, has log odds
(recommended for the average precision by Boyd, Eng and Page 2013, "Area under the precision-recall curve:
point estimates and confidence intervals"), and a mean of losses, which has no upper end, the logarithm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FARTHEST = 700.0  # exp ends soon after


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One scale.

    :param name: what people call it.
    :param around: from a figure, and how far its interval reaches to either side on the figure's own scale,
        to the two ends. At the very end of the range no row moves a figure, a reach is rounding, and both
        are the figure itself.
    """

    name: str
    around: Callable[[float, float], tuple[float, float]]


def _plainly(value: float, reach: float) -> tuple[float, float]:
    return value - reach, value + reach


def _by_odds(value: float, reach: float) -> tuple[float, float]:
    """Return the ends of an interval that is symmetric in the log odds; the delta method scales its reach."""
    if not reach or not 0 < value < 1:
        return value, value
    middle = math.log(value) - math.log1p(-value)
    moved = reach / (value * (1 - value))
    return _share(middle - moved), _share(middle + moved)


def _by_logarithm(value: float, reach: float) -> tuple[float, float]:
    """Return the ends of an interval that is symmetric in the logarithm."""
    if not reach or not value > 0:
        return value, value
    factor = math.exp(min(reach / value, _FARTHEST))
    return value / factor, value * factor


def _share(odds: float) -> float:
    """Return the share with these log odds."""
    return 1 / (1 + math.exp(min(-odds, _FARTHEST)))


PLAIN = Scale(name="plain", around=_plainly)
LOG_ODDS = Scale(name="log odds", around=_by_odds)
LOGARITHM = Scale(name="logarithm", around=_by_logarithm)
