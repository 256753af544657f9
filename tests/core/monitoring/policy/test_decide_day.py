"""A day of the policy: from findings and memory to a decision and a new memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.monitoring.drift.decision import _DECISIONS_BEFORE, DriftDecision
from include.monitoring.policy.decide_day import DayDecision, NewestDrift, decide_day, find_windows
from include.monitoring.policy.inputs import Champion, PolicyState
from include.monitoring.policy.missing import BROKEN, GONE, MissingDelivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY, AUGUST = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31"
IMPACTFUL, NONE = DriftDecision.IMPACTFUL, DriftDecision.NO_DRIFT


@pytest.fixture
def live(make_config: Callable[..., ModelConfig]) -> Callable[..., DayDecision]:
    """Decide as of July under a champion that knows labels up to May."""

    def decide(**changes: Any) -> DayDecision:
        given: dict[str, Any] = {
            "as_of": JULY,
            "champion": Champion(version="3", newest_labels=MAY),
            "windows": [{"partition": JUNE, "status": "good"}, {"partition": JULY, "status": "not mature"}],
            "newest": NewestDrift(partition=JULY, decision="no drift", version="3"),
            "remembered": {},
            "missing": (),
            "new_labels": 5000,
            "state": PolicyState(),
            "exists": lambda run_id: False,
        }
        return decide_day(make_config(), **given | changes)

    return decide


def test_a_day_without_evidence_waits_and_remembers_the_drift_check(live: Callable[..., DayDecision]) -> None:
    found = live(remembered={JUNE: IMPACTFUL})
    assert found.decision.verdict.decision == "wait"
    assert found.decision.run_id is None
    assert found.decision.state.watermark == JULY
    assert found.drift == {JUNE: IMPACTFUL, JULY: NONE}


def test_as_many_drift_decisions_are_remembered_as_the_policy_looks_at(
    live: Callable[..., DayDecision],
) -> None:
    found = live(remembered=dict.fromkeys((APRIL, MAY, JUNE), NONE))
    assert found.drift == dict.fromkeys((MAY, JUNE, JULY), NONE)


def test_drift_today_is_evidence_once(live: Callable[..., DayDecision]) -> None:
    drifted = NewestDrift(partition=JULY, decision="impactful drift", version="3")
    found = live(newest=drifted)
    assert found.decision.verdict.decision == "retrain"
    assert found.decision.run_id is not None
    assert found.decision.state.pending == found.decision.run_id
    again = live(newest=drifted, state=found.decision.state, exists=lambda run_id: True)
    assert again.decision.verdict.decision == "wait"
    assert again.decision.run_id is None


def test_a_word_of_an_earlier_release_is_understood(live: Callable[..., DayDecision]) -> None:
    old = next(word for word, decision in _DECISIONS_BEFORE.items() if decision is IMPACTFUL)
    found = live(newest=NewestDrift(partition=JULY, decision=old, version="3"))
    assert found.drift == {JULY: IMPACTFUL}


@pytest.mark.parametrize(
    "newest",
    [
        NewestDrift(partition=JULY, decision="impactful drift", version="2"),
        NewestDrift(partition=JULY, decision=None, version="3"),
    ],
)
def test_a_check_against_another_champion_or_none_says_nothing(
    live: Callable[..., DayDecision], newest: NewestDrift
) -> None:
    found = live(newest=newest)
    assert found.decision.verdict.decision == "wait"
    assert found.drift == {}


def test_without_a_champion_nothing_is_remembered(live: Callable[..., DayDecision]) -> None:
    found = live(champion=None, remembered={JUNE: IMPACTFUL})
    assert found.decision.verdict.decision == "wait"
    assert found.drift is None
    assert found.decision.state == PolicyState()


def test_a_day_in_the_past_changes_no_memory(live: Callable[..., DayDecision]) -> None:
    state = PolicyState(watermark=AUGUST)
    found = live(state=state, newest=NewestDrift(partition=JULY, decision="impactful drift", version="3"))
    assert found.decision.verdict.decision == "wait"
    assert found.decision.state == state
    assert found.drift is None


def test_windows_are_what_all_checks_know_oldest_first() -> None:
    missing = [
        MissingDelivery(table="features", partition=AUGUST, reason=BROKEN),
        MissingDelivery(table="labels", partition=MAY, reason=BROKEN),
        MissingDelivery(table="features", partition=APRIL, reason=GONE),
    ]
    found = find_windows([{"partition": JULY, "status": "worse"}], {JUNE: IMPACTFUL}, missing)
    assert [(one.partition, one.drift, one.performance, one.bad_data) for one in found] == [
        (JUNE, IMPACTFUL, None, False), (JULY, None, "worse", False), (AUGUST, None, None, True),
    ]  # fmt: skip
