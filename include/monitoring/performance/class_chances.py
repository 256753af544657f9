"""The chance of each row to be of each class: its probabilities, corrected by what they were worth.

Probabilities are raised to one power, each is multiplied by the factor of its class's block
(:mod:`include.monitoring.performance.class_calibration`), and those of a row are divided by their sum. For
two classes that moves log odds by as much as a block was off, as
:mod:`include.monitoring.performance.chances` does. A factor was learned from so many rows of its class only:
as the rate of a count it has, with one row added that came as expected, a Gamma posterior, whose logarithm
has the variance 1 over that count. What all classes of a row have in common moves no chance, so counts may be
taken as independent; where blocks of different classes hold different rows that is a little too wide, and
never too narrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.monitoring.performance.class_calibration import (
    ADDED,
    assign_blocks,
    logarithms,
    raise_to,
    recalibrate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.monitoring.performance.class_calibration import ClassCalibration


class ClassChances:
    """Each row's chance to be of each class.

    :param scores: probabilities, float64 of shape (n, k), at least one row.
    :param calibration: what they are worth; None takes them at their word.
    """

    def __init__(self, scores: np.ndarray, calibration: ClassCalibration | None) -> None:
        self.mean = scores
        self._calibration = calibration
        if calibration is not None:
            self._logs = logarithms(scores)
            raised = raise_to(scores, calibration.power)
            self._blocks = assign_blocks(raised, calibration.cuts)
            self.mean = recalibrate(raised, self._blocks, [np.array(own) for own in calibration.factors])

    def variances(self, slopes: Sequence[np.ndarray]) -> list[float]:
        """Return the variance of figures: what the labels add, and what the calibration adds.

        :param slopes: how much each figure grows if a row is of a class, each of shape (n, k).
        """
        return [self._variance(one) for one in slopes]

    def missing(self) -> np.ndarray:
        """Return the probability that no row is of each class, of shape (k,)."""
        with np.errstate(divide="ignore"):
            found: np.ndarray = np.exp(np.log1p(-np.minimum(self.mean, 1.0)).sum(axis=0))
        return found

    def _variance(self, slopes: np.ndarray) -> float:
        centred = slopes - (self.mean * slopes).sum(axis=1, keepdims=True)
        weighed = self.mean * centred
        total = float((weighed * centred).sum())
        if self._calibration is None:
            return total
        total += float((weighed * self._logs).sum()) ** 2 * self._calibration.power_variance
        for label, found in enumerate(self._calibration.found):
            moved = np.bincount(self._blocks[:, label], weights=weighed[:, label], minlength=len(found))
            total += float((moved**2 / (np.array(found) + ADDED)).sum())
        return total
