"""No sensitive group may really lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.figures import show_gain, show_gain_interval, show_margin
from include.promotion.gate_rules.champion import why_not_compared
from include.promotion.gate_rules.outcome import Outcome
from include.rounding import exceeds, reaches
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.record import Evaluation
    from include.evaluation.slices import SliceResult


def protect_slices(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Require that no sensitive group really loses more than ``max_drop``.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    allowed = show_margin(gate.primary, gate.slices.max_drop)
    required = f"no real loss of more than {allowed} in {gate.primary}"
    if not evaluation.slices:
        return []
    if not evaluation.gains:
        found = why_not_compared(evaluation)
        return [Outcome(reason=Reason(rule="slices", passed=None, found=found, required=required))]
    outcomes = [_protect(one, one.gain, gate, required) for one in evaluation.slices if one.gain]
    inconclusive = [one for one in evaluation.slices if not one.gain]
    if inconclusive:
        two_classes = evaluation.positives is not None
        found = "inconclusive: " + ", ".join(
            f"{one.name} ({one.rows} rows"
            + (f", {one.positives} positive)" if one.positives is not None else ")")
            for one in inconclusive
        )
        needed = f"{gate.slices.min_rows} rows{' of both classes' if two_classes else ''}"
        outcomes.append(
            Outcome(reason=Reason(rule="slices:small", passed=None, found=found, required=needed))
        )
    return outcomes


def _protect(one: SliceResult, gain: ConfidenceInterval, gate: Gate, required: str) -> Outcome:
    """Evaluate one slice: lost too much and really so, or not lost so much for sure, or inconclusive."""
    limit = -gate.slices.max_drop
    passed: bool | None = None
    if exceeds(limit, gain.value) and exceeds(0, gain.high):
        passed = False
    elif reaches(gain.low, limit):
        passed = True
    found = show_gain_interval(gate.primary, gain) + (
        f" on {one.rows} rows" if passed else f" on only {one.rows} rows"
    )
    allowed, lost = show_margin(gate.primary, -limit), show_gain(gate.primary, -gain.value, "")
    otherwise = f"a loss on {one.name} of at most {allowed}; it is {lost}"
    return Outcome(
        reason=Reason(rule=f"slice:{one.name}", passed=passed, found=found, required=required),
        otherwise="" if passed is not False else otherwise,
    )
