"""Comparisons that rounding does not decide.

The last digits of a sum of floating-point numbers depend on the order of its terms, and so on the order of
rows, on how they were cut into chunks, on threads and on the machine. Where figures differ by no more than
that, which of them is the larger one says nothing.
"""

from __future__ import annotations

ROUNDING = 1e-12
"""Far above what a mean over ten million rows loses, far below any difference of metrics that matters."""


def exceeds(value: float, limit: float) -> bool:
    """Tell whether a figure lies above a limit by more than rounding; never where one of them is NaN.

    :param value: the figure, in the unit of a metric or in standard errors.
    :param limit: the limit.
    """
    return value - limit > ROUNDING


def reaches(value: float, limit: float) -> bool:
    """Tell whether a figure is at least a limit but for rounding; never where one of them is NaN.

    :param value: the figure, as above.
    :param limit: the limit.
    """
    return value >= limit - ROUNDING
