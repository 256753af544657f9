"""The gain over the champion must be real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.promotion.gate_rules.champion import why_not_compared
from include.promotion.gate_rules.outcome import Outcome, rows_needed, show_figure, show_interval
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.schema import Gate
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.record import Evaluation


def require_gain(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Require that the whole interval of the gain in the primary metric lies above ``min_gain``.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    """
    rule, required = f"gain:{gate.primary}", f"its {gate.confidence:.0%} interval above {gate.min_gain:g}"
    if not evaluation.gains:
        found = why_not_compared(evaluation)
        return [Outcome(reason=Reason(rule=rule, passed=None, found=found, required=required))]
    gain = evaluation.gains[gate.primary]
    passed = gain.low > gate.min_gain  # NaN compares as False
    reason = Reason(rule=rule, passed=passed, found=show_interval(gain, sign="+"), required=required)
    return [Outcome(reason=reason, otherwise=_turn_gain(gain, evaluation, gate, passed=passed))]


def _turn_gain(gain: ConfidenceInterval, evaluation: Evaluation, gate: Gate, *, passed: bool) -> str:
    """Say what would have turned the comparison with the champion round."""
    limit, name = f"{gate.min_gain:g}", gate.primary
    if passed:
        begins = show_figure(gain.low, "+")
        return f"a gain in {name} whose interval begins at {limit} or below; it begins at {begins}"
    if gain.value == gain.low == gain.high == 0:
        return f"other predictions than the champion's: both models come to exactly the same {name}"
    if gain.note:
        return f"a test set that is large enough ({gain.note}): wait for labels, or widen the test set"
    rows = rows_needed(gain.value - gate.min_gain, gain.value - gain.low, evaluation.rows)
    if rows:
        return (
            f"about {rows:,} test rows instead of {evaluation.rows:,}, if the gain in {name} of "
            f"{show_figure(gain.value, '+')} is real: the interval narrows with the root of the rows"
        )
    return f"a gain in {name} above {limit}; it is {show_figure(gain.value, '+')}"
