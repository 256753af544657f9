"""The gate: may this candidate serve? Evidence decides, not chance.

Rules, in order (:mod:`include.promotion.gate_rules`):

1. **Floors.** The interval of each metric of ``gate.floors`` must lie on the good side of its floor with its
   bad end: the lower one where higher is better.
2. **Better than a trivial model.** The candidate must significantly beat one that has learned nothing, in the
   primary metric and in its ranking (:mod:`include.evaluation.trivial`). This is built in: a floor may be set
   too low, and chance alone passes an AUC of 0.5 in every second try.
3. **The champion must be known.** A champion that could not be loaded or scored blocks: it is not known
   whether the candidate is better. Without any champion the floors and the trivial model decide.
4. **Gain.** The evidence for a gain in the primary metric of more than ``gate.min_gain`` must lie above a
   bar. Evidence is the largest of three: this candidate's own, that of the candidates of the last three exams
   together, and that of one kept challenger over all its exams (:mod:`include.promotion.attempts.evidence`).
   The bar prices the attempts: luck replaces at most ``gate.error_per_champion`` of champions in
   ``gate.exams`` exams (:mod:`include.promotion.attempts.bar`). All of it begins anew with another champion.
5. **Slices.** No sensitive group may lose more than ``gate.slices.max_drop``. A slice fails if it lost more
   than that and the loss is real: its whole interval lies below zero. It passes if the interval rules such a
   loss out, which is the question of a non-inferiority test (Piaggio et al. 2012, JAMA 308). In between it is
   inconclusive and listed so, as are slices with too few rows. There is no correction for the number of
   slices, on purpose: keeping a good champion a little longer costs less than serving a group badly.

The model behind the strongest evidence is promoted, and has to pass every rule on the newest exam's test set.
If it does not, the other one may, if its evidence passes the same bar: they share its budget.

What is not defined (NaN) fails a floor and a gain, and so does what is inconclusive, with the reason: a test
set of fewer than ten entities of either class proves nothing. A feature that nearly makes up the model alone
(:mod:`include.data.dominant`) is a warning in the verdict, and decides nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from include.errors import DataError
from include.promotion.attempts.comparison import compare_with_bar
from include.promotion.attempts.life import ChampionLife
from include.promotion.gate_rules.champion import require_champion
from include.promotion.gate_rules.dominant import warn_of_dominant
from include.promotion.gate_rules.floors import apply_floors
from include.promotion.gate_rules.gain import require_gain
from include.promotion.gate_rules.kept import show_kept
from include.promotion.gate_rules.side import Side
from include.promotion.gate_rules.slices import protect_slices
from include.promotion.gate_rules.trivial import beat_trivial
from include.promotion.gate_text import show_inputs, summarise
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.config.gate_schema import Gate
    from include.config.schema import ModelConfig
    from include.evaluation.record import Evaluation
    from include.promotion.attempts.comparison import Comparison
    from include.promotion.gate_rules.outcome import Outcome

_FIRST_EXAM = ChampionLife()


class GateDecision(StrEnum):
    """What the gate decides: a model may serve, none may, or the champion can't be evaluated."""

    PROMOTE = "promote"
    REJECT = "reject"
    BLOCK = "block"


