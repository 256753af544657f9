"""Floors: the bad end of each metric's interval against its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.metric_names import METRICS
from include.evaluation.figures import show_limit, show_value, show_value_interval
from include.promotion.gate_rules.outcome import Outcome, rows_needed
from include.rounding import reaches
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
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
    found, metric = evaluation.candidate[name], METRICS[name]
    higher = metric.higher_is_better
    end, shown = found.low if higher else found.high, show_limit(name, floor)
    passed = reaches(*((end, floor) if higher else (floor, end)), metric.unit(end, floor))
    side = "lower" if higher else "upper"
    limit = f"{'at least' if higher else 'at most'} {shown}"
    what = f"the {side} end of the {gate.confidence:.0%} interval of {name}"
    if passed:
        otherwise = f"{what} {'below' if higher else 'above'} {shown}; it is {show_value(name, end)}"
    else:
        otherwise = f"{what} {limit}; it is {show_value(name, end)}"
        room = found.value - floor if higher else floor - found.value
        rows = rows_needed(room, abs(found.value - end), evaluation.rows)
        if rows:
            otherwise += (
                f", while {name} itself is {show_value(name, found.value)}: about {rows:,} test rows would "
                "be enough if that is real"
            )
    reason = Reason(
        rule=f"floor:{name}",
        passed=passed,
        found=show_value_interval(name, found),
        required=f"{side} end of its {gate.confidence:.0%} interval {limit}",
    )
    return Outcome(reason=reason, otherwise=otherwise)
