"""The gate: may this candidate serve? Evidence decides, not chance.

Rules, in order (:mod:`include.promotion.gate_rules`):

1. **Floors.** The interval of each metric of ``gate.floors`` must lie on the good side of its floor with its
   bad end: the lower one where higher is better.
2. **Better than a trivial model.** The candidate must significantly beat one that has learned nothing, in the
   primary metric and in its ranking (:mod:`include.evaluation.trivial`). This is built in: a floor may be set
   too low, and chance alone passes an AUC of 0.5 in every second try.
3. **The champion must be known.** A champion that could not be loaded or scored blocks: it is not known
   whether the candidate is better. Without any champion the floors and the trivial model decide.
4. **Gain.** The paired interval of the gain in the primary metric must lie above ``gate.min_gain`` with its
   lower end. At a confidence of 95 % a candidate that is no better passes in one case of forty.
5. **Slices.** No sensitive group may lose more than ``gate.slices.max_drop``. A slice fails if it lost more
   than that and the loss is real: its whole interval lies below zero. It passes if the interval rules such a
   loss out, which is the question of a non-inferiority test (Piaggio et al. 2012, JAMA 308). In between it is
   inconclusive and listed so, as are slices with too few rows. There is no correction for the number of
   slices, on purpose: keeping a good champion a little longer costs less than serving a group badly.

What is not defined (NaN) fails a floor and a gain, and so does what is inconclusive, with the reason: a test
set of fewer than ten entities of either class proves nothing. A feature that nearly makes up the model alone
(:mod:`include.data.dominant`) is a warning in the verdict, and decides nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from include.errors import DataError
from include.promotion.gate_rules.champion import name_champion, require_champion
from include.promotion.gate_rules.dominant import warn_of_dominant
from include.promotion.gate_rules.floors import apply_floors
from include.promotion.gate_rules.gain import require_gain
from include.promotion.gate_rules.slices import protect_slices
from include.promotion.gate_rules.trivial import beat_trivial
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.config.schema import Gate, ModelConfig
    from include.evaluation.record import Evaluation
    from include.promotion.gate_rules.outcome import Outcome

_RULES = (apply_floors, beat_trivial, require_champion, require_gain, protect_slices)


class GateDecision(StrEnum):
    """What the gate decides: the candidate may serve, may not, or the champion can't be evaluated."""

    PROMOTE = "promote"
    REJECT = "reject"
    BLOCK = "block"


def decide(evaluation: Evaluation, config: ModelConfig, *, subject: str | None = None) -> Verdict:
    """Decide whether a candidate may serve.

    :param evaluation: candidate and champion on one test set.
    :param config: the model's configuration, whose ``gate`` holds the limits.
    :param subject: what is decided about; by default the candidate and its test set.
    :return: a verdict of kind ``gate`` with the decision ``promote``, ``reject`` or ``block``.
    :raises DataError: the evaluation answers other questions than this gate asks.
    """
    gate = config.gate
    _check_measured(evaluation, gate)
    outcomes = [outcome for rule in _RULES for outcome in rule(evaluation, gate)]
    failed = [outcome for outcome in outcomes if outcome.reason.passed is False]
    warnings = warn_of_dominant(evaluation, config.features.allow_dominant)
    decision = _decide(evaluation, failed)
    return Verdict(
        kind="gate",
        decision=str(decision),
        subject=subject or f"{evaluation.model} candidate on test set {evaluation.test_digest[:12]}",
        summary=_summarise(decision, failed, evaluation, gate.primary) + _stand_out(warnings),
        reasons=tuple(outcome.reason for outcome in (*warnings, *outcomes)),
        inputs=_inputs(evaluation),
        thresholds=gate.model_dump(mode="json"),
        counterfactuals=_alternatives(failed, outcomes),
    )


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
    if found:
        raise DataError(
            f"this evaluation of {evaluation.model} {found}: model.yaml has changed since; clear the task "
            "evaluate, which measures it again"
        )


def _summarise(
    decision: GateDecision, failed: Sequence[Outcome], evaluation: Evaluation, primary: str
) -> str:
    """Return the outcome and its main reason in one sentence."""
    if decision is GateDecision.BLOCK:
        return (
            f"{name_champion(evaluation)} could not be scored, so it is not known whether the candidate is "
            f"better: {evaluation.champion_error}"
        )
    if decision is GateDecision.REJECT:
        rules = ", ".join(f"{outcome.reason.rule} ({outcome.reason.found})" for outcome in failed)
        return (
            f"{name_champion(evaluation)} stays: {rules}"
            if evaluation.champion
            else f"not good enough: {rules}"
        )
    if not evaluation.gains:
        found = evaluation.candidate[primary]
        return (
            f"there is no champion yet, every floor passes and the trivial model is beaten: {primary} is "
            f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
        )
    gain = evaluation.gains[primary]
    return (
        f"better than {name_champion(evaluation)} on the same {evaluation.rows:,} rows: {primary} "
        f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], and every floor and slice passes"
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


def _inputs(evaluation: Evaluation) -> dict[str, Any]:
    """Return the figures the decision was made from; the slices' are in the reasons."""
    plain = evaluation.to_dict()
    names = (
        "test_digest",
        "rows",
        "positives",
        "candidate",
        "champion",
        "gains",
        "over_trivial",
        "base_rate",
        "dominant",
        "champion_info",
        "champion_error",
    )
    return {name: plain[name] for name in names}
