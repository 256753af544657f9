"""Three kinds of evidence that a champion should be replaced, in standard errors, for one bar.

1. The new **candidate**'s own gain.
2. The **pooled** gain of the candidates of the last three exams: what they have in common is the newest
   data, code or configuration, and the newest candidate is promoted for it. It counts while the newest
   candidate gains.
3. The kept **challenger**'s gain over all its exams; it counts while it gains in the newest.

The largest counts. That there are three, and as many tries as exams, is priced into the bar
(:mod:`include.promotion.attempts.bar`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from include.evaluation.buckets import BucketedGain, add_up
from include.evaluation.interval import z_value
from include.rounding import exceeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.promotion.attempts.kept import Kept

POOLED_EXAMS = 3


class EvidenceKind(StrEnum):
    """What was added up."""

    CANDIDATE = "candidate"
    POOLED = "pooled"
    CHALLENGER = "challenger"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One kind of evidence.

    :param kind: what was added up.
    :param exams: over how many exams.
    :param gain: the gain over their rows, ``min_gain`` not taken off.
    :param z: how many standard errors it lies above ``min_gain``, as a normal quantile.
    :param as_of: as-of date (ISO) of the challenger's training; empty for the other kinds.
    """

    kind: EvidenceKind
    exams: int
    gain: BucketedGain
    z: float
    as_of: str = ""

    @property
    def promotes_challenger(self) -> bool:
        """Whether the challenger is promoted for it, and not the new candidate."""
        return self.kind is EvidenceKind.CHALLENGER


def find_evidence(
    gain: BucketedGain,
    earlier: Sequence[BucketedGain],
    min_gain: float,
    *,
    kept: Kept | None = None,
    challenger_gain: BucketedGain | None = None,
) -> tuple[Evidence, ...]:
    """Return what speaks for a promotion, the strongest first; of equal ones the new candidate's first.

    :param gain: the new candidate's gain.
    :param earlier: gains of the candidates of earlier comparable exams against this champion, oldest first.
    :param min_gain: the gain that is asked for.
    :param kept: the challenger as it was kept before this exam; None without one.
    :param challenger_gain: its gain in this exam; None where it could not sit it.
    """
    found = [_weigh(EvidenceKind.CANDIDATE, (gain,), min_gain)]
    if earlier and exceeds(gain.value, min_gain):
        pooled = (*earlier[-(POOLED_EXAMS - 1) :], gain)
        found.append(_weigh(EvidenceKind.POOLED, pooled, min_gain))
    if kept is not None and challenger_gain is not None and exceeds(challenger_gain.value, min_gain):
        sat = kept.with_gain(challenger_gain)
        found.append(_weigh(EvidenceKind.CHALLENGER, sat.gains, min_gain, kept.as_of))
    return tuple(sorted(found, key=lambda one: -one.z if not math.isnan(one.z) else math.inf))


def _weigh(kind: EvidenceKind, gains: Sequence[BucketedGain], min_gain: float, as_of: str = "") -> Evidence:
    """Add up gains and say how far they lie above what is asked for."""
    total = add_up(gains)
    return Evidence(kind=kind, exams=len(gains), gain=total, z=z_value(total, min_gain), as_of=as_of)
