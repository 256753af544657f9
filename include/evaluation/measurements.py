"""What was measured of a candidate and the champion, in whichever way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.evaluation.buckets import BucketedGain
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.slices import SliceResult

CANDIDATE, CHAMPION = "candidate", "champion"


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Figures on one test set; the champion's are None where it has no scores.

    :param rows: rows of the test set.
    :param entities: how many entities they are of.
    :param positives: rows of class 1; None where there are not two classes.
    :param target: what its target holds, in a few words.
    :param candidate: each metric of the candidate.
    :param champion: each metric of the champion.
    :param gains: how much better the candidate is (above 0: better, whatever the metric).
    :param over_trivial: how much better the candidate is than a model that has learned nothing.
    :param slices: what was found on each slice.
    :param bucketed: the gains in a form that adds up.
    """

    rows: int
    entities: int
    positives: int | None
    target: str
    candidate: dict[str, ConfidenceInterval]
    champion: dict[str, ConfidenceInterval] | None
    gains: dict[str, ConfidenceInterval] | None
    over_trivial: dict[str, ConfidenceInterval]
    slices: tuple[SliceResult, ...]
    bucketed: dict[str, BucketedGain] | None
