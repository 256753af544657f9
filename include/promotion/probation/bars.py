"""The bar of probation: how far a sum of evidence may fall in so many looks before it counts as a loss.

Who looks at a cumulative sum after each delivery and acts at the first look below -1.96 standard errors rolls
back an equally good model in 10 % of years with 12 looks, and in 24 % with 365. Here one bar holds for all
looks, chosen so that an equal model falls below it in any of them in a given share of cases (Pocock 1977,
"Group sequential methods in the design and analysis of clinical trials", Biometrika 64, with one side). The
share follows from the recursion of Armitage, McPherson and Rowe (1969, "Repeated significance tests on
accumulating data", Journal of the Royal Statistical Society A 132): the density of the sum after a look,
without what has crossed, is carried to the next one. There is no random number in it.

Deliveries of equal size from different entities are the worst case. Where entities return, one look says more
about the next one, and an equal model falls below the bar less often.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

FALSE_ROLLBACKS = 0.0075
"""Share of equal models that fall below the bar. A fourth below the 1 % that is promised: standard errors of
few positives and of heavy customers are themselves uncertain, and simulations on rows came to .96 % at it."""
POWER_Z = 0.8416212335729143  # the normal quantile of a power of 0.8
_STEP = 0.05
_REACH = 8.0  # standard deviations of the sum beyond which the density is left out


@lru_cache(maxsize=64)
def rollback_bar(looks: int, rate: float = FALSE_ROLLBACKS) -> float:
    """Return the bar for a number of looks, in standard errors of the sum.

    :param looks: at how many deliveries the sum is looked at, at least one.
    :param rate: share of equal models that may fall below it at any of the looks.
    :raises ValueError: there is no look, or the rate is not a share.
    """
    from scipy.optimize import brentq

    if looks < 1 or not 0 < rate < 1:
        raise ValueError(f"found {looks} looks at a rate of {rate}: expected at least one, and a share")
    return float(brentq(lambda bar: share_below(bar, looks)[-1] - rate, -1.0, 6.0, xtol=1e-5))


def share_below(bar: float, looks: int, *, loss: float = 0.0) -> list[float]:
    """Return the share of models whose sum has fallen below the bar by each look.

    :param bar: the bar, in standard errors of the sum.
    :param looks: the number of looks, at least one.
    :param loss: what the model really loses per delivery, in standard errors of one delivery.
    :return: the share by the first look, by the second one, and so on.
    """
    from scipy.signal import fftconvolve
    from scipy.stats import norm

    low = -math.ceil(_REACH * math.sqrt(looks) / _STEP)
    high = math.ceil((max(bar, 0.0) * math.sqrt(looks) + 1.0) / _STEP)
    lost = np.arange(low, high + 1) * _STEP  # the summed loss, whose side of the bar is the upper one
    width = math.ceil((_REACH + abs(loss)) / _STEP)
    kernel = norm.pdf(np.arange(-width, width + 1) * _STEP - loss) * _STEP
    density = norm.pdf(lost - loss)
    crossed = float(norm.sf(bar - loss))
    shares = [crossed]
    for look in range(1, looks):
        # The bin that the bar cuts counts with the part of it that lies below.
        inside = density * np.clip((bar * math.sqrt(look) - lost) / _STEP + 0.5, 0.0, 1.0)
        beyond = norm.sf(bar * math.sqrt(look + 1) - lost - loss)
        crossed += float((inside * beyond).sum() * _STEP)
        shares.append(crossed)
        density = fftconvolve(inside, kernel, mode="same")
    return shares
