"""What tasks share whose models answer with one number a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import to_arrow
from include.monitoring.histogram.bin_edges import bin_numbers
from include.monitoring.histogram.moments import values_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts


def as_numbers(answers: np.ndarray, _: Sequence[str]) -> pa.Array:
    """Return answers as a column of numbers.

    :param answers: of shape (n,).
    """
    return to_arrow(np.asarray(answers, dtype=np.float64))


def bin_answers(sample: np.ndarray, _: Sequence[str]) -> Bins:
    """Return the bins of answers that are numbers.

    :param sample: answers of the training data, of shape (m,).
    """
    return bin_numbers(sample)


def shift_of_mean(midpoints: np.ndarray, before: np.ndarray, now: np.ndarray) -> float | None:
    """Return the change of a mean with its sign, in its own unit; None where one of both has no values.

    :param midpoints: the number that stands for each bin but the missing.
    :param before: counts of the training data, shape (bins,).
    :param now: counts of a batch, shape (bins,).
    """
    if not now[1:].sum() or not before[1:].sum():
        return None
    return float(values_mean(now, midpoints) - values_mean(before, midpoints))


def shift_of_predictions(bins: Bins, reference: Counts, counts: Counts) -> float | None:
    """Return the change of the mean prediction with its sign; None where there are no predictions.

    :param bins: the bins of the predictions.
    :param reference: counts of the training data.
    :param counts: counts of a batch.
    """
    if bins.midpoints is None:
        return None
    return shift_of_mean(bins.midpoints, reference.predictions, counts.predictions)
