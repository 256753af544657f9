"""Predictions of three classes or more: the most probable class, and beside it the probabilities.

The shares of the predicted classes are compared as those of categories are. They only show what crosses from
one class to another; the mean probability of a class moves before its share does, so the probabilities of
the most probable classes are columns of their own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.config.drift_statistics import MEAN_SHIFT
from include.data.arrow_numpy import to_arrow
from include.monitoring.histogram.bin_edges import bin_categories
from include.monitoring.tasks.base import MonitoredTask, Shift
from include.monitoring.tasks.numbers import shift_of_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.histogram.numeric_bins import NumericBins

MOST_CLASSES = 20
"""Classes whose probability is followed: those of the largest mean probability."""


def _predicted(answers: np.ndarray, classes: Sequence[str]) -> pa.Array:
    """Return the most probable class of each row; of equal ones the first."""
    decided = answers.argmax(axis=1).astype(np.int32) if len(answers) else np.empty(0, dtype=np.int32)
    return pa.DictionaryArray.from_arrays(to_arrow(decided), pa.array(classes, type=pa.string()))


def _choose_bins(sample: np.ndarray, classes: Sequence[str]) -> Bins:
    decided = sample.argmax(axis=1).tolist() if len(sample) else []
    return bin_categories(Counter(classes[number] for number in decided))


def _followed(sample: np.ndarray, classes: Sequence[str]) -> tuple[str, ...]:
    means = sample.mean(axis=0) if len(sample) else np.zeros(len(classes))
    largest = np.argsort(-means, kind="stable")[:MOST_CLASSES]
    return tuple(classes[number] for number in sorted(largest.tolist()))


def _find_shift(
    _: Bins, probabilities: Mapping[str, NumericBins], reference: Counts, counts: Counts
) -> Shift | None:
    """Return the mean probability that has changed most."""
    shifts = [
        Shift(found, of_class=name)
        for name, bins in probabilities.items()
        if (found := shift_of_mean(bins.midpoints, reference.probabilities[name], counts.probabilities[name]))
        is not None
    ]
    return max(shifts, key=lambda one: abs(one.value), default=None)


MULTICLASS = MonitoredTask(
    name="multiclass",
    predicted=_predicted,
    choose_bins=_choose_bins,
    followed=_followed,
    thresholds=lambda limits: {limits.categorical.statistic: limits.categorical.threshold},
    probability_thresholds=lambda limits: {MEAN_SHIFT: limits.prediction_shift},
    find_shift=_find_shift,
    show_mean_shift=lambda _: "-",
)
