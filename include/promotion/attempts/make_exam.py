"""The exam that a verdict of the gate was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.promotion.attempts.comparison import read_gain
from include.promotion.attempts.exam import Exam

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.evaluation.record import Evaluation
    from include.verdicts import Verdict


def make_exam(
    verdict: Verdict,
    gate: Gate,
    *,
    evaluation: Evaluation,
    challenger_evaluation: Evaluation | None,
    candidate: str,
    training_key: str,
    as_of: str,
    started: int,
    challenger: str | None,
    earlier: tuple[str, ...],
) -> Exam | None:
    """Return the exam that a verdict was about; None where nothing could be compared.

    :param verdict: the gate's, with the input ``chosen_run``.
    :param gate: the limits.
    :param evaluation: candidate and champion on the test set.
    :param challenger_evaluation: the kept challenger and the champion on it; None where it did not sit.
    :param candidate: as of :class:`Exam`, as are the others.
    """
    attempts = verdict.inputs.get("attempts")
    gain = read_gain(evaluation, gate.primary) if attempts else None
    if attempts is None or gain is None:
        return None
    return Exam(
        candidate=candidate,
        training_key=training_key,
        as_of=as_of,
        started=started,
        test_digest=evaluation.test_digest,
        metric=gate.compared,
        min_gain=gate.min_gain,
        gain=gain,
        challenger=challenger,
        challenger_gain=read_gain(challenger_evaluation, gate.primary) if challenger_evaluation else None,
        earlier=earlier,
        decision=verdict.decision,
        chosen=verdict.inputs["chosen_run"],
        evidence=attempts["evidence"][0]["z"],
        bar=attempts["bar"],
    )
