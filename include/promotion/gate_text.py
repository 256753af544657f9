"""The gate's verdict in one sentence, and the figures it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.evaluation.figures import show_gain_interval, show_value_interval
from include.evaluation.interval import bucketed_interval
from include.promotion.gate_rules.champion import name_champion
from include.promotion.gate_rules.gain import describe_evidence

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.promotion.attempts.comparison import Comparison
    from include.promotion.attempts.evidence import Evidence
    from include.promotion.attempts.life import ChampionLife
    from include.promotion.gate_rules.side import Side

_KEPT = (
    "test_digest", "rows", "positives", "candidate", "champion", "gains", "over_trivial", "base_rate",
    "dominant", "champion_info", "champion_error",
)  # fmt: skip


def summarise(decision: str, side: Side, gate: Gate, comparison: Comparison | None) -> str:
    """Return the outcome and its main reason in one sentence.

    :param decision: what was decided.
    :param side: the model that it is about.
    :param gate: the limits.
    :param comparison: the evidence and the bar; None without a champion to compare with.
    """
    evaluation, primary = side.evaluation, gate.primary
    if decision == "block":
        return (
            f"{name_champion(evaluation)} could not be scored, so it is not known whether the candidate is "
            f"better: {evaluation.champion_error}"
        )
    if decision == "reject":
        rules = ", ".join(f"{outcome.reason.rule} ({outcome.reason.found})" for outcome in side.failed)
        about = "of the kept challenger: " if side.challenger else ""
        return (
            f"{name_champion(evaluation)} stays: {about}{rules}"
            if evaluation.champion
            else f"not good enough: {rules}"
        )
    best = comparison.best_of(challenger=side.challenger) if comparison else None
    if comparison is None or best is None or not evaluation.gains:
        found = evaluation.candidate[primary]
        return (
            f"there is no champion yet, every floor passes and the trivial model is beaten: {primary} is "
            f"{show_value_interval(primary, found)}"
        )
    gain = evaluation.gains[primary]
    who = f"the kept challenger of {best.as_of} is " if side.challenger else ""
    return (
        f"{who}better than {name_champion(evaluation)} on the same {evaluation.rows:,} rows: {primary} "
        f"{show_gain_interval(primary, gain)}, evidence {best.z:.2f} of "
        f"{comparison.bar:.2f} needed ({describe_evidence(best, gate)}), and every floor and slice passes"
    )


def show_inputs(side: Side, comparison: Comparison | None, life: ChampionLife) -> dict[str, Any]:
    """Return the figures the decision was made from; the slices' are in the reasons.

    :param side: the model that it is about; ``candidate`` and ``gains`` are its figures.
    :param comparison: the evidence and the bar; None without a champion to compare with.
    :param life: the earlier exams.
    """
    plain, level = side.evaluation.to_dict(), side.evaluation.confidence
    return {
        **{name: plain[name] for name in _KEPT},
        "promotes_challenger": side.challenger,
        "attempts": None if comparison is None else _show_comparison(comparison, life, level),
    }


def _show_comparison(comparison: Comparison, life: ChampionLife, confidence: float) -> dict[str, Any]:
    return {
        "life": life.name,
        "exam": comparison.attempt,
        "planned": comparison.planned,
        "bar": comparison.bar,
        "correlation": comparison.correlation,
        "challenger": comparison.kept.run if comparison.kept else None,
        "evidence": [_show_evidence(one, confidence) for one in comparison.evidence],
    }


def _show_evidence(one: Evidence, confidence: float) -> dict[str, Any]:
    found = bucketed_interval(one.gain, confidence)
    return {
        "kind": str(one.kind), "exams": one.exams, "z": one.z,
        "gain": found.value, "low": found.low, "high": found.high,
    }  # fmt: skip
