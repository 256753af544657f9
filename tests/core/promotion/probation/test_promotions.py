"""How each promotion stands, from the changes of the champion."""

from __future__ import annotations

import pytest

from include.promotion.probation.promotions import Move, PromotionState, follow_promotions

pytestmark = pytest.mark.core


def move(time, version, displaced="", kind="promotion"):
    return Move(
        decision_id=f"d{time}",
        kind=kind,
        version=version,
        displaced=displaced,
        time=time,
        as_of=f"2005-0{time}-01",
    )


def states(moves, serving, decided=None, **options):
    found = follow_promotions(moves, serving=serving, decided=decided or {}, **options)
    return [(life.move.version, life.state, life.ended_by) for life in found]


FIRST, SECOND, THIRD = move(1, "1"), move(2, "2", "1"), move(3, "3", "2")


def test_a_first_champion_displaced_nothing():
    assert states([FIRST], "1") == [("1", PromotionState.FIRST, "")]


def test_the_newest_promotion_is_on_probation():
    assert states([FIRST, SECOND], "2") == [
        ("2", PromotionState.ON_PROBATION, ""),
        ("1", PromotionState.FIRST, ""),
    ]


def test_another_promotion_supersedes_it():
    assert states([THIRD, FIRST, SECOND], "3")[:2] == [
        ("3", PromotionState.ON_PROBATION, ""),
        ("2", PromotionState.SUPERSEDED, "d3"),
    ]


def test_a_rollback_ends_it_and_puts_nothing_on_probation():
    back = move(3, "1", "2", kind="rollback")
    assert states([FIRST, SECOND, back], "1")[0] == ("2", PromotionState.ROLLED_BACK, "d3")


def test_a_version_that_comes_back_is_not_on_probation_again():
    back, again = move(3, "1", "2", kind="rollback"), move(4, "2", "1", kind="rollback")
    assert states([FIRST, SECOND, back, again], "2")[0] == ("2", PromotionState.ROLLED_BACK, "d3")


def test_a_promotion_after_a_rollback_is_compared_with_what_the_rollback_returned_to():
    back, new = move(3, "1", "2", kind="rollback"), move(4, "3", "1")
    found = follow_promotions([FIRST, SECOND, back, new], serving="3", decided={})
    assert (found[0].move.displaced, found[0].state) == ("1", PromotionState.ON_PROBATION)


def test_kept_is_kept_whatever_follows():
    assert states([FIRST, SECOND], "2", {"d2": "keep"})[0] == ("2", PromotionState.KEPT, "")
    assert states([FIRST, SECOND, THIRD], "3", {"d2": "keep"})[1] == ("2", PromotionState.KEPT, "")


def test_asked_is_open_until_somebody_decides():
    (newest, _) = follow_promotions([FIRST, SECOND], serving="2", decided={"d2": "ask"})
    assert newest.state is PromotionState.ASKED
    assert newest.open
    assert states([FIRST, SECOND, THIRD], "3", {"d2": "ask"})[1][1] is PromotionState.SUPERSEDED


def test_an_alias_that_was_moved_by_hand_ends_it():
    assert states([FIRST, SECOND], "1")[0] == ("2", PromotionState.MOVED, "")
    assert states([FIRST, SECOND], None)[0] == ("2", PromotionState.MOVED, "")


def test_off_is_off():
    assert states([FIRST, SECOND], "2", on=False)[0] == ("2", PromotionState.OFF, "")


def test_a_version_does_not_displace_itself():
    assert states([FIRST, move(2, "1", "1")], "1")[0][1] is PromotionState.FIRST
