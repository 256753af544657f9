"""The chance of each row to be positive: its prediction, corrected by what predictions were worth.

How far a block of predictions was off was learned from so many rows only. Its rate has the Beta posterior
with Jeffreys' prior, and what follows from it is integrated over a few rates (Gauss and Legendre's rule over
the posterior's quantiles) instead of being drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.monitoring.performance.calibration import Calibration

_NODES = 12
_EDGE = 1e-9  # predictions are kept off 0 and 1 by this much, where log odds end
_NONE = 1e-300  # probabilities are kept off 0, where logarithms end


class Chances:
    """Each row's chance to be positive, where the rate of its block is not known exactly.

    :param scores: predictions in ascending order, float64 of shape (n,), at least one.
    :param calibration: what predictions are worth; None takes them at their word.
    """

    def __init__(self, scores: np.ndarray, calibration: Calibration | None) -> None:
        self._scores, self._calibration = scores, calibration
        cuts = np.array(calibration.cuts if calibration else ())
        self._block = np.searchsorted(cuts, scores, side="left")
        self._starts = np.flatnonzero(np.diff(self._block, prepend=-1))
        self.mean = np.zeros(len(scores))
        self.noise = np.zeros(len(scores))
        for weight, chances in self._each():
            self.mean += weight * chances
            self.noise += weight * chances * (1 - chances)

    def variances(self, slopes: Sequence[np.ndarray]) -> list[float]:
        """Return the variance of figures: what the labels add, and what the calibration adds.

        :param slopes: how much each figure grows with each row's label, each of shape (n,).
        """
        labels = [float((one**2 * self.noise).sum()) for one in slopes]
        if self._calibration is None:
            return labels
        moments = np.zeros((2, len(slopes), len(self._starts)))
        for weight, chances in self._each():
            off = chances - self.mean
            by_block = np.array([self._by_block(one * off) for one in slopes])
            moments += weight * np.array([by_block, by_block**2])
        added = (moments[1] - moments[0] ** 2).sum(axis=1)
        return [one + float(more) for one, more in zip(labels, added, strict=True)]

    def of_one_class(self, label: int) -> float:
        """Return the probability that all labels are the same.

        :param label: which.
        """
        found = np.zeros(len(self._starts))
        for weight, chances in self._each():
            alike = np.clip(chances if label else 1 - chances, _NONE, 1)
            found += weight * np.exp(self._by_block(np.log(alike)))
        return float(found.prod())

    def _by_block(self, values: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.add.reduceat(values, self._starts)
        return found

    def _each(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield chances of shape (n,) and how much they weigh: log odds, moved as far as a block is off."""
        if self._calibration is None:
            yield 1.0, self._scores
            return
        from scipy.special import betaincinv, expit, logit

        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        odds = logit(np.clip(self._scores, _EDGE, 1 - _EDGE))
        means = logit(np.clip(self._calibration.scores, _EDGE, 1 - _EDGE))
        positives, rows = (np.array(part) for part in (self._calibration.positives, self._calibration.rows))
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            rates = betaincinv(positives + 0.5, rows - positives + 0.5, node)
            moved = logit(np.clip(rates, _EDGE, 1 - _EDGE)) - means
            yield float(weight), expit(odds + moved[self._block])
