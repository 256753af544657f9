"""Counts of rows that have weights: how many rows of equal weight each bin would hold.

Weights are added up by bin, and the sums are stated as so many of the counted rows, in whole numbers that
add up to them: a count stays a count, whatever weights are measured in, and all that follows from counts
follows from these as well. How much less rows of unequal weight can tell is in the null distributions, whose
batches are drawn with their weights. Rows of weight 0 are none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts


def add_up_weights(bins: Bins, array: pa.Array, weights: np.ndarray) -> np.ndarray:
    """Return the sum of the weights in each bin, float64 of shape (bins,).

    :param bins: the column's bins.
    :param array: its values, n of them.
    :param weights: 0 or more, of shape (n,).
    """
    found: np.ndarray = np.bincount(bins.assign(array), weights=weights, minlength=bins.size)
    return found


def state_as_rows(sums: np.ndarray, rows: int) -> np.ndarray:
    """Return sums of weights as counts of so many rows, int64 of shape (bins,).

    Rounded are the sums up to each bin, so that no share of the rows up to a bin is off by more than half a
    row, and nothing is lost.

    :param sums: 0 or more, of shape (bins,).
    :param rows: rows of weight above 0.
    """
    up_to = np.cumsum(sums)
    if not rows or not up_to[-1]:
        return np.zeros(len(sums), dtype=np.int64)
    return np.diff(np.rint(up_to / up_to[-1] * rows).astype(np.int64), prepend=0)


def without_counts(counts: Counts) -> Counts:
    """Return sums of weights of nothing, float64, in the bins of some counts."""
    return replace(
        counts,
        columns={name: np.zeros(len(own)) for name, own in counts.columns.items()},
        predictions=np.zeros(len(counts.predictions)),
        probabilities={name: np.zeros(len(own)) for name, own in counts.probabilities.items()},
    )


def state_counts(sums: Counts, rows: int) -> Counts:
    """Return sums of weights of all columns as counts; parameters as of :func:`state_as_rows`."""
    return replace(
        sums,
        rows=rows,
        columns={name: state_as_rows(own, rows) for name, own in sums.columns.items()},
        predictions=state_as_rows(sums.predictions, rows),
        probabilities={name: state_as_rows(own, rows) for name, own in sums.probabilities.items()},
    )
