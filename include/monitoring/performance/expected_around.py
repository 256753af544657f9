"""The interval in which a metric is expected once labels are known."""

from __future__ import annotations

import math

from include.config.metric_names import METRICS
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.metrics import MEASURES
from include.rounding import ROUNDING


def describe_expected(name: str, value: float, variance: float, confidence: float) -> ConfidenceInterval:
    """Return a metric with the interval in which it is expected, symmetric on the metric's scale.

    :param name: the metric.
    :param value: what it comes to; NaN where labels may well leave it undefined.
    :param variance: of that, for all that is known.
    :param confidence: level of the interval.
    """
    from scipy.special import ndtri

    if not math.isfinite(value):
        return ConfidenceInterval(value=math.nan, low=math.nan, high=math.nan)
    metric, reach = METRICS[name], float(ndtri((1 + confidence) / 2)) * variance**0.5
    low = high = value = min(max(value, metric.lowest), metric.highest)
    if reach > ROUNDING and metric.lowest < value < metric.highest:
        low, high = MEASURES[name].scale.around(value, reach)
    return ConfidenceInterval(value=value, low=max(low, metric.lowest), high=min(high, metric.highest))
