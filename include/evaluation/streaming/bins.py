"""Bins of a score by the bits of its floating-point number: fine at both ends, found without sorting.

The bits of a positive float32 are ordered as the numbers are, so its upper bits are a bin, and all bins of an
octave are equally wide: a part in 2,048 of the distance to the nearer end, 0 or 1. A model of rare events
that spreads its scores between 0.0001 and 0.01 is binned as finely as one that spreads them over the middle.
The bins are the same for every model and delivery, so counts in them add up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FINE, COARSE = 12, 15
"""How many of a float32's lower bits a bin spans: for a whole set, and for its slices."""
_UNSIGNED = np.int32(2**31 - 1)
_MIDDLE = int(np.float32(0.5).view(np.int32))


def count_bins(shift: int) -> int:
    """Return how many bins there are: 516,098 with :data:`FINE`, 64,514 with :data:`COARSE`.

    :param shift: how many of the lower bits a bin spans.
    """
    return 2 * ((_MIDDLE >> shift) + 1)


class Binned(NamedTuple):
    """Where scores fall.

    :param bins: int64 of shape (n,): a higher score never has a lower bin, and the decision boundary 0.5 lies
        inside none.
    :param bits: those of each score's distance to the nearer end, int32 of shape (n,).
    :param shift: how many of the lower bits a bin spans.
    """

    bins: np.ndarray
    bits: np.ndarray
    shift: int

    @property
    def within(self) -> np.ndarray:
        """What the bin leaves of the score, int16 of shape (n,), 0 or more; equal scores have the same."""
        return (self.bits & ((1 << self.shift) - 1)).astype(np.int16)


def assign_bins(scores: np.ndarray, shift: int = FINE) -> Binned:
    """Return where each score falls.

    :param scores: probabilities, float64 of shape (n,).
    :param shift: how many of the lower bits a bin spans.
    """
    near = 1.0 - scores  # exact from 0.5 on
    bits = np.minimum(scores, near, out=near).astype(np.float32).view(np.int32)
    bits &= _UNSIGNED  # rounding may leave a zero with a sign
    bins = (bits >> shift).astype(np.int64)
    np.subtract(count_bins(shift) - 1, bins, out=bins, where=scores > 0.5)  # noqa: PLR2004
    return Binned(bins, bits, shift)


def middles(shift: int = FINE) -> np.ndarray:
    """Return a score in the middle of each bin, float64 of shape (bins,).

    :param shift: how many of the lower bits a bin spans.
    """
    half = (_MIDDLE >> shift) + 1
    bits = np.minimum((np.arange(half) << shift) + (1 << shift >> 1), _MIDDLE).astype(np.int32)
    near = bits.view(np.float32).astype(np.float64)
    return np.concatenate([near, 1 - near[::-1]])
