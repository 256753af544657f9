"""The part of ``model.yaml`` that says how a model in production is monitored.

Limits of drift and of performance, and the policy that turns what was found into a retraining.
Every key of ``monitoring`` has a default that suits a model with some thousand rows a delivery.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from include.config.base import Count, StrictModel, Text, or_off
from include.config.data_schema import Sensitive
from include.config.drift_statistics import DEFAULTS, MEAN_SHIFT, MISSING_SHARE, Kind
from include.config.watchdog_schema import Watchdog

_Share = Annotated[float, Field(gt=0, le=1)]


class NumericDrift(StrictModel):
    """How far a numeric column may drift.

    :param statistic: name of a measure of distance, see :mod:`include.config.drift_statistics`.
    :param threshold: what is of practical importance, in the statistic's own unit.
    """

    statistic: Text = DEFAULTS["numeric"]
    threshold: Annotated[float, Field(gt=0)] = 0.1


class CategoricalDrift(StrictModel):
    """How far a categorical column may drift.

    :param statistic: name of a measure of distance, see :mod:`include.config.drift_statistics`.
    :param threshold: what is of practical importance, in the statistic's own unit.
    """

    statistic: Text = DEFAULTS["categorical"]
    threshold: Annotated[float, Field(gt=0)] = 0.2


class ColumnLimits(StrictModel):
    """How far one column may drift, where its limits differ from those of its kind.

    :param statistic: as for its kind; None for that of its kind.
    :param threshold: in the statistic's own unit; None for that of its kind.
    :param missing_share: as for all columns; None for theirs.
    """

    statistic: Text | None = None
    threshold: Annotated[float, Field(gt=0)] | None = None
    missing_share: _Share | None = None


class Drift(StrictModel):
    """When a delivery counts as drifted.

    :param numeric: limits of numeric columns and of the predictions.
    :param categorical: limits of categorical columns.
    :param columns: features that are left out (``off``; None here), or have limits of their own.
    :param missing_share: change in the share of missing values that is of practical importance.
    :param prediction_shift: change of the mean prediction from which drift is impactful: of a probability, or
        as a share of what the middle 98 % of training's predictions span where these are numbers.
    :param false_discovery_rate: share of false alarms among the columns that are found to drift
        (Benjamini and Hochberg).
    """

    numeric: NumericDrift = NumericDrift()
    categorical: CategoricalDrift = CategoricalDrift()
    columns: dict[str, Annotated[ColumnLimits | None, or_off(ColumnLimits)]] = Field(default={})
    missing_share: _Share = 0.05
    prediction_shift: _Share = 0.02
    false_discovery_rate: Annotated[float, Field(gt=0, le=0.2)] = 0.01

    def is_left_out(self, column: str) -> bool:
        """Tell whether a feature is not checked for drift.

        :param column: the feature.
        """
        return column in self.columns and self.columns[column] is None

    def thresholds_of(self, column: str, kind: Kind) -> dict[str, float]:
        """Return the threshold of each statistic that is taken of a feature.

        A column's own statistic without a threshold would have the threshold of its kind, whose unit is
        another: :mod:`include.config.cross_checks` refuses that.

        :param column: the feature; of one that is left out the thresholds of its kind are returned.
        :param kind: ``numeric`` or ``categorical``.
        """
        usual = self.numeric if kind == "numeric" else self.categorical
        own = self.columns.get(column) or ColumnLimits()
        return {
            own.statistic or usual.statistic: own.threshold or usual.threshold,
            MISSING_SHARE: own.missing_share or self.missing_share,
        }

    def thresholds_of_predictions(self, kind: Kind = "numeric", shift: str = MEAN_SHIFT) -> dict[str, float]:
        """Return the threshold of each statistic that is taken of the predictions.

        :param kind: ``numeric`` or ``categorical``: what is predicted for a row.
        :param shift: the statistic that says how far the mean prediction has shifted.
        """
        usual = self.numeric if kind == "numeric" else self.categorical
        return {usual.statistic: usual.threshold, shift: self.prediction_shift}


class Performance(StrictModel):
    """When a champion counts as worse than it was.

    :param max_drop: loss of the gate's primary metric against the evaluation that made it champion: in the
        metric's unit, or as a share of what it was where that is the target's unit.
    :param confidence: level of the interval around the realised metric.
    :param min_rows: labelled predictions from which a window is evaluated.
    """

    max_drop: Annotated[float, Field(gt=0)] = 0.03
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    min_rows: Count = 300


class Policy(StrictModel):
    """When what was found leads to a retraining.

    :param windows: how many of the newest windows are looked at.
    :param breaches: in how many of them the limits must be broken, the newest one among them.
    :param cooldown_days: days after a retraining in which no other is started.
    :param min_new_labels: labelled rows that the champion has not learned from, without which training again
        would give the same model.
    :param max_age_days: days after the as-of date of the champion's training, from which on it is examined
        again, whatever was found; None for never.
    """

    windows: Count = 3
    breaches: Count = 1
    cooldown_days: Annotated[int, Field(ge=0, le=36_500)] = 7
    min_new_labels: Count = 1000
    max_age_days: Annotated[int, Field(ge=1, le=36_500)] | None = None


class Monitoring(StrictModel):
    """How the champion is monitored.

    :param slices: features by whose groups performance and drift are looked at besides those of
        ``sensitive``; a numeric one is cut at its ``bands``.
    :param watchdog: when people are notified that something has not happened; None where it is ``off``.
    """

    drift: Drift = Drift()
    performance: Performance = Performance()
    policy: Policy = Policy()
    slices: dict[str, Sensitive] = Field(default={})
    watchdog: Annotated[Watchdog | None, or_off(Watchdog)] = Watchdog()
