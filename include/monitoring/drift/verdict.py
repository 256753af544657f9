"""Word a drift report so that it can be read at three in the morning: worst column first, found, allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import MEAN_SHIFT, MISSING_SHARE, STATISTICS
from include.monitoring.drift.counterfactuals import say_counterfactuals, say_rows_needed
from include.monitoring.drift.decision import ColumnStatus, DriftDecision
from include.names import shown
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from include.monitoring.drift.report import ColumnDrift, DriftReport, Move

_NAMED = 5  # columns in a sentence
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
        counterfactuals=tuple(say_counterfactuals(report)),
    )


def _thresholds(report: DriftReport) -> dict[str, float]:
    """Return the threshold of each statistic, by column where columns differ."""
    every: dict[str, dict[str, float]] = {}
    for column in report.columns:
        for move in column.moves:
            every.setdefault(move.statistic, {})[column.name] = move.threshold
    found: dict[str, float] = {}
    for statistic, by_column in every.items():
        if len({*by_column.values()}) == 1:
            found[statistic] = next(iter(by_column.values()))
        else:
            found |= {f"{statistic} of {name}": threshold for name, threshold in by_column.items()}
    return found


def _summarise(report: DriftReport) -> str:
    """Say the outcome and its main reason in one sentence."""
    columns = f"{len(report.columns)} columns"
    if report.left_out:
        columns += f" ({len(report.left_out)} left out)"
    if not report.rows:
        return "The batch has no rows: nothing can be told about drift."
    if not report.columns and report.predictions is None:
        return "Every column is left out and no predictions were counted: nothing was looked at."
    if report.decision is DriftDecision.INCONCLUSIVE:
        few = f"{len(report.inconclusive)} of {columns}"
        return (
            f"{report.rows:,} rows are too few to see the thresholds in {few}: {say_rows_needed(report)}. "
            f"Nothing larger was found."
        )
    if report.decision is DriftDecision.NO_DRIFT:
        nearest = max(report.columns, key=lambda column: column.severity, default=None)
        told = f"; nearest to its limit: {_say_column(nearest)}" if nearest and nearest.moves else ""
        return f"None of {columns} drifted in {report.rows:,} rows{told}."
    if not report.drifted:
        moved = f"the mean one by {report.shift or 0.0:+.3g}, {report.prediction_shift:g} matters"
        return f"No column drifted by itself, yet the predictions did ({moved}; {report.rows:,} rows)."
    found = f"{len(report.drifted)} of {columns} drifted, {report.drifted[0].label} most"
    return f"{found} ({report.rows:,} rows); {_say_effect(report)}."


def _say_effect(report: DriftReport) -> str:
    """Say what the drift does to the predictions."""
    if report.blind:
        return _say_blindness(report)
    if report.predictions is None:
        held = (
            "features that the model hardly uses"
            if report.decision is DriftDecision.BENIGN
            else "its effect is unknown"
        )
        return f"no predictions were counted, {held}"
    moved = f"the mean prediction by {report.shift or 0.0:+.3g} ({report.prediction_shift:g} matters)"
    return f"benign: it moves {moved}" if report.decision is DriftDecision.BENIGN else f"it moves {moved}"


def _say_blindness(report: DriftReport) -> str:
    """Say why predictions that do not move are no comfort."""
    if report.predictions is not None and report.predictions.knew_one_value:
        return "the champion gave one prediction for all of its training data, so no drift can move it"
    names = ", ".join(column.label for column in report.blind[:_NAMED])
    return f"training knew one value only of {names}, so the predictions can't show what it does"


def _capped(report: DriftReport) -> list[tuple[ColumnDrift, Move]]:
    """Return what training's own days lay apart in by more than may be excused, the furthest first."""
    every = [*report.columns, *([report.predictions] if report.predictions else [])]
    found = [(column, move) for column in every for move in column.moves if move.capped]
    return sorted(found, key=lambda one: -one[1].variation / one[1].threshold)


def _reason_beside(report: DriftReport) -> list[Reason]:
    """Return what bears on all of the others: blindness, variation that was not excused, what is left out."""
    reasons = []
    if report.blind:
        needed = "predictions that can move with what drifted"
        reasons.append(
            Reason(rule="predictions", passed=False, found=_say_blindness(report), required=needed)
        )
    if capped := _capped(report):
        far = ", ".join(
            f"{column.label} ({STATISTICS[move.statistic].label} {move.variation:.2g})"
            for column, move in capped[:_NAMED]
        )
        more = f" and {len(capped) - _NAMED} more" if len(capped) > _NAMED else ""
        reasons.append(
            Reason(
                rule="between-day variation",
                passed=None,
                found=f"the days of the training data lie further apart than the thresholds: {far}{more}",
                required="no more than the threshold is excused; if days do differ so much, raise it "
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
    if report.predictions is not None:
        reasons += _reason_column(report.predictions, every=True)
    if report.inconclusive:
        names = ", ".join(column.label for column in report.inconclusive)
        reasons.append(
            Reason(
                rule="too few rows",
                passed=None,
                found=f"{len(report.inconclusive)} columns are inconclusive: {names}",
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
                found=f"{len(calm)} without drift, nearest: {_say_column(nearest)}",
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
    for move in sorted(column.moves, key=lambda move: -move.severity):
        if every or move.status is ColumnStatus.DRIFTED:
            passed = _PASSED[move.status]
            found = f"{_say_move(move)} in {move.rows:,} rows{weight}"
            reasons.append(Reason(rule=column.label, passed=passed, found=found, required=_say_limit(move)))
    return reasons


def _say_column(column: ColumnDrift) -> str:
    """Say how far a column has moved: ``age (KS 0.04 of 0.1)``."""
    worst = max(column.moves, key=lambda move: move.severity)
    return f"{column.label} ({_say_move(worst)} of {worst.threshold:g})"


def _say_move(move: Move) -> str:
    """Say what a statistic came to."""
    label = STATISTICS[move.statistic].label
    if move.statistic == MISSING_SHARE:
        return f"share of missing values changed by {move.effect:.3g}"
    return (
        f"{label} changed by {move.effect:.3g}"
        if move.statistic == MEAN_SHIFT
        else f"{label} {move.effect:.3g}"
    )


def _say_limit(move: Move) -> str:
    """Say what would have been let pass."""
    normal = "" if move.normal is None else f"; up to {move.normal:.2g} is normal for so many rows"
    capped = (
        f"; training's own days lay up to {move.variation:.2g} apart, of which the threshold is excused"
        if move.capped
        else ""
    )
    return f"below {move.threshold:g}{normal}{capped}"
