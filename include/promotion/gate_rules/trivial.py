"""The candidate must beat a model that has learned nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.tasks import TASKS
from include.errors import DataError
from include.evaluation.figures import show_gain, show_gain_interval
from include.evaluation.trivial import trivial_confidence
from include.promotion.gate_rules.outcome import Outcome, rows_needed
from include.rounding import exceeds
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.record import Evaluation


def beat_trivial(evaluation: Evaluation, gate: Gate) -> list[Outcome]:
    """Require that the candidate is better for sure than a model that has learned nothing.

    No key turns this off. It holds for the primary metric, and for the ranking whatever the primary metric
    is: a model that only answers a better constant than the training set's share has learned nothing either.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    :raises DataError: the evaluation was written before this was measured.
    """
    if evaluation.over_trivial is None:
        raise DataError(
            f"this evaluation of {evaluation.model} was written by an earlier version of this project and "
            "does not say how much better the candidate is than a model that has learned nothing: clear the "
            "task evaluate, which measures it"
        )
    return [
        _beat(name, evaluation.over_trivial[name], evaluation, gate)
        for name in dict.fromkeys((gate.primary, TASKS[evaluation.task].must_beat))
    ]


def _beat(name: str, gain: ConfidenceInterval, evaluation: Evaluation, gate: Gate) -> Outcome:
    """Hold the candidate against the trivial model in one metric."""
    level = f"{100 * trivial_confidence(gate.confidence):g}%"
    trivial = TASKS[evaluation.task].trivial_with(costs=True)[name]
    passed = exceeds(gain.low, 0)
    if passed:
        otherwise = (
            f"a gain in {name} over {trivial} whose {level} interval begins at 0 or "
            f"below; it begins at {show_gain(name, gain.low)}"
        )
    elif gain.note:
        otherwise = f"a test set that is large enough ({gain.note}): wait for labels, or widen the test set"
    else:
        otherwise = f"a gain in {name} over {trivial} above 0; it is {show_gain(name, gain.value)}"
        rows = rows_needed(gain.value, gain.value - gain.low, evaluation.rows)
        if rows:
            otherwise = (
                f"about {rows:,} test rows instead of {evaluation.rows:,}, if the gain in {name} over "
                f"{trivial} of {show_gain(name, gain.value)} is real"
            )
    reason = Reason(
        rule=f"better than trivial:{name}",
        passed=passed,
        found=f"{show_gain_interval(name, gain)} over {trivial}",
        required=f"its {level} interval above 0",
    )
    return Outcome(reason=reason, otherwise=otherwise)
