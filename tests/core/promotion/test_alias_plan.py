from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import StaleDecisionError
from include.promotion.alias_plan import AliasStep, check_current, decision_id, plan_aliases

pytestmark = pytest.mark.core

VERSIONS = st.sampled_from("1234")
ALIASES = st.dictionaries(st.sampled_from(["champion", "challenger", "previous_champion"]), VERSIONS)


def apply(aliases, steps):
    """Apply steps and yield the aliases after each of them."""
    now = dict(aliases)
    for step in steps:
        if step.version is None:
            del now[step.alias]
        else:
            now[step.alias] = step.version
        yield dict(now)


def test_the_first_champion_has_no_previous_one():
    plan = plan_aliases({"challenger": "1"}, "1")
    assert plan.steps == (
        AliasStep(alias="champion", version="1"),
        AliasStep(alias="challenger", version=None),
    )
    assert (plan.champion, plan.previous_champion) == ("1", None)


def test_previous_champion_is_set_before_champion():
    plan = plan_aliases({"champion": "3", "previous_champion": "1", "challenger": "4"}, "4")
    assert plan.steps == (
        AliasStep(alias="previous_champion", version="3"),
        AliasStep(alias="champion", version="4"),
        AliasStep(alias="challenger", version=None),
    )
    assert (plan.champion, plan.previous_champion) == ("4", "3")


def test_nothing_is_left_to_do_once_everything_is_in_its_place():
    assert plan_aliases({"champion": "4", "previous_champion": "3"}, "4").steps == ()


def test_a_newer_challenger_is_left_alone():
    plan = plan_aliases({"champion": "3", "challenger": "5"}, "4")
    assert "challenger" not in {step.alias for step in plan.steps}


def test_rolling_back_twice_returns():
    aliases = {"champion": "4", "previous_champion": "3"}
    *_, once = apply(aliases, plan_aliases(aliases, "3").steps)
    assert once == {"champion": "3", "previous_champion": "4"}
    *_, twice = apply(once, plan_aliases(once, once["previous_champion"]).steps)
    assert twice == aliases


@given(aliases=ALIASES, version=VERSIONS)
def test_the_steps_lead_where_the_plan_says(aliases, version):
    plan = plan_aliases(aliases, version)
    end = [aliases, *apply(aliases, plan.steps)][-1]
    assert end["champion"] == version == plan.champion
    assert end.get("previous_champion") == plan.previous_champion
    assert end.get("challenger") != version
    assert plan_aliases(end, version).steps == ()


@given(aliases=ALIASES, version=VERSIONS)
def test_once_there_is_a_champion_there_is_one_at_every_moment(aliases, version):
    for now in apply(aliases, plan_aliases(aliases, version).steps):
        if "champion" in aliases:
            assert now["champion"] in {aliases["champion"], version}


@given(aliases=ALIASES, version=VERSIONS, done=st.integers(0, 3))
def test_a_crash_at_any_step_and_a_new_plan_lead_to_the_same_end(aliases, version, done):
    plan = plan_aliases(aliases, version)
    crashed = [aliases, *apply(aliases, plan.steps[:done])][-1]
    again = plan_aliases(crashed, version)
    end = [crashed, *apply(crashed, again.steps)][-1]
    assert end == [aliases, *apply(aliases, plan.steps)][-1]


@given(aliases=ALIASES, version=VERSIONS)
def test_the_old_champion_becomes_the_previous_one(aliases, version):
    serving = aliases.get("champion")
    if serving not in {None, version}:
        assert plan_aliases(aliases, version).previous_champion == serving


@pytest.mark.parametrize(
    ("aliases", "compared_with"),
    [
        ({"champion": "3"}, "3"),
        ({}, None),
        ({"champion": "4"}, "3"),  # a retry: the version serves already
        ({"champion": "4"}, None),
    ],
)
def test_a_decision_holds_while_its_champion_serves(aliases, compared_with):
    check_current(aliases, "4", compared_with)


@pytest.mark.parametrize(
    ("aliases", "compared_with", "message"),
    [
        ({"champion": "5"}, "3", "compared with version 3, but version 5 is champion now"),
        ({"champion": "5"}, None, "compared with no champion, but version 5 is champion now"),
        ({}, "3", "compared with version 3, but there is no champion now"),
    ],
)
def test_a_decision_about_another_champion_is_stale(aliases, compared_with, message):
    with pytest.raises(StaleDecisionError, match=message) as caught:
        check_current(aliases, "4", compared_with)
    assert "nothing was moved; run the training DAG again" in str(caught.value)


def test_a_decision_id_depends_on_everything_and_on_nothing_else():
    assert decision_id("credit_risk", "gate", "run 1") == decision_id("credit_risk", "gate", "run 1")
    ids = {
        decision_id("credit_risk", "gate", "run 1"),
        decision_id("credit_risk", "gate", "run 2"),
        decision_id("credit_risk", "promotion", "run 1"),
        decision_id("other", "gate", "run 1"),
        decision_id("credit_risk", "gate", "run", "1"),
        decision_id("credit_risk", "gate"),
    }
    assert len(ids) == 6
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids)
