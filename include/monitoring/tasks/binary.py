"""Predictions of two classes: one column, the probability of class 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import MEAN_SHIFT
from include.monitoring.tasks.base import MonitoredTask, Shift
from include.monitoring.tasks.numbers import as_numbers, bin_answers, shift_of_predictions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.histogram.numeric_bins import NumericBins


def _find_shift(bins: Bins, _: Mapping[str, NumericBins], reference: Counts, counts: Counts) -> Shift | None:
    found = shift_of_predictions(bins, reference, counts)
    return None if found is None else Shift(found)


BINARY = MonitoredTask(
    name="binary",
    predicted=as_numbers,
    choose_bins=bin_answers,
    thresholds=lambda limits: limits.thresholds_of_predictions("numeric", MEAN_SHIFT),
    find_shift=_find_shift,
    show_mean_shift=lambda shift: f"{shift:+.4f}",
)
