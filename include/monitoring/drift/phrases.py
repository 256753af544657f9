"""Parts of sentences about a drift report that the verdict and its counterfactuals share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import STATISTICS
from include.names import shown

if TYPE_CHECKING:
    from include.monitoring.drift.report import ColumnDrift, DriftReport, StatisticResult

NAMED = 5  # columns in a sentence


def say_rows_needed(report: DriftReport) -> str:
    """Say how many rows it takes for the columns that are inconclusive.

    :param report: what was found.
    """
    needed = [
        round(report.rows * column.rows_needed / max(1, min(one.rows for one in column.results)))
        for column in report.inconclusive
        if column.rows_needed and column.results and min(one.rows for one in column.results)
    ]
    if not needed:
        return "the training data is too small for a conclusion at any batch size"
    return f"about {_round_up(max(needed)):,} rows are needed"


def _round_up(rows: int) -> int:
    """Round a number of rows up to two digits: it is an estimate."""
    unit = int(10 ** max(0, len(str(rows)) - 2))
    return -(-rows // unit) * unit


def say_mean(report: DriftReport) -> str:
    """Say by how much the mean prediction changed, and from which change drift is impactful."""
    unit = f" {report.shift_unit}" if report.shift_unit else ""
    return f"{report.shift or 0.0:+.3g}{unit} ({report.prediction_shift:g} is impactful)"


def say_whose_mean(report: DriftReport, otherwise: str) -> str:
    """Say the mean of what it is that changed.

    :param report: what was found.
    :param otherwise: how the mean of predictions is called in the sentence.
    """
    return f"the mean probability of {shown(report.shift_of)}" if report.shift_of else otherwise


def say_blindness(report: DriftReport) -> str:
    """Say why predictions that do not change prove nothing."""
    if report.predicted and all(one.constant_in_training for one in report.predicted):
        return "the champion gave one prediction for all of its training data, so no drift can change it"
    names = ", ".join(column.label for column in report.blind[:NAMED])
    return f"training saw only one value of {names}, so the predictions can't show the effect"


def say_column(column: ColumnDrift) -> str:
    """Say how far a column has drifted: ``age (KS 0.04 of 0.1)``."""
    worst = max(column.results, key=lambda one: one.severity)
    return f"{column.label} ({say_result(worst)} of {worst.threshold:g})"


def say_result(result: StatisticResult) -> str:
    """Say what a statistic came to."""
    statistic = STATISTICS[result.statistic]
    return statistic.phrase.format(label=statistic.label, effect=result.effect)


def say_limit(result: StatisticResult) -> str:
    """Say what would not have counted as drift."""
    chance = (
        ""
        if result.critical_value is None
        else f"; up to {result.critical_value:.2g} is expected without drift in so many rows"
    )
    capped = (
        f"; training's own days lay up to {result.between_day_variation:.2g} apart, of which the "
        "threshold is tolerated"
        if result.capped
        else ""
    )
    return f"below {result.threshold:g}{chance}{capped}"