def decide(
    evaluation: Evaluation,
    config: ModelConfig,
    *,
    history: ChampionLife = _FIRST_EXAM,
    challenger: Evaluation | None = None,
    challenger_error: str | None = None,
    subject: str | None = None,
) -> Verdict:
    """Decide whether a candidate, or the kept challenger, may serve.

    :param evaluation: candidate and champion on one test set.
    :param config: the model's configuration, whose ``gate`` holds the limits.
    :param history: the earlier exams of this champion.
    :param challenger: the kept challenger of ``history`` and the champion on the same test set; None without
        one, or where it could not be scored.
    :param challenger_error: why it could not be scored; None where it could, or without one.
    :param subject: what is decided about; by default the candidate and its test set.
    :return: a verdict of kind ``gate`` with the decision ``promote``, ``reject`` or ``block``; its input
        ``promotes_challenger`` says which model is meant.
    :raises DataError: the evaluation answers other questions than this gate asks.
    """
    gate = config.gate
    for one in (evaluation, challenger):
        if one is not None:
            _check_measured(one, gate)
    comparison = compare_with_bar(evaluation, gate, history, challenger)
    side = _choose(evaluation, challenger, gate, comparison)
    warnings = warn_of_dominant(side.evaluation, config.features.allow_dominant)
    kept = show_kept(history, gate, comparison, challenger_error)
    decision = _decide(evaluation, side.failed)
    return Verdict(
        kind="gate",
        decision=str(decision),
        subject=subject or f"{evaluation.model} candidate on test set {evaluation.test_digest[:12]}",
        summary=summarise(str(decision), side, gate, comparison) + _stand_out(warnings),
        reasons=tuple(outcome.reason for outcome in (*warnings, *side.outcomes, *kept)),
        inputs=show_inputs(side, comparison, history),
        thresholds=gate.model_dump(mode="json"),
        counterfactuals=_alternatives(side.failed, side.outcomes),
    )


def _choose(
    evaluation: Evaluation, challenger: Evaluation | None, gate: Gate, comparison: Comparison | None
) -> Side:
    """Return the model with the strongest evidence above the bar that passes every rule.

    Where none does, it is the one with the strongest evidence above the bar, or the new candidate.
    """
    sides = [
        _apply_rules(found, gate, comparison, challenger=one.promotes_challenger)
        for one in (comparison.passing if comparison else ())
        if (found := challenger if one.promotes_challenger else evaluation) is not None
    ]
    passing = next((side for side in sides if not side.failed), None)
    if passing is not None:
        return passing
    return sides[0] if sides else _apply_rules(evaluation, gate, comparison, challenger=False)


def _apply_rules(
    evaluation: Evaluation, gate: Gate, comparison: Comparison | None, *, challenger: bool
) -> Side:
    """Apply every rule to one model."""

    def outcomes() -> Iterator[Outcome]:
        yield from apply_floors(evaluation, gate)
        yield from beat_trivial(evaluation, gate)
        yield from require_champion(evaluation, gate)
        yield from require_gain(evaluation, gate, comparison, challenger=challenger)
        yield from protect_slices(evaluation, gate)

    return Side(challenger=challenger, evaluation=evaluation, outcomes=tuple(outcomes()))


def _decide(evaluation: Evaluation, failed: Sequence[Outcome]) -> GateDecision:
    """Return what follows from the rules that failed."""
    if evaluation.champion_error:
        return GateDecision.BLOCK
    return GateDecision.REJECT if failed else GateDecision.PROMOTE


def _check_measured(evaluation: Evaluation, gate: Gate) -> None:
    """Refuse an evaluation made before the gate was changed, where a figure would pass for another.

    Every metric is measured whatever the primary one is; intervals have one confidence, and slices one
    metric.

    :raises DataError: it was measured for another gate.
    """
    found = ""
    if evaluation.confidence != gate.confidence:
        found = (
            f"was measured at a confidence of {100 * evaluation.confidence:g} %, and gate.confidence is "
            f"{gate.confidence:g} now"
        )
    elif evaluation.primary != gate.primary and any(one.gain for one in evaluation.slices):
        found = f"compares slices in {evaluation.primary}, and gate.primary is {gate.primary} now"
    elif evaluation.costs != (None if gate.costs is None else gate.costs.both):
        found = "was measured by other gate.costs than there are now"
    if found:
        raise DataError(
            f"this evaluation of {evaluation.model} {found}: model.yaml has changed since; clear the task "
            "evaluate, which measures it again"
        )


def _stand_out(warnings: Sequence[Outcome]) -> str:
    """Return the warnings as sentences of the summary, which people read first."""
    return "".join(
        f". {outcome.reason.rule}: {outcome.reason.found}. {outcome.reason.required}" for outcome in warnings
    )


def _alternatives(failed: Sequence[Outcome], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return what would have led to another decision: all that failed the other way, or any one that held."""
    sentences = tuple(outcome.otherwise for outcome in failed or outcomes if outcome.otherwise)
    if len(failed) > 1:
        return tuple(f"all {len(failed)} needed: {sentence}" for sentence in sentences)
    return sentences
