"""The names of the metrics a gate may use, what they mean and which values they can take.

This module imports nothing heavy, so that ``model.yaml`` can be validated while a DAG file is parsed. The
functions that compute the metrics live in :mod:`include.evaluation.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

EXPECTED_COST = "expected_cost"
"""The metric that needs ``gate.costs``."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What is known of a metric without computing it.

    :param name: the name used in ``model.yaml``, in MLflow and in every report.
    :param higher_is_better: whether more is better; a floor is then a minimum, otherwise a maximum.
    :param lowest: the smallest value it can take.
    :param highest: the largest value it can take.
    :param description: one sentence for people.
    :param estimable: whether it can be estimated before labels are known.
    :param in_unit_of_target: whether it has the target's unit, such as minutes, or that of costs. Gains,
        losses and margins in such a metric are shares of the value that is compared with; in any other they
        are differences.
    """

    name: str
    higher_is_better: bool
    lowest: float = 0.0
    highest: float = 1.0
    description: str
    estimable: bool = True
    in_unit_of_target: bool = False

    def unit(self, *figures: float) -> float:
        """Return the size of what rounding of some figures of this metric is a part of.

        :param figures: values of the metric, of which the largest counts where they have a unit.
        """
        return max(map(abs, figures)) if self.in_unit_of_target else 1.0


_ALL = (
    Metric(
        name="roc_auc",
        higher_is_better=True,
        description="Chance that a random positive is scored above a random negative; 0.5 is chance level.",
    ),
    Metric(
        name="average_precision",
        higher_is_better=True,
        description="Precision averaged over recall; chance reaches the share of positives.",
    ),
    Metric(
        name="log_loss",
        higher_is_better=False,
        highest=inf,
        description="Mean negative log-likelihood of the labels in nats; punishes confident errors.",
    ),
    Metric(
        name="brier",
        higher_is_better=False,
        description="Mean squared distance between the probability and the label.",
    ),
    Metric(
        name="accuracy",
        higher_is_better=True,
        description="Share of rows whose class is the predicted one: the most probable, or 1 above 0.5.",
    ),
    Metric(
        name="calibration_error",
        higher_is_better=False,
        description="Mean distance of predicted probability and observed rate over bins of the prediction.",
        estimable=False,  # estimating rests on the calibration
    ),
    Metric(
        name=EXPECTED_COST,
        higher_is_better=False,
        highest=inf,
        description="Mean cost of a row (gate.costs), with 1 decided where that is cheaper in expectation.",
        in_unit_of_target=True,
    ),
    Metric(
        name="roc_auc_macro",
        higher_is_better=True,
        description="Mean over the classes of the AUC of each against all others.",
    ),
    Metric(
        name="roc_auc_weighted",
        higher_is_better=True,
        description="Mean over the rows of the AUC of their class against all others.",
    ),
    Metric(
        name="balanced_accuracy",
        higher_is_better=True,
        description="Mean over the classes of the share of their rows whose class is the predicted one.",
    ),
    Metric(
        name="f1_macro",
        higher_is_better=True,
        description="Mean over the classes of the harmonic mean of precision and recall.",
    ),
    Metric(
        name="rmse",
        higher_is_better=False,
        highest=inf,
        description="Root of the mean squared error, in the unit of the target.",
        in_unit_of_target=True,
    ),
    Metric(
        name="mae",
        higher_is_better=False,
        highest=inf,
        description="Mean absolute error, in the unit of the target.",
        in_unit_of_target=True,
    ),
    Metric(
        name="r2",
        higher_is_better=True,
        lowest=-inf,
        description="Share of the target's variance that the predictions explain; 0 for its mean.",
        estimable=False,  # the variance of targets that are not known yet is not either
    ),
    Metric(
        name="pinball",
        higher_is_better=False,
        highest=inf,
        description="Mean error with the weights of a quantile (target.quantile), in the unit of the target.",
        in_unit_of_target=True,
    ),
    Metric(
        name="mape",
        higher_is_better=False,
        highest=inf,
        description="Mean absolute error as a share of the target; not defined where a target is 0.",
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
