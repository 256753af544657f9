"""The verdict of a drift check: the worst column first, what was found beside what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import STATISTICS
from include.monitoring.drift.counterfactuals import find_counterfactuals
from include.monitoring.drift.decision import ColumnStatus, DriftDecision
from include.monitoring.drift.phrases import (
    NAMED,
    say_blindness,
    say_column,
    say_limit,
    say_mean,
    say_result,
    say_rows_needed,
    say_whose_mean,
)
from include.names import shown
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from include.monitoring.drift.report import ColumnDrift, DriftReport, StatisticResult

_SHOWN = 15  # drifted columns that are described one by one
_PASSED = {ColumnStatus.DRIFTED: False, ColumnStatus.INCONCLUSIVE: None, ColumnStatus.NO_DRIFT: True}


def write_verdict(report: DriftReport) -> Verdict:
    """Return a report's decision as a verdict.

    :param report: what was found.
    """
    return Verdict(
        kind="drift",
        decision=report.decision.value,
        subject=report.subject,
        summary=_summarise(report),
        reasons=tuple(_reason_all(report)),
        inputs={
            "model": report.model,
            "rows": report.rows,
            "drifted": [column.name for column in report.drifted],
            "inconclusive": [column.name for column in report.inconclusive],
            "left_out": list(report.left_out),
            "capped": [column.name for column, _ in _capped(report)],
            "prediction_shift": report.shift,
        },
        thresholds={
            "false_discovery_rate": report.false_discovery_rate,
            "prediction_shift": report.prediction_shift,
            **_thresholds(report),
        },
        counterfactuals=tuple(find_counterfactuals(report)),
    )


def _thresholds(report: DriftReport) -> dict[str, float]:
    """Return the threshold of each statistic, by column where columns differ."""
    every: dict[str, dict[str, float]] = {}
    for column in report.columns:
        for one in column.results:
            every.setdefault(one.statistic, {})[column.name] = one.threshold
    found: dict[str, float] = {}
    for statistic, by_column in every.items():
        if len({*by_column.values()}) == 1:
            found[statistic] = next(iter(by_column.values()))
        else:
            found |= {f"{statistic} of {name}": threshold for name, threshold in by_column.items()}
    return found


def _summarise(report: DriftReport) -> str:
    """Return the outcome and its main reason in one sentence."""
    columns = f"{len(report.columns)} columns"
    if report.left_out:
        columns += f" ({len(report.left_out)} left out)"
    if not report.rows:
        return "The batch has no rows, so nothing can be said about drift."
    if not report.columns and report.predictions is None:
        return "Every column is left out and no predictions were counted, so nothing was checked."
    if report.decision is DriftDecision.INCONCLUSIVE:
        few = f"{len(report.inconclusive)} of {columns}"
        return (
            f"{report.rows:,} rows are too few to detect the thresholds in {few}: {say_rows_needed(report)}. "
            "No larger drift was found."
        )
    if report.decision is DriftDecision.NO_DRIFT:
        nearest = max(report.columns, key=lambda column: column.severity, default=None)
        limit = f"; nearest to its limit: {say_column(nearest)}" if nearest and nearest.results else ""
        return f"None of {columns} drifted in {report.rows:,} rows{limit}."
    if not report.drifted:
        mean = f"{say_whose_mean(report, 'their mean')} changed by {say_mean(report)}"
        return f"No single column drifted, but the predictions did: {mean}; {report.rows:,} rows."
    found = f"{len(report.drifted)} of {columns} drifted, {report.drifted[0].label} most"
    return f"{found} ({report.rows:,} rows); {_say_effect(report)}."


def _say_effect(report: DriftReport) -> str:
    """Say what the drift does to the predictions."""
    is_benign = report.decision is DriftDecision.BENIGN
    if report.blind:
        return say_blindness(report)
    if report.predictions is None:
        unknown = "the model hardly uses these features" if is_benign else "the effect is unknown"
        return f"no predictions were counted, and {unknown}"
    whose = say_whose_mean(report, "the mean prediction")
    return f"{'benign: ' if is_benign else ''}{whose} changes by {say_mean(report)}"


def _capped(report: DriftReport) -> list[tuple[ColumnDrift, StatisticResult]]:
    """Return where training's own days lie further apart than is tolerated, the furthest first."""
    every = [*report.columns, *report.predicted]
    found = [(column, one) for column in every for one in column.results if one.capped]
    return sorted(found, key=lambda pair: -pair[1].between_day_variation / pair[1].threshold)


