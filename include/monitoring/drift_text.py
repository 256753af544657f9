"""Word a drift report so that it can be read at three in the morning: worst column first, found, allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.monitoring.drift_names import MEAN_SHIFT, MISSING_SHARE, STATISTICS
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from include.monitoring.drift_report import ColumnDrift, DriftReport, Move

_SHOWN = 15  # drifted columns that are described one by one


def write_verdict(report: DriftReport) -> Verdict:
    """Return a report's decision as a verdict.

    :param report: what was found.
    """
    return Verdict(
        kind="drift",
        decision=report.decision,
        subject=report.subject,
        summary=_summarise(report),
        reasons=tuple(_reason_all(report)),
        inputs={
            "model": report.model,
            "rows": report.rows,
            "drifted": [column.name for column in report.drifted],
            "cant_tell": [column.name for column in report.untold],
            "prediction_shift": report.shift,
        },
        thresholds={
            "false_discovery_rate": report.false_discovery_rate,
            "prediction_shift": report.prediction_shift,
            **{move.statistic: move.threshold for column in report.columns for move in column.moves},
        },
        would_change=tuple(_say_what_would_change(report)),
    )


def _summarise(report: DriftReport) -> str:
    """Say the outcome and its main reason in one sentence."""
    columns = len(report.columns)
    if not report.rows:
        return "The batch has no rows: nothing can be told about drift."
    if report.decision == "can't tell":
        return (
            f"{report.rows:,} rows are too few to see the thresholds in {len(report.untold)} of {columns} "
            f"columns: {_say_rows_needed(report)}. Nothing larger was found."
        )
    if report.decision == "quiet":
        nearest = max(report.columns, key=lambda column: column.severity, default=None)
        told = f"; nearest to its limit: {_say_column(nearest)}" if nearest and nearest.moves else ""
        return f"None of {columns} columns drifted in {report.rows:,} rows{told}."
    if not report.drifted:
        moved = f"the mean one by {report.shift or 0.0:+.3g}, {report.prediction_shift:g} matters"
        return f"No column drifted by itself, yet the predictions did ({moved}; {report.rows:,} rows)."
    found = f"{len(report.drifted)} of {columns} columns drifted, {report.drifted[0].name} most"
    return f"{found} ({report.rows:,} rows); {_say_effect(report)}."


def _say_effect(report: DriftReport) -> str:
    """Say what the drift does to the predictions."""
    if report.predictions is None:
        held = (
            "features that the model hardly uses"
            if report.decision == "harmless"
            else "its effect is unknown"
        )
        return f"no predictions were counted, {held}"
    moved = f"the mean prediction by {report.shift or 0.0:+.3g} ({report.prediction_shift:g} matters)"
    return f"harmless: it moves {moved}" if report.decision == "harmless" else f"it moves {moved}"


def _reason_all(report: DriftReport) -> list[Reason]:
    """Return what was found: predictions after the drifted columns, then the rest in a line each."""
    reasons = [reason for column in report.drifted[:_SHOWN] for reason in _reason_column(column)]
    more = report.drifted[_SHOWN:]
    if more:
        names = ", ".join(column.name for column in more)
        reasons.append(
            Reason(rule="more columns", passed=False, found=f"{len(more)}: {names}", required="none")
        )
    if report.predictions is not None:
        reasons += _reason_column(report.predictions, every=True)
    if report.untold:
        names = ", ".join(column.name for column in report.untold)
        reasons.append(
            Reason(
                rule="too few rows",
                passed=None,
                found=f"{len(report.untold)} columns can't be told: {names}",
                required=_say_rows_needed(report),
            )
        )
    quiet = [column for column in report.columns if column.status == "quiet"]
    if quiet:
        nearest = max(quiet, key=lambda column: column.severity)
        reasons.append(
            Reason(
                rule="other columns",
                passed=True,
                found=f"{len(quiet)} quiet, nearest: {_say_column(nearest)}",
                required="no drift",
            )
        )
    return reasons


def _reason_column(column: ColumnDrift, *, every: bool = False) -> list[Reason]:
    """Return one reason for each thing found about a column.

    :param column: the column.
    :param every: whether what is quiet is told too.
    """
    weight = "" if column.importance is None else f", {column.importance:.0%} of the model's importance"
    reasons = [
        Reason(
            rule=column.name, passed=False, found=f"{change}{weight}", required="the definition of training"
        )
        for change in column.changes
    ]
    for move in sorted(column.moves, key=lambda move: -move.severity):
        if every or move.status == "drifted":
            passed = {"drifted": False, "can't tell": None, "quiet": True}[move.status]
            found = f"{_say_move(move)} in {move.rows:,} rows{weight}"
            reasons.append(Reason(rule=column.name, passed=passed, found=found, required=_say_limit(move)))
    return reasons


def _say_column(column: ColumnDrift) -> str:
    """Say how far a column has moved: ``age (KS 0.04 of 0.1)``."""
    worst = max(column.moves, key=lambda move: move.severity)
    return f"{column.name} ({_say_move(worst)} of {worst.threshold:g})"


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
    return f"below {move.threshold:g}{normal}"


def _say_rows_needed(report: DriftReport) -> str:
    """Say how many rows would do for the columns that can't be told."""
    needed = [
        round(report.rows * column.rows_needed / max(1, min(move.rows for move in column.moves)))
        for column in report.untold
        if column.rows_needed and column.moves and min(move.rows for move in column.moves)
    ]
    if not needed:
        return "the training data is too small to tell at any size"
    return f"{_round_up(max(needed)):,} rows would do"


def _round_up(rows: int) -> int:
    """Round a number of rows up to two digits: it is an estimate."""
    unit = int(10 ** max(0, len(str(rows)) - 2))
    return -(-rows // unit) * unit


def _say_what_would_change(report: DriftReport) -> list[str]:
    """Say what would have led to another decision."""
    if report.decision == "can't tell":
        return [
            f"a delivery of more rows: {_say_rows_needed(report)}" if report.rows else "a delivery with rows"
        ]
    if report.decision == "quiet":
        limits = {(move.statistic, move.threshold) for column in report.columns for move in column.moves}
        told = ", ".join(f"{STATISTICS[name].label} {limit:g}" for name, limit in sorted(limits))
        return [f"a column that moves by its threshold ({told}) or changes its definition"] if told else []
    sentences = []
    moves = [move for column in report.drifted for move in column.moves if move.status == "drifted"]
    if moves:
        worst = {
            move.statistic: max(m.effect for m in moves if m.statistic == move.statistic) for move in moves
        }
        told = ", ".join(
            f"{STATISTICS[name].label} {_above(effect):g}" for name, effect in sorted(worst.items())
        )
        sentences.append(
            f"thresholds (monitoring.drift in model.yaml) above {told}: no column's statistic would have "
            f"been too large"
        )
    if any(column.changes for column in report.drifted):
        sentences.append(
            "a source that delivers columns as they were: no threshold hides a change of definition"
        )
    if report.predictions is not None:
        bounds = ", ".join(
            f"{STATISTICS[move.statistic].label} {move.threshold:g}" for move in report.predictions.moves
        )
        if report.decision == "harmless":
            sentences.append(f"predictions that move by more than their limits ({bounds}): it would matter")
        else:
            instead = "harmless" if report.drifted else "quiet"
            sentences.append(f"predictions that stay below their limits ({bounds}): it would be {instead}")
    return sentences


def _above(effect: float) -> float:
    """Return a number of three digits that is not below an effect."""
    rounded = float(f"{effect:.3g}")
    return rounded if rounded >= effect else float(f"{effect * 1.005:.3g}")
