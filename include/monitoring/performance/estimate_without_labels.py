"""Estimate a champion's performance on a batch whose labels nobody knows yet, from its predictions alone.

If of all rows with a prediction of 0.3 three in ten are positive, predictions say how right they will be:
each row counts as a positive with its chance and as a negative with the rest. This is confidence-based
performance estimation (CBPE in NannyML; Guillory et al. 2021, "Predicting with confidence on unseen
distributions", and Garg et al. 2022, "Leveraging unlabeled data to predict out-of-distribution performance",
study when it holds). It sees what a change of the features does. It can't see a change of what the features
mean for the label: that is the difference to the realised performance once labels are known, which is why the
two are shown side by side.

The interval holds both errors that can be known beforehand, by the delta method: that of the labels, and that
of a calibration which was learned from so many rows (its rates have their Beta posterior with Jeffreys'
prior). A row counts as much as it weighs, in the calibration as well. Nothing is drawn, so the same
predictions give the same estimate, in about the time of sorting them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.config.metric_names import METRICS
from include.data.weights import relative_weights
from include.errors import DataError
from include.evaluation.metrics import CODE
from include.monitoring.performance.chances import Chances
from include.monitoring.performance.computed_once import intervals_once, named_weights
from include.monitoring.performance.expected_around import describe_expected
from include.monitoring.performance.expected_metrics import NEEDED, Ranks, expect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.config.gate_schema import Costs
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.monitoring.performance.calibration import Calibration
    from include.monitoring.performance.computed_once import Memory

_CODE = (
    __name__,
    "include.config.metric_names",
    "include.config.tasks.base",
    "include.data.weights",
    "include.evaluation.scale",
    "include.rounding",
    "include.monitoring.performance.chances",
    "include.monitoring.performance.expected_around",
    "include.monitoring.performance.expected_metrics",
    *CODE,
)
_MOST_UNDEFINED = 0.01  # probability that labels leave a metric undefined, beyond which it is not estimated
_PLENTY = 1_000  # rows of a class that are expected, with which it can't be missing


def estimate_performance(
    scores: np.ndarray,
    metrics: Iterable[str],
    *,
    weights: np.ndarray | None = None,
    calibration: Calibration | None = None,
    costs: Costs | None = None,
    confidence: float = 0.95,
    memory: Memory | None = None,
) -> dict[str, ConfidenceInterval]:
    """Estimate metrics of a batch from its predictions.

    :param scores: predictions, float64 of shape (n,).
    :param metrics: names of metrics; those that can't be estimated this way are left out.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :param calibration: what predictions are worth; None takes them at their word.
    :param costs: what wrong decisions cost; None where nobody says.
    :param confidence: level of the interval in which the realised metric is expected.
    :param memory: where estimates are kept that follow from the same predictions; None makes them anew.
    :return: each metric with its interval; NaN where labels may well leave it undefined.
    :raises DataError: when there is no row, or a prediction is not a probability.
    """
    if not len(scores):
        raise DataError("there are no predictions to estimate performance from: score the batch first")
    if not np.all((scores >= 0) & (scores <= 1)):
        raise DataError("a prediction is not a probability between 0 and 1: score the batch again")
    names = [name for name in metrics if name in METRICS and METRICS[name].estimable]

    def compute() -> dict[str, ConfidenceInterval]:
        ordered, own = _sort(scores, weights)
        chances, ranks = Chances(ordered, calibration), Ranks(ordered, own)
        expected = [expect(name, ordered, chances.mean, ranks, costs) for name in names]
        spreads = chances.variances([one.slopes for one in expected])
        found = {}
        for name, one, variance in zip(names, expected, spreads, strict=True):
            value = one.value if _is_defined(name, chances) else math.nan
            found[name] = describe_expected(name, value, variance, confidence)
        return found

    return intervals_once(
        memory,
        compute,
        arrays={"scores": scores, **named_weights(weights)},
        settings={
            "metrics": names,
            "confidence": confidence,
            "calibration": calibration.to_dict() if calibration else None,
            **({} if costs is None else {"costs": costs.model_dump(mode="json")}),
        },
        modules=_CODE,
    )


def _sort(scores: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Return scores in ascending order and weights of mean 1 along with them."""
    if weights is None:
        return np.sort(scores), None
    order = np.argsort(scores, kind="stable")
    return scores[order], relative_weights(weights)[order]


def _is_defined(name: str, chances: Chances) -> bool:
    """Tell whether a metric is defined on nearly all labels that there may be."""
    likely = {0: float((1 - chances.mean).sum()), 1: float(chances.mean.sum())}
    scarce = [label for label in NEEDED.get(name, ()) if likely[label] < _PLENTY]
    return sum(chances.of_one_class(1 - label) for label in scarce) <= _MOST_UNDEFINED