def _reason_beside(report: DriftReport) -> list[Reason]:
    """Return what bears on the others: blindness, variation that is not tolerated, what is left out."""
    reasons = []
    if report.blind:
        needed = "predictions that can show what drifted"
        reasons.append(Reason(rule="predictions", passed=False, found=say_blindness(report), required=needed))
    if capped := _capped(report):
        far = ", ".join(
            f"{column.label} ({STATISTICS[one.statistic].label} {one.between_day_variation:.2g})"
            for column, one in capped[:NAMED]
        )
        more = f" and {len(capped) - NAMED} more" if len(capped) > NAMED else ""
        reasons.append(
            Reason(
                rule="between-day variation",
                passed=None,
                found=f"the days of the training data lie further apart than the thresholds: {far}{more}",
                required="no more than the threshold is tolerated; if days do differ so much, raise it "
                "(monitoring.drift.columns in model.yaml), else train on newer data",
            )
        )
    if report.left_out:
        reasons.append(
            Reason(
                rule="left out",
                passed=None,
                found=f"{len(report.left_out)}: {', '.join(map(shown, report.left_out))}",
                required="off in monitoring.drift.columns of model.yaml",
            )
        )
    return reasons


def _reason_all(report: DriftReport) -> list[Reason]:
    """Return what was found: predictions after the drifted columns, then the rest in a line each."""
    reasons = [reason for column in report.drifted[:_SHOWN] for reason in _reason_column(column)]
    more = report.drifted[_SHOWN:]
    if more:
        names = ", ".join(column.label for column in more)
        reasons.append(
            Reason(rule="more columns", passed=False, found=f"{len(more)}: {names}", required="none")
        )
    for column in report.predicted:
        reasons += _reason_column(column, every=column is report.predictions)
    if report.inconclusive:
        names = ", ".join(column.label for column in report.inconclusive)
        reasons.append(
            Reason(
                rule="too few rows",
                passed=None,
                found=f"inconclusive ({len(report.inconclusive)}): {names}",
                required=say_rows_needed(report),
            )
        )
    calm = [column for column in report.columns if column.status is ColumnStatus.NO_DRIFT]
    if calm:
        nearest = max(calm, key=lambda column: column.severity)
        reasons.append(
            Reason(
                rule="other columns",
                passed=True,
                found=f"without drift ({len(calm)}), nearest to its limit: {say_column(nearest)}",
                required="no drift",
            )
        )
    return reasons + _reason_beside(report)


def _reason_column(column: ColumnDrift, *, every: bool = False) -> list[Reason]:
    """Return one reason for each thing found about a column.

    :param column: the column.
    :param every: whether statistics without drift are listed, too.
    """
    weight = "" if column.importance is None else f", {column.importance:.0%} of the model's importance"
    reasons = [
        Reason(
            rule=column.label, passed=False, found=f"{change}{weight}", required="the definition of training"
        )
        for change in column.changes
    ]
    for one in sorted(column.results, key=lambda result: -result.severity):
        if every or one.status is ColumnStatus.DRIFTED:
            passed = _PASSED[one.status]
            found = f"{say_result(one)} in {one.rows:,} rows{weight}"
            reasons.append(Reason(rule=column.label, passed=passed, found=found, required=say_limit(one)))
    return reasons
