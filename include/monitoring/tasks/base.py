"""What monitoring takes of a task: what predictions are counted as, and how far their mean has shifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import pyarrow as pa

    from include.config.monitoring_schema import Drift
    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.histogram.numeric_bins import NumericBins


class Shift(NamedTuple):
    """By how much the mean prediction has changed.

    :param value: with its sign, in the unit of ``monitoring.drift.prediction_shift``.
    :param of_class: whose probability changed most, where there are classes; empty otherwise.
    :param unit: what the value is a share of, for the end of a sentence; empty for a probability.
    """

    value: float
    of_class: str = ""
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class MonitoredTask:
    """How the predictions of one task are monitored.

    Answers have the shape (n,), or (n, k) for k classes. What is predicted for each row is one column, of
    numbers or of categories; where a row has several probabilities, those of some classes are columns beside
    it.

    :param name: the task.
    :param predicted: from answers and the classes to what is predicted for each row.
    :param choose_bins: from a sample of answers and the classes to the bins of that.
    :param followed: from a sample of answers and the classes to the classes whose probability is a column.
    :param thresholds: from the limits of drift to the threshold of each statistic that is taken of what is
        predicted.
    :param probability_thresholds: the same of each probability that is a column.
    :param find_shift: from the bins of what is predicted, those of the probabilities, the counts of the
        training data and of a batch to how far the mean has shifted; None where one of them has no
        predictions.
    :param show_mean_shift: from a change of the mean of a group's predictions to how a table shows it.
    """

    name: str
    predicted: Callable[[np.ndarray, Sequence[str]], pa.Array]
    choose_bins: Callable[[np.ndarray, Sequence[str]], Bins]
    followed: Callable[[np.ndarray, Sequence[str]], tuple[str, ...]] = lambda _, __: ()
    thresholds: Callable[[Drift], dict[str, float]]
    probability_thresholds: Callable[[Drift], dict[str, float]] = lambda _: {}
    find_shift: Callable[[Bins, Mapping[str, NumericBins], Counts, Counts], Shift | None]
    show_mean_shift: Callable[[float], str]
