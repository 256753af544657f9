"""The names of the metrics a gate may use, what they mean and which values they can take.

This module imports nothing heavy, so that ``model.yaml`` can be validated while a DAG file is parsed. The
functions that compute the metrics live in :mod:`include.evaluation.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What is known of a metric without computing it.

    :param name: the name used in ``model.yaml``, in MLflow and in every report.
    :param higher_is_better: whether more is better; a floor is then a minimum, otherwise a maximum.
    :param lowest: the smallest value it can take.
    :param highest: the largest value it can take.
    :param description: one sentence for people.
    :param trivial: the model that has learned nothing, with which a candidate is compared in this metric;
        None where no such model can be beaten.
    :param estimable: whether predictions alone say what it will be, before labels are known.
    """

    name: str
    higher_is_better: bool
    lowest: float = 0.0
    highest: float = 1.0
    description: str
    trivial: str | None = None
    estimable: bool = True


_ORDER = "a random order"
_RATE = "the training set's share of positives as the answer to every row"

_ALL = (
    Metric(
        name="roc_auc",
        higher_is_better=True,
        description="Chance that a random positive is scored above a random negative; 0.5 is chance level.",
        trivial=_ORDER,
    ),
    Metric(
        name="average_precision",
        higher_is_better=True,
        description="Precision averaged over recall; chance reaches the share of positives.",
        trivial=_ORDER,
    ),
    Metric(
        name="log_loss",
        higher_is_better=False,
        highest=inf,
        description="Mean negative log-likelihood of the labels in nats; punishes confident errors.",
        trivial=_RATE,
    ),
    Metric(
        name="brier",
        higher_is_better=False,
        description="Mean squared distance between the probability and the label.",
        trivial=_RATE,
    ),
    Metric(
        name="accuracy",
        higher_is_better=True,
        description="Share of rows that fall on the right side of a probability of 0.5.",
        trivial="the training set's larger class as the answer to every row",
    ),
    Metric(
        name="calibration_error",
        higher_is_better=False,
        description="Mean distance of predicted probability and observed rate over bins of the prediction.",
        estimable=False,  # estimating rests on the calibration
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

TRIVIAL: dict[str, str] = {metric.name: metric.trivial for metric in _ALL if metric.trivial}
"""What has learned nothing, metric by metric; the calibration error knows no such model."""

RANKING = "roc_auc"
"""The metric in which every candidate must beat a random order, whatever the primary metric is."""
