"""Predictions that are numbers: one column, whose mean shifts by a share of what training's span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import SPAN_SHIFT
from include.monitoring.histogram.moments import central_span
from include.monitoring.tasks.base import MonitoredTask, Shift
from include.monitoring.tasks.numbers import as_numbers, bin_answers, shift_of_predictions
from include.reporting.numbers import show_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.histogram.numeric_bins import NumericBins


def _find_shift(bins: Bins, _: Mapping[str, NumericBins], reference: Counts, counts: Counts) -> Shift | None:
    found = shift_of_predictions(bins, reference, counts)
    if found is None or bins.midpoints is None:
        return None
    low, high = (float(end) for end in central_span(reference.predictions, bins.midpoints))
    value = found / (high - low) if high > low else 0.0
    unit = f"of the span of training's predictions, {show_number(low)} to {show_number(high)}"
    return Shift(value, unit=unit)


REGRESSION = MonitoredTask(
    name="regression",
    predicted=as_numbers,
    choose_bins=bin_answers,
    thresholds=lambda limits: limits.thresholds_of_predictions("numeric", SPAN_SHIFT),
    find_shift=_find_shift,
    show_mean_shift=lambda shift: show_number(shift, "+"),
)
