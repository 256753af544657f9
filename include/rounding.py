"""Comparisons that rounding does not decide.

The last digits of a sum of floating-point numbers depend on the order of its terms, and so on the order of
rows, on how they were cut into chunks, on threads and on the machine. Where figures differ by no more than
that, which of them is the larger one says nothing.
"""

from __future__ import annotations

ROUNDING = 1e-12
"""Far above what a mean over ten million rows loses, far below any difference of metrics that matters."""


def exceeds(value: float, limit: float, unit: float = 1.0) -> bool:
    """Tell whether a figure lies above a limit by more than rounding; never where one of them is NaN.

    :param value: the figure, in the unit of a metric or in standard errors.
    :param limit: the limit.
    :param unit: the size of what was added up: 1 for shares, probabilities and standard errors, the figures'
        own size where they have a unit such as minutes or dollars.
    """
    return value - limit > ROUNDING * unit


def reaches(value: float, limit: float, unit: float = 1.0) -> bool:
    """Tell whether a figure is at least a limit but for rounding; never where one of them is NaN.

    :param value: the figure, as above.
    :param limit: the limit.
    :param unit: as above.
    """
    return value >= limit - ROUNDING * unit
