"""A champion's life: the exams that candidates have sat against it since it became champion.

Everything begins anew with another champion: exams, challenger and the bar's budget. A version that comes
back by a rollback begins a new life as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.promotion.attempts.kept import Kept, find_kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.config.gate_schema import Gate
    from include.promotion.attempts.exam import Exam


@dataclass(frozen=True, kw_only=True)
class ChampionLife:
    """What is known of the present champion's exams before the one that is decided on.

    :param name: the champion's version and the decision that made it champion; empty where nobody asked.
    :param exams: its exams, oldest first.
    :param barred: MLflow runs that may not be kept as challenger: a person has rejected them, somebody has
        rolled back from them.
    """

    name: str = ""
    exams: tuple[Exam, ...] = ()
    barred: frozenset[str] = frozenset()

    @classmethod
    def before(
        cls, exam_of: str, started: int, training_key: str, test_digest: str, exams: Iterable[Exam],
        *, name: str = "", barred: Iterable[str] = (),
    ) -> ChampionLife:  # fmt: skip
        """Return the life as a candidate meets it: only what came before it, and nothing twice.

        The candidate's own record is left out, and so is an earlier exam of the same model on the same rows,
        which proves no more than one.

        :param exam_of: MLflow run of the candidate.
        :param started: when its training began, milliseconds since 1970.
        :param training_key: what it learned from.
        :param test_digest: digest of the test set.
        :param exams: exams against the champion, in any order.
        :param name: as of the class.
        :param barred: as of the class.
        """
        seen = {(training_key, test_digest)}
        kept: list[Exam] = []
        for exam in sorted(exams, key=lambda one: one.order):
            if exam.order < (started, exam_of) and (exam.training_key, exam.test_digest) not in seen:
                seen.add((exam.training_key, exam.test_digest))
                kept.append(exam)
        return cls(name=name, exams=tuple(kept), barred=frozenset(barred))

    @property
    def attempts(self) -> int:
        """How many exams there were before, whatever they compared."""
        return len(self.exams)

    def comparable(self, gate: Gate) -> tuple[Exam, ...]:
        """Return the exams whose gains may be added to those of an exam under a configuration.

        :param gate: the limits of ``model.yaml``.
        """
        return tuple(exam for exam in self.exams if exam.compares(gate.compared, gate.min_gain))

    def kept(self, gate: Gate) -> Kept | None:
        """Return the challenger that sits the next exam; None without one.

        :param gate: the limits of ``model.yaml``.
        """
        return find_kept(self.comparable(gate), self.barred) if gate.challenger else None
