"""Who is kept as challenger, and why one leaves; this decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.evaluation.figures import show_gain
from include.promotion.attempts.exam import Exam
from include.promotion.attempts.kept import MOST_EXAMS, find_kept
from include.promotion.gate_rules.outcome import Outcome
from include.verdicts import Reason

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.promotion.attempts.comparison import Comparison
    from include.promotion.attempts.life import ChampionLife

_THIS = ""  # the run of the candidate that is decided on, which the gate need not know


def show_kept(
    life: ChampionLife, gate: Gate, comparison: Comparison | None, error: str | None
) -> list[Outcome]:
    """Say which challenger sits the next exam if the champion stays.

    :param life: the earlier exams.
    :param gate: the limits.
    :param comparison: the evidence and the bar; None without a champion to compare with.
    :param error: why the challenger that was kept could not sit this exam; None where it could.
    """
    if comparison is None or not gate.challenger:
        return []
    before = comparison.kept
    exam = Exam(
        candidate=_THIS, training_key="", as_of="", started=0, test_digest="", metric=gate.compared,
        min_gain=gate.min_gain, gain=comparison.gain, challenger=before.run if before else None,
        challenger_gain=comparison.challenger_gain,
    )  # fmt: skip
    after = find_kept((*life.comparable(gate), exam), life.barred)
    texts = []
    if before is not None and (after is None or after.run != before.run):
        texts.append(f"the one of {before.as_of} leaves{f': {error}' if error else ''}")
    if after is not None and after.run == _THIS:
        texts.append("if the champion stays, this candidate sits the exams that follow")
    elif after is not None:
        mean = show_gain(gate.primary, after.total.value)
        texts.append(
            f"the one of {after.as_of} has sat {len(after.gains)} exams, {mean} on average, and sits the next"
        )
    if not texts:
        return []
    required = f"a refused candidate above the champion, for at most {MOST_EXAMS} exams"
    reason = Reason(rule="kept challenger", passed=None, found="; ".join(texts), required=required)
    return [Outcome(reason=reason)]
