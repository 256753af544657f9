"""The promotion on probation, and what may follow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProbationDecision(StrEnum):
    """What follows from a probation so far."""

    CONTINUE = "continue"
    KEEP = "keep"
    ASK = "ask"
    ROLL_BACK = "roll back"


@dataclass(frozen=True, kw_only=True)
class OnProbation:
    """The promotion that is looked at.

    :param model: the model's name.
    :param decision_id: the promotion's decision in the ledger.
    :param version: the version that was promoted.
    :param displaced: the one it displaced.
    :param displaced_exists: whether that one can still be rolled back to.
    """

    model: str
    decision_id: str
    version: str
    displaced: str
    displaced_exists: bool = True
