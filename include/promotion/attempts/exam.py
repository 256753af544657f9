"""An exam: one candidate, and the kept challenger if there is one, held against the champion on one test set.

Each exam leaves a record with its gains as bucket sums (:mod:`include.evaluation.buckets`), so that the exams
of a champion's life add up with the standard error that they have although the same entities return.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from include.evaluation.buckets import BucketedGain
from include.records import Record, RecordKind

EXAM = RecordKind(
    name="record of an exam",
    remedy="remove it: the exam then counts neither as an attempt nor as evidence",
)


@dataclass(frozen=True, kw_only=True)
class Exam(Record, kind=EXAM):
    """What one exam found.

    :param candidate: MLflow run of the candidate.
    :param training_key: what it learned from.
    :param as_of: as-of date of its training (ISO), by which people name it.
    :param started: when its training began, milliseconds since 1970; exams come in this order.
    :param test_digest: digest of the test set.
    :param metric: the metric that was compared (:attr:`include.config.schema.Gate.compared`).
    :param min_gain: the gain that was asked for, in the metric's unit.
    :param gain: the candidate's gain over the champion, ``min_gain`` not taken off.
    :param challenger: MLflow run of the challenger that was kept; None without one.
    :param challenger_gain: its gain on the same rows; None where it could not sit the exam.
    :param earlier: candidates of the earlier exams that were known, oldest first.
    :param decision: what the gate decided.
    :param chosen: MLflow run of the model that was to be promoted; None where none was.
    :param evidence: the largest evidence, in standard errors.
    :param bar: what it was held against.
    """

    candidate: str
    training_key: str
    as_of: str
    started: int
    test_digest: str
    metric: str
    min_gain: float
    gain: BucketedGain
    challenger: str | None = None
    challenger_gain: BucketedGain | None = None
    earlier: tuple[str, ...] = ()
    decision: str = ""
    chosen: str | None = None
    evidence: float | None = None
    bar: float | None = None

    @property
    def order(self) -> tuple[int, str]:
        """What exams of one life are ordered by: the same for everybody, whenever each was recorded."""
        return self.started, self.candidate

    def compares(self, metric: str, min_gain: float) -> bool:
        """Return whether its gains may be added to those of an exam of these terms.

        :param metric: the metric that is compared.
        :param min_gain: the gain that is asked for.
        """
        return self.metric == metric and self.min_gain == min_gain

    def repeats(self, other: Exam) -> bool:
        """Return whether it is another exam once more: the same model on the same rows.

        Training is deterministic, so equal keys are equal models; that it was trained twice proves nothing.
        """
        return (self.training_key, self.test_digest) == (other.training_key, other.test_digest)

    def _plain(self) -> dict[str, Any]:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        sat = self.challenger_gain
        fields |= {
            "gain": self.gain.to_plain(),
            "challenger_gain": None if sat is None else sat.to_plain(),
            "earlier": list(self.earlier),
        }
        return fields

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        sat = fields["challenger_gain"]
        return cls(**{
            **fields,
            "gain": BucketedGain.from_plain(fields["gain"]),
            "challenger_gain": None if sat is None else BucketedGain.from_plain(sat),
            "earlier": tuple(fields["earlier"]),
        })
