"""A champion that has become too old is examined again, once for each time it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from include.config.monitoring_schema import Policy
from include.errors import DataError
from include.monitoring.policy.assessment import assess
from include.monitoring.policy.counterfactuals import find_changes
from include.monitoring.policy.exactly_once import decide_once
from include.monitoring.policy.inputs import Champion, PolicyInputs, PolicyState
from tests.core.monitoring.policy.policy_cases import (
    AUGUST,
    JUNE,
    LIMITS,
    MAY,
    SEPTEMBER,
    found,
    outcome,
    policy,
    window,
)  # fmt: skip

if TYPE_CHECKING:
    from include.monitoring.policy.decide import Decision

pytestmark = pytest.mark.core

HUNDRED = LIMITS.model_copy(update={"max_age_days": 100})
OLD = Champion(version="3", newest_labels=MAY, trained="2005-06-01")  # 121 days before 30 September
GOOD = window(AUGUST, performance="good", drift="no drift")


def aged(*findings: Any, **changes: Any) -> Decision:
    return policy(*findings, **{"champion": OLD, "limits": HUNDRED, **changes})


def test_age_alone_starts_a_retraining() -> None:
    decision = aged(GOOD)
    assert decision.verdict.decision == "retrain"
    assert decision.verdict.summary == (
        "the champion was trained as of 2005-06-01 and was to be examined again on 2005-09-09, and there is "
        "something to learn from: 2,000 new labelled rows since champion version 3"
    )
    assert (outcome(decision, "age"), found(decision, "age")) == (True, "121 days, trained as of 2005-06-01")
    assert decision.verdict.inputs["evidence"]["due"] == "2005-09-09"
    assert decision.state.last_evidence == decision.evidence
    assert decision.state.last_worse is None


def test_a_young_champion_and_one_of_unknown_age_wait() -> None:
    assert aged(GOOD, as_of="2005-09-08").verdict.decision == "wait"
    assert aged(GOOD, as_of="2005-09-09").verdict.decision == "retrain"
    unknown = aged(GOOD, champion=replace(OLD, trained=""))
    assert (unknown.verdict.decision, found(unknown, "age")) == (
        "wait", "the date of its training was not recorded",
    )  # fmt: skip


def test_without_a_limit_age_does_not_count() -> None:
    decision = aged(GOOD, limits=LIMITS)
    assert decision.verdict.decision == "wait"
    assert "age" not in {reason.rule for reason in decision.verdict.reasons}
    assert "max_age_days" not in decision.verdict.thresholds
    assert "trained" not in decision.verdict.inputs["champion"]


def test_the_same_age_starts_one_retraining_whatever_the_day_and_the_next_time_another() -> None:
    started: set[str] = set()
    state = PolicyState()
    days = []
    for as_of in ("2005-09-10", "2005-09-11", "2005-09-30", "2005-12-17", "2005-12-18", "2005-12-19"):
        decision = decide_once(
            lambda known, as_of=as_of: aged(GOOD, as_of=as_of, state=known), state, started.__contains__
        )
        state = decision.state
        if decision.run_id is not None:
            started.add(decision.run_id)
            days.append(as_of)
    assert days == ["2005-09-10", "2005-12-18"]
    lost = decide_once(
        lambda known: aged(GOOD, as_of="2005-12-19", state=known), PolicyState(), started.__contains__
    )
    assert lost.run_id is None, "the state was lost, and Airflow has the run"


def test_what_was_found_outranks_age_and_age_what_was_acted_on() -> None:
    worse = window(AUGUST, performance="worse")
    first = aged(worse)
    assert first.verdict.inputs["evidence"]["kind"] == "performance"
    acted_on = PolicyState(watermark=AUGUST, last_retraining=AUGUST, last_evidence=first.evidence)
    again = aged(worse, state=acted_on)
    assert again.verdict.inputs["evidence"]["kind"] == "age"
    assert again.verdict.decision == "retrain"


@pytest.mark.parametrize(
    ("changes", "rule", "decision"),
    [
        ({"new_labels": 10}, "new labels", "wait"),
        ({"state": PolicyState(watermark=SEPTEMBER, last_retraining="2005-09-28")}, "cooldown", "wait"),
        ({"champion": None}, "champion", "wait"),
    ],
)
def test_age_asks_for_what_every_retraining_does(changes: dict[str, Any], rule: str, decision: str) -> None:
    made = aged(GOOD, **changes)
    assert (made.verdict.decision, outcome(made, rule)) == (decision, False)


@pytest.mark.parametrize("findings", [(), (GOOD,), (window(JUNE, performance="worse"), GOOD)])
def test_every_counterfactual_of_age_is_true(findings: tuple[Any, ...]) -> None:
    inputs = PolicyInputs(
        findings=findings, model="credit_risk", champion=OLD, as_of=SEPTEMBER, new_labels=2000,
        state=PolicyState(), limits=HUNDRED,
    )  # fmt: skip
    away = find_changes(assess(inputs))
    assert "max_age_days above 121" in away[0].sentence
    assert all(change.assessment.failure is not None for change in away)
    acted_on = PolicyState(watermark=AUGUST, last_retraining=AUGUST, last_evidence=assess(inputs).digest)
    (towards,) = find_changes(assess(replace(inputs, state=acted_on)))
    assert towards.sentence == "the same champion on 2005-12-18 or later"
    assert towards.assessment.failure is None


def test_a_date_that_is_none_is_an_error() -> None:
    with pytest.raises(DataError, match="training"):
        aged(GOOD, champion=replace(OLD, trained="in June"))


def test_the_limit_is_off_unless_it_is_set() -> None:
    assert Policy().max_age_days is None
