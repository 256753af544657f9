"""All that the gate weighs in one exam: the evidence, and the bar that it is held against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.errors import DataError
from include.promotion.attempts.bar import find_bar
from include.promotion.attempts.correlation import measure_correlation
from include.promotion.attempts.evidence import Evidence, find_evidence

if TYPE_CHECKING:
    from include.config.gate_schema import Gate
    from include.evaluation.buckets import BucketedGain
    from include.evaluation.record import Evaluation
    from include.promotion.attempts.kept import Kept
    from include.promotion.attempts.life import ChampionLife


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The evidence of one exam, and the bar that it is held against.

    :param evidence: the strongest first; one at least.
    :param bar: standard errors that it takes.
    :param attempt: which exam against this champion it is, from 1.
    :param planned: exams in a life that the bar is made for.
    :param correlation: of the noise of successive exams, for certain.
    :param gains: the candidates' gains in the comparable exams, oldest first, the newest one included.
    :param min_gain: the gain that is asked for.
    :param kept: the challenger as it was kept before this exam; None without one.
    :param challenger_gain: its gain in this exam; None where it could not sit it.
    """

    evidence: tuple[Evidence, ...]
    bar: float
    attempt: int
    planned: int
    correlation: float
    gains: tuple[BucketedGain, ...]
    min_gain: float
    kept: Kept | None = None
    challenger_gain: BucketedGain | None = None

    @property
    def gain(self) -> BucketedGain:
        """The new candidate's gain."""
        return self.gains[-1]

    @property
    def best(self) -> Evidence:
        """The strongest evidence."""
        return self.evidence[0]

    @property
    def passing(self) -> tuple[Evidence, ...]:
        """The evidence above the bar, the strongest first."""
        return tuple(one for one in self.evidence if one.z > self.bar)  # NaN compares as False

    def best_of(self, *, challenger: bool) -> Evidence | None:
        """Return the strongest evidence for which the challenger, or the new candidate, is promoted."""
        return next((one for one in self.evidence if one.promotes_challenger == challenger), None)


def compare_with_bar(
    evaluation: Evaluation, gate: Gate, life: ChampionLife, challenger: Evaluation | None = None
) -> Comparison | None:
    """Return the evidence and the bar; None where there is nothing to compare, or where it is inconclusive.

    :param evaluation: candidate and champion on one test set.
    :param gate: the limits.
    :param life: the earlier exams of the champion.
    :param challenger: the kept challenger and the champion on the same test set; None without one.
    :raises DataError: the evaluation was written before bucket sums were kept.
    """
    gain = read_gain(evaluation, gate.primary)
    if gain is None:
        return None
    comparable, kept = life.comparable(gate), life.kept(gate)
    sat = read_gain(challenger, gate.primary) if challenger is not None and kept is not None else None
    earlier = tuple(exam.gain for exam in comparable)
    attempt = life.attempts + 1
    planned = max(gate.exams, attempt)
    correlation = measure_correlation((*earlier, gain))
    return Comparison(
        evidence=find_evidence(gain, earlier, gate.min_gain, kept=kept, challenger_gain=sat),
        bar=find_bar(gate.error_per_champion, planned, correlation, challenger=gate.challenger),
        attempt=attempt,
        planned=planned,
        correlation=correlation,
        gains=(*earlier, gain),
        min_gain=gate.min_gain,
        kept=kept,
        challenger_gain=sat,
    )


def read_gain(evaluation: Evaluation, metric: str) -> BucketedGain | None:
    """Return a model's gain over the champion; None where there is none, or where it is inconclusive.

    :param evaluation: the model and the champion on one test set.
    :param metric: the metric.
    :raises DataError: the evaluation was written before bucket sums were kept.
    """
    if not evaluation.gains:
        return None
    if evaluation.bucketed is None:
        raise DataError(
            f"this evaluation of {evaluation.model} was written by an earlier version of this project and "
            f"does not hold the gain in {metric} in a form that adds up over exams: clear the task evaluate, "
            "which measures it"
        )
    shown = evaluation.gains[metric]
    if shown.note or not math.isfinite(shown.value) or not math.isfinite(shown.low):
        return None
    return evaluation.bucketed[metric]
