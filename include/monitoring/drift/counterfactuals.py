"""What would have led a check for drift to another decision, in sentences that are true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import STATISTICS
from include.monitoring.drift.decision import ColumnStatus, DriftDecision

if TYPE_CHECKING:
    from include.monitoring.drift.report import DriftReport


def say_rows_needed(report: DriftReport) -> str:
    """Say how many rows would do for the columns that are inconclusive.

    :param report: what was found.
    """
    needed = [
        round(report.rows * column.rows_needed / max(1, min(move.rows for move in column.moves)))
        for column in report.inconclusive
        if column.rows_needed and column.moves and min(move.rows for move in column.moves)
    ]
    if not needed:
        return "the training data is too small to tell at any size"
    return f"{_round_up(max(needed)):,} rows would do"


def _round_up(rows: int) -> int:
    """Round a number of rows up to two digits: it is an estimate."""
    unit = int(10 ** max(0, len(str(rows)) - 2))
    return -(-rows // unit) * unit


def say_counterfactuals(report: DriftReport) -> list[str]:
    """Say what would have led to another decision.

    :param report: what was found.
    """
    if report.decision is DriftDecision.INCONCLUSIVE:
        return [
            f"a delivery of more rows: {say_rows_needed(report)}" if report.rows else "a delivery with rows"
        ]
    if report.decision is DriftDecision.NO_DRIFT:
        limits = {(move.statistic, move.threshold) for column in report.columns for move in column.moves}
        told = ", ".join(f"{STATISTICS[name].label} {limit:g}" for name, limit in sorted(limits))
        return [f"a column that moves by its threshold ({told}) or changes its definition"] if told else []
    sentences = []
    moves = [
        move for column in report.drifted for move in column.moves if move.status is ColumnStatus.DRIFTED
    ]
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
        if report.blind:
            names = ", ".join(column.name for column in report.blind)
            sentences.append(f"a champion that has learned from varied {names}: train on newer data")
        elif report.decision is DriftDecision.BENIGN:
            sentences.append(
                f"predictions that move by more than their limits ({bounds}): the decision would be "
                f"{DriftDecision.IMPACTFUL}"
            )
        else:
            instead = DriftDecision.BENIGN if report.drifted else DriftDecision.NO_DRIFT
            sentences.append(
                f"predictions that stay below their limits ({bounds}): the decision would be {instead}"
            )
    return sentences


def _above(effect: float) -> float:
    """Return a number of three digits that is not below an effect."""
    rounded = float(f"{effect:.3g}")
    return rounded if rounded >= effect else float(f"{effect * 1.005:.3g}")
