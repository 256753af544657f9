"""The kept challenger: one refused candidate that sits the exams that follow.

Pooled exams find a gain that successive candidates have in common. They don't find the best of several
candidates, which takes evidence about one model: so a refused candidate that looked better by more than
:data:`KEPT_FROM` standard errors is kept, at most one at a time, and its own exams are added up. Where the
quality of candidates varies, that costs a third less than waiting for one that passes at once (simulations of
this project).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.evaluation.buckets import BucketedGain, add_up
from include.evaluation.interval import z_value
from include.rounding import reaches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from include.promotion.attempts.exam import Exam

KEPT_FROM = 0.5  # standard errors that a refused candidate must lie above the champion
MOST_EXAMS = 6  # that a challenger sits, the one as a candidate included


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A challenger with its exams against the present champion.

    :param run: its MLflow run.
    :param as_of: as-of date of its training (ISO).
    :param min_gain: the gain that is asked for.
    :param gains: its gain in each of its exams, oldest first; the first one was its own as a candidate.
    """

    run: str
    as_of: str
    min_gain: float
    gains: tuple[BucketedGain, ...]

    @property
    def total(self) -> BucketedGain:
        """The gain over all its exams."""
        return add_up(self.gains)

    def with_gain(self, gain: BucketedGain) -> Kept:
        """Return it after one more exam.

        :param gain: what it reached in it.
        """
        return Kept(run=self.run, as_of=self.as_of, min_gain=self.min_gain, gains=(*self.gains, gain))

    def stays(self, z: float) -> bool:
        """Return whether it is kept after an exam.

        It leaves when its exams add up to a loss, when it has sat :data:`MOST_EXAMS`, and when the new
        candidate looks better than it does on average.

        :param z: how many standard errors the new candidate lay above the champion.
        """
        if len(self.gains) >= MOST_EXAMS or not reaches(self.total.value, self.min_gain):
            return False
        singles = [z_value(gain, self.min_gain) for gain in self.gains]
        return reaches(sum(singles) / len(singles), z)


def find_kept(exams: Iterable[Exam], barred: Collection[str] = ()) -> Kept | None:
    """Return the challenger that is kept after some exams; None without one.

    :param exams: comparable exams against one champion, oldest first.
    :param barred: runs that may not be kept, such as one that a person has rejected.
    """
    kept: Kept | None = None
    for exam in exams:
        kept = keep_after(kept, exam, barred)
    return kept


def keep_after(kept: Kept | None, exam: Exam, barred: Collection[str] = ()) -> Kept | None:
    """Return the challenger that is kept after an exam; None without one.

    :param kept: the one that was kept before it; None without one.
    :param exam: the exam, after which the champion stays.
    :param barred: as for :func:`find_kept`.
    """
    z = z_value(exam.gain, exam.min_gain)
    if kept is not None and exam.challenger == kept.run:
        if exam.challenger_gain is None:  # its run or its files are gone
            kept = None
        else:
            kept = kept.with_gain(exam.challenger_gain)
            kept = kept if kept.stays(z) else None
    if kept is not None and kept.run in barred:
        kept = None
    if kept is None and z > KEPT_FROM and exam.candidate not in barred:
        kept = Kept(run=exam.candidate, as_of=exam.as_of, min_gain=exam.min_gain, gains=(exam.gain,))
    return kept
