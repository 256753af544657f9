"""The gain over the champion must be real, after all the exams that this champion has already been put to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.figures import show_gain, show_gain_interval, show_margin
from include.evaluation.interval import bucketed_interval
from include.promotion.attempts.evidence import EvidenceKind
from include.promotion.attempts.outlook import look_ahead
from include.promotion.gate_rules.champion import why_not_compared
from include.promotion.gate_rules.outcome import Outcome, rows_needed
from include.rounding import exceeds
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.evaluation.record import Evaluation
    from include.promotion.attempts.comparison import Comparison
    from include.promotion.attempts.evidence import Evidence
    from include.promotion.attempts.outlook import Outlook


def require_gain(
    evaluation: Evaluation, gate: Gate, comparison: Comparison | None, *, challenger: bool = False
) -> list[Outcome]:
    """Require that the evidence for a model lies above the bar.

    :param evaluation: the model and the champion on one test set.
    :param gate: the limits.
    :param comparison: the evidence and the bar; None where the test set is inconclusive.
    :param challenger: whether the kept challenger is asked about, and not the new candidate.
    """
    rule = f"gain:{gate.primary}"
    if comparison is None:
        return [_nothing_to_weigh(rule, evaluation, gate)]
    best, bar = comparison.best_of(challenger=challenger), comparison.bar
    passed = best is not None and best.z > bar
    reason = Reason(
        rule=rule, passed=passed, found=_describe(comparison, gate, best if passed else None),
        required=describe_bar(comparison, gate),
    )  # fmt: skip
    return [Outcome(reason=reason, otherwise=_turn(comparison, gate, best, passed=passed))]


def _nothing_to_weigh(rule: str, evaluation: Evaluation, gate: Gate) -> Outcome:
    """Return what follows without a champion, or where the test set is inconclusive."""
    required = f"evidence above the bar of gate.error_per_champion {gate.error_per_champion:g}"
    if not evaluation.gains:
        return Outcome(
            reason=Reason(rule=rule, passed=None, found=why_not_compared(evaluation), required=required)
        )
    gain = evaluation.gains[gate.primary]
    why = gain.note or "it is not defined on this test set"
    return Outcome(
        reason=Reason(
            rule=rule, passed=False, found=show_gain_interval(gate.primary, gain), required=required
        ),
        otherwise=f"a test set that is large enough ({why}): wait for labels, or widen the test set",
    )


def describe_evidence(one: Evidence, gate: Gate) -> str:
    """Return a piece of evidence as people read it: ``this candidate alone, +0.0041 [+0.0011, +0.0071]``.

    :param one: the evidence.
    :param gate: the limits.
    """
    over = f"over {one.exams} exams" if one.exams > 1 else "in one exam"
    who = {
        EvidenceKind.CANDIDATE: "this candidate alone",
        EvidenceKind.POOLED: f"the candidates of the last {one.exams} exams together",
        EvidenceKind.CHALLENGER: f"the kept challenger of {one.as_of} {over}",
    }[one.kind]
    return f"{who}, {show_gain_interval(gate.primary, bucketed_interval(one.gain, gate.confidence))}"


def describe_bar(comparison: Comparison, gate: Gate) -> str:
    """Return the bar and where it comes from.

    :param comparison: the evidence and the bar.
    :param gate: the limits.
    """
    shared = f", correlation {comparison.correlation:.2f}" if comparison.correlation else ""
    spent = f"; the {gate.exams} of gate.exams are used up" if comparison.planned > gate.exams else ""
    return (
        f"evidence above {comparison.bar:.2f}: luck replaces at most {100 * gate.error_per_champion:g} % of "
        f"champions in {comparison.planned} exams{shared}{spent}"
    )


def _describe(comparison: Comparison, gate: Gate, chosen: Evidence | None) -> str:
    """Return the evidence that decides, the new candidate's own where it is another, and which exam it is."""
    best = chosen or comparison.best
    needed = f"best evidence {best.z:.2f} of {comparison.bar:.2f} needed"
    texts = [f"{needed}: {describe_evidence(best, gate)}"]
    own = next(one for one in comparison.evidence if one.kind is EvidenceKind.CANDIDATE)
    if own is not best:
        texts.append(f"{describe_evidence(own, gate)} ({own.z:.2f})")
    texts.append(f"exam {comparison.attempt} against this champion")
    return "; ".join(texts)


def _turn(comparison: Comparison, gate: Gate, best: Evidence | None, *, passed: bool) -> str:
    """Say what would have turned the comparison with the champion round."""
    name, bar = gate.primary, comparison.bar
    if passed and best is not None:
        return f"evidence of {bar:.2f} or less for a gain in {name}; it is {best.z:.2f}"
    outlook = look_ahead(comparison)
    gain = comparison.gain.value
    if outlook is None:
        if not exceeds(abs(gain), 0):
            return f"other predictions than the champion's: both models come to exactly the same {name}"
        return f"a gain in {name} above {show_margin(name, gate.min_gain)}; it is {show_gain(name, gain)}"
    needed, found = show_gain(name, outlook.now), show_gain(name, gain)
    rows = rows_needed(gain - comparison.min_gain, outlook.reach, comparison.gain.rows)
    enough = f" (about {rows:,} test rows would be enough if that is real)" if rows else ""
    return (
        f"a gain in {name} of the new candidate above {needed} on these {comparison.gain.rows:,} rows; it is "
        f"{found}{enough}. {_describe_next(outlook, comparison, name)}"
    )


def _describe_next(outlook: Outlook, comparison: Comparison, name: str) -> str:
    """Say what would be needed in the next exam, which the next delivery with labels brings."""
    needed = show_gain(name, outlook.next)
    text = (
        "At the next exam, when the next delivery's labels are known, and at the same standard error: one "
        f"above {needed}"
    )
    if outlook.more is None:
        return text
    whose = "the challenger's mean" if comparison.best.promotes_challenger else "this one's"
    exams = "one more exam" if outlook.more == 1 else f"{outlook.more} more exams"
    return f"{text}, or {exams} with a gain like {whose}"
