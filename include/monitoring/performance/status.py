"""What an evaluated window says about a champion."""

from __future__ import annotations

from enum import StrEnum


class PerformanceStatus(StrEnum):
    """The status of a window.

    - ``GOOD``: no loss above the limit, and no floor missed.
    - ``WORSE``: the primary metric lost too much and the loss is significant, or a metric misses a floor.
    - ``NOT_MATURE``: labels are not due, or not complete enough.
    - ``TOO_FEW_ROWS``: too few labelled rows, or rows of one class only.
    - ``NO_PREDICTIONS``: the version did not score the delivery.
    """

    GOOD = "good"
    WORSE = "worse"
    NOT_MATURE = "not mature"
    TOO_FEW_ROWS = "too few rows"
    NO_PREDICTIONS = "no predictions"
