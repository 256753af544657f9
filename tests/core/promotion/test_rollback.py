from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import InputError
from include.promotion.retrain_needed import Known, decide
from include.promotion.rollback import Step, check_reason, find_target, rollback_verdict, rolled_back_by
from include.verdicts import Verdict

pytestmark = pytest.mark.core

ALIASES = {"champion": "4", "previous_champion": "3", "challenger": "5"}


def promotion(time: int, version: str, key: str) -> Step:
    return Step(time=time, decision_id=f"p{time}", version=version, key=key)


def rollback(time: int, left: str, left_key: str, version: str, key: str) -> Step:
    return Step(time=time, decision_id=f"r{time}", version=version, key=key, left=left, left_key=left_key)


HISTORY = [promotion(1, "1", "k1"), promotion(2, "2", "k2")]
BACK = [*HISTORY, rollback(3, "2", "k2", "1", "k1")]
THERE_AGAIN = [*BACK, rollback(4, "1", "k1", "2", "k2")]


@pytest.mark.parametrize(
    ("target", "version"),
    [
        ("previous_champion", "3"),
        ("challenger", "5"),
        ("2", "2"),
        (2, "2"),
        (" 3 ", "3"),
        ("002", "2"),
    ],
)
def test_a_target_is_an_alias_or_a_version(target: object, version: str) -> None:
    assert find_target(ALIASES, target, model="loans") == version


@pytest.mark.parametrize(
    ("aliases", "target", "message"),
    [
        ({}, "previous_champion", "loans has no champion, so there is nothing to roll back from"),
        ({"champion": "1"}, "previous_champion", "no previous champion: version 1 is the first"),
        (ALIASES, "4", "version 4 is loans's champion already; nothing was moved"),
        (ALIASES, "champion", "version 4 is loans's champion already"),
        (ALIASES, "stage", "no alias 'stage'. It has challenger .version 5., champion"),
        (ALIASES, "-1", "'-1' names no version of loans"),
        (ALIASES, "", "'' names no version of loans"),
        (ALIASES, "None", "no alias 'None'"),
    ],
)
def test_a_target_that_can_not_be_is_reported(aliases: dict[str, str], target: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_target(aliases, target, model="loans")


@pytest.mark.parametrize("reason", ["", "  ", "\n", None])
def test_a_rollback_without_a_reason_is_refused(reason: object) -> None:
    with pytest.raises(InputError, match="a rollback needs a reason"):
        check_reason(reason)


def test_a_reason_is_one_line_and_not_endless() -> None:
    assert check_reason("  complaints\nfrom branches ") == "complaints from branches"
    assert len(check_reason("x" * 10_000)) == 2000


def test_the_verdict_says_who_and_why_and_survives_json() -> None:
    verdict = rollback_verdict("loans", left="4", version="3", reason="complaints", by="ann", checked="fine")
    assert verdict.summary == "from version 4 to version 3: complaints"
    assert "by ann: complaints" in verdict.to_text()
    assert "another rollback returns to version 4" in verdict.to_text()
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


def test_both_reasons_of_a_rollback_count_as_passed() -> None:
    verdict = rollback_verdict("loans", left="4", version="3", reason="complaints", by="ann", checked="fine")
    assert [reason.passed for reason in verdict.reasons] == [True, True]


def test_what_was_rolled_back_from_is_forbidden() -> None:
    assert rolled_back_by(HISTORY, key="k2") is None
    assert rolled_back_by(BACK, key="k2") == "r3"
    assert rolled_back_by(BACK, key="k2", version="2") == "r3"
    assert rolled_back_by(BACK, key="k1") is None
    assert rolled_back_by(BACK, key="k3") is None


def test_whoever_returns_to_it_allows_it_and_forbids_the_other() -> None:
    assert rolled_back_by(THERE_AGAIN, key="k2") is None
    assert rolled_back_by(THERE_AGAIN, key="k2", version="2") is None
    assert rolled_back_by(THERE_AGAIN, key="k1") == "r4"


def test_a_version_trained_anew_after_the_rollback_is_allowed_and_one_from_before_is_not() -> None:
    assert rolled_back_by(BACK, key="k2", version="3", since=5) is None
    assert rolled_back_by(BACK, key="k2", version="3", since=3) is None  # not before it is after it
    assert rolled_back_by(BACK, key="k2", version="3", since=2) == "r3"
    assert rolled_back_by(BACK, key="k2", version="2", since=5) == "r3"  # the version itself never


def test_once_it_was_promoted_with_force_it_may_be_rolled_back_from_again() -> None:
    forced = [*BACK, promotion(4, "3", "k2")]
    assert rolled_back_by(forced, key="k2") is None
    assert rolled_back_by(forced, key="k2", version="2", since=1) is None
    assert rolled_back_by([*forced, rollback(5, "3", "k2", "1", "k1")], key="k2") == "r5"


def test_versions_without_a_key_are_told_apart_by_their_number() -> None:
    history = [rollback(3, "2", "", "1", "")]
    assert rolled_back_by(history, key="") is None
    assert rolled_back_by(history, key="", version="2") == "r3"
    assert rolled_back_by(history, key="", version="1") is None


@given(
    moves=st.lists(st.tuples(st.booleans(), st.sampled_from("123")), max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_the_champion_is_never_forbidden_and_what_was_left_last_is(
    moves: list[tuple[bool, str]], order: object
) -> None:
    history, serving = [promotion(0, "1", "k1")], "1"
    for time, (back, version) in enumerate(moves, start=1):
        if version == serving:
            continue
        history.append(
            rollback(time, serving, f"k{serving}", version, f"k{version}")
            if back
            else promotion(time, version, f"k{version}")
        )
        serving = version
    shuffled = list(history)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rolled_back_by(shuffled, key=f"k{serving}") is None
    assert rolled_back_by(shuffled, key=f"k{serving}", version=serving) is None
    if history[-1].left:
        assert rolled_back_by(shuffled, key=history[-1].left_key) == history[-1].decision_id


def test_data_that_was_rolled_back_from_is_not_trained_on_again_whatever_the_test_set() -> None:
    champion = Known(version="1", key="k1", newest="2005-05-31")
    verdict = decide("2005-06-30", "k2", champion=champion, rolled_back_by="r3")
    assert verdict.decision == "skip"
    assert "rolled back from (decision r3); it is not promoted again automatically" in verdict.summary
    assert decide("2005-06-30", "k2", champion=champion, rolled_back_by="r3", force=True).decision == "train"
    assert decide("2005-06-30", "k2", champion=champion).decision == "train"
