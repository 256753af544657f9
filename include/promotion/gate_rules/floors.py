"""Floors: the bad end of each metric's interval against its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.metric_names import METRICS
from include.promotion.gate_rules.outcome import Outcome, rows_needed, show_figure, show_interval
from include.rounding import reaches
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.schema import Gate
    from include.evaluation.record import Evaluation


def apply_floors(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Hold the bad end of each metric's interval against its floor; what is not defined fails.

    The figure itself would not do: on a small test set half of all models without any skill lie above an AUC
    of 0.5.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    return [_apply_floor(name, floor, evaluation, gate) for name, floor in gate.floors.items()]


def _apply_floor(name: str, floor: float, evaluation: Evaluation, gate: Gate) -> Outcome:
    """Hold one metric against its floor."""
    found, higher = evaluation.candidate[name], METRICS[name].higher_is_better
    end = found.low if higher else found.high
    passed = reaches(end, floor) if higher else reaches(floor, end)
    side = "lower" if higher else "upper"
    limit = f"{'at least' if higher else 'at most'} {floor:g}"
    what = f"the {side} end of the {gate.confidence:.0%} interval of {name}"
    if passed:
        otherwise = f"{what} {'below' if higher else 'above'} {floor:g}; it is {show_figure(end)}"
    else:
        otherwise = f"{what} {limit}; it is {show_figure(end)}"
        room = found.value - floor if higher else floor - found.value
        rows = rows_needed(room, abs(found.value - end), evaluation.rows)
        if rows:
            otherwise += (
                f", while {name} itself is {show_figure(found.value)}: about {rows:,} test rows would be "
                "enough if that is real"
            )
    reason = Reason(
        rule=f"floor:{name}",
        passed=passed,
        found=show_interval(found),
        required=f"{side} end of its {gate.confidence:.0%} interval {limit}",
    )
    return Outcome(reason=reason, otherwise=otherwise)
