"""Which promotions there were, and what has become of each: read from the changes of the champion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROMOTION, ROLLBACK = "promotion", "rollback"


class PromotionState(StrEnum):
    """How a promotion stands."""

    ON_PROBATION = "on probation"
    ASKED = "asked for a rollback"
    KEPT = "kept"
    ROLLED_BACK = "rolled back"
    SUPERSEDED = "superseded"
    MOVED = "alias moved by hand"
    FIRST = "nothing displaced"
    OFF = "probation is off"


@dataclass(frozen=True, kw_only=True)
class Move:
    """One change of the champion, applied.

    :param decision_id: the decision in the ledger.
    :param kind: ``promotion`` or ``rollback``.
    :param version: the version that serves from then on.
    :param displaced: the version that served before; empty without one.
    :param time: when it was decided, milliseconds since 1970.
    :param as_of: as-of date of the run that promoted (ISO); empty where that is not known.
    """

    decision_id: str
    kind: str
    version: str
    displaced: str
    time: int
    as_of: str


@dataclass(frozen=True, kw_only=True)
class PromotionLife:
    """A promotion, and what ended it.

    :param move: the promotion.
    :param state: how it stands.
    :param ended_by: id of the decision that ended it; empty while none has.
    """

    move: Move
    state: PromotionState
    ended_by: str = ""

    @property
    def open(self) -> bool:
        """Whether evidence may still decide about it."""
        return self.state in {PromotionState.ON_PROBATION, PromotionState.ASKED}

    @property
    def compared(self) -> bool:
        """Whether it displaced a version to compare it with."""
        return self.state is not PromotionState.FIRST


def follow_promotions(
    moves: Iterable[Move], *, serving: str | None, decided: Mapping[str, str], on: bool = True
) -> list[PromotionLife]:
    """Return every promotion with how it stands, newest first.

    The next change of the champion ends a probation, whatever evidence there is: after another promotion the
    question is another one, and after a rollback it is answered. A version that a rollback returns to was
    chosen by a person, and is not on probation again.

    :param moves: every applied change of the champion.
    :param serving: the version that the alias points at; None without one.
    :param decided: id of a promotion to the last word of its probation, ``keep`` or ``ask``.
    :param on: whether the model has a probation.
    """
    ordered = sorted(moves, key=lambda move: move.time, reverse=True)
    found, following = [], None
    for move in ordered:
        if move.kind == PROMOTION:
            state, ended_by = _state(move, following, serving, decided, on=on)
            found.append(PromotionLife(move=move, state=state, ended_by=ended_by))
        following = move
    return found


def _state(
    move: Move, following: Move | None, serving: str | None, decided: Mapping[str, str], *, on: bool
) -> tuple[PromotionState, str]:
    """Return how a promotion stands, and which decision ended it."""
    if not move.displaced or move.displaced == move.version:
        return PromotionState.FIRST, ""
    if decided.get(move.decision_id) == "keep":
        return PromotionState.KEPT, ""
    if following is not None:
        ended = PromotionState.ROLLED_BACK if following.kind == ROLLBACK else PromotionState.SUPERSEDED
        return ended, following.decision_id
    if serving != move.version:
        return PromotionState.MOVED, ""
    if not on:
        return PromotionState.OFF, ""
    return (
        PromotionState.ASKED if decided.get(move.decision_id) == "ask" else PromotionState.ON_PROBATION
    ), ""
