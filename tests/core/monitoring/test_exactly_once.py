"""One evidence, one retraining, through random interleavings of everything that may happen to a task.

A few hundred interleavings by default; ``make properties`` runs 10,000 of each machine.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from include.monitoring.exactly_once import decide_once
from include.monitoring.policy import Champion, PolicyState, WindowFinding
from tests.core.monitoring.airflow_model import LIMITS, Airflow, Monitor, Stage, iso
from tests.core.monitoring.policy_cases import AUGUST, SEPTEMBER, policy, window

pytestmark = pytest.mark.core

PERFORMANCE = st.sampled_from(["worse", "worse", "good", "not yet", "not yet", "too few"])
DRIFT = st.sampled_from(["matters", "matters", "quiet", "can't tell", None])
MANY = settings(
    max_examples=max(300, settings().max_examples),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class World(RuleBasedStateMachine):
    """What happens around the monitoring runs: days pass, labels mature, champions change."""

    def __init__(self) -> None:
        super().__init__()
        self.airflow = Airflow()
        self.monitors: list[Monitor] = []
        self.versions = 1

    @initialize(performance=PERFORMANCE, drift=DRIFT)
    def first_window(self, performance, drift):
        self.add_window(performance, drift)

    def add_window(self, performance, drift, *, bad_data=False):
        if self.airflow.champion is None:
            return
        day = self.airflow.today
        finding = WindowFinding(partition=iso(day), performance=performance, drift=drift, bad_data=bad_data)
        self.airflow.windows.setdefault(self.airflow.champion.version, {})[day] = finding

    @rule(
        performance=PERFORMANCE, drift=DRIFT, bad_data=st.integers(0, 9), days=st.sampled_from([1, 1, 1, 4])
    )
    def a_new_delivery_comes(self, performance, drift, bad_data, days):
        self.airflow.today += days
        self.add_window(performance, drift, bad_data=bad_data == 9)

    @rule(performance=st.sampled_from(["good", "worse"]))
    def labels_become_known(self, performance):
        for day, finding in self.known().items():
            if finding.performance in {"not yet", "too few"}:
                self.known()[day] = replace(finding, performance=performance)
                return

    @rule(new_labels=st.sampled_from([0, 99, 100, 500, 500, 500]))
    def the_number_of_new_labels_changes(self, new_labels):
        self.airflow.new_labels = new_labels

    @rule(drift=DRIFT, back=st.integers(0, 6))
    def another_champion_is_promoted(self, drift, back):
        self.versions += 1
        labels = iso(max(5, self.airflow.today - back))
        self.airflow.champion = Champion(version=str(self.versions), newest_labels=labels)
        self.add_window("not yet", drift)

    def known(self) -> dict[int, WindowFinding]:
        champion = self.airflow.champion
        return self.airflow.windows.get(champion.version, {}) if champion else {}

    @invariant()
    def one_evidence_leads_to_one_retraining(self):
        evidence = [record.evidence for record in self.airflow.started]
        assert len(evidence) == len(set(evidence))

    @invariant()
    def nothing_is_started_or_alerted_for_the_past(self):
        for record in self.airflow.decisions[-2:]:
            if record.decision.verdict.decision != "wait":
                assert iso(record.day) >= record.champion.newest_labels
                assert iso(record.day) >= (record.state.watermark or "")

    @rule()
    def a_check_that_nobody_disturbs_starts_what_is_due(self):
        started = {record.evidence for record in self.airflow.started}
        cooling_since = max(
            (
                record.day
                for record in self.airflow.decisions
                if record.begins_cooldown and record.evidence in started
            ),
            default=-LIMITS.cooldown_days,
        )
        self.airflow.finish(Monitor(self.airflow.today))
        made = self.airflow.decisions[-1]
        failed = {reason.rule for reason in made.decision.verdict.reasons if reason.passed is False}
        if failed - {"not acted on yet", "cooldown"} or made.evidence in started:
            return  # nothing is due: what these rules say is tested one by one elsewhere
        if self.airflow.today - cooling_since >= LIMITS.cooldown_days:
            assert made.evidence == self.airflow.started[-1].evidence, "a retraining was lost"


class Interleaved(World):
    """Everything at once: two monitors, backfills, kills between any two steps, a store that forgets."""

    some = st.integers(0, 30)

    @rule(back=st.sampled_from([0, 0, 0, 1, 2, 5]))
    def a_check_begins(self, back):
        self.monitors.append(Monitor(max(6, self.airflow.today - back)))

    @precondition(lambda self: self.monitors)
    @rule(which=some, steps=st.integers(1, 4))
    def a_check_goes_on(self, which, steps):
        for _ in range(steps):
            self.airflow.step(self.monitors[which % len(self.monitors)])

    @precondition(lambda self: self.monitors)
    @rule(which=some)
    def a_task_is_killed_and_retried_or_cleared(self, which):
        """A policy task begins anew; a retrain task has only its trigger to repeat."""
        monitor = self.monitors[which % len(self.monitors)]
        monitor.stage = Stage.WRITTEN if monitor.stage >= Stage.WRITTEN else Stage.WAITING

    @precondition(lambda self: self.monitors)
    @rule(which=some)
    def a_run_is_cleared_from_the_policy_on(self, which):
        self.monitors[which % len(self.monitors)].stage = Stage.WAITING

    @rule()
    def the_store_is_lost(self):
        self.airflow.store = "{}"

    @precondition(lambda self: self.versions > 1)
    @rule(which=some)
    def an_earlier_champion_comes_back(self, which):
        version = str(which % self.versions + 1)
        self.airflow.champion = Champion(version=version, newest_labels=iso(5))

    @rule()
    def the_champion_is_deleted(self):
        self.airflow.champion = None


class OneAtATime(World):
    """What ``max_active_runs=1`` makes of it: runs follow each other, but die anywhere, for good or not.

    Then the cooldown holds to the day, and so does the watermark.
    """

    @rule(
        back=st.sampled_from([0, 0, 0, 1, 3]),
        dies_at=st.lists(st.integers(0, 4), max_size=3),
        retried=st.booleans(),
    )
    def a_check_runs(self, back, dies_at, retried):
        monitor = Monitor(max(6, self.airflow.today - back))
        for stage in dies_at:
            while monitor.stage < stage:
                self.airflow.step(monitor)
            monitor.stage = Stage.WRITTEN if monitor.stage >= Stage.WRITTEN else Stage.WAITING
        if retried or not dies_at:
            self.airflow.finish(monitor)
        self.monitors.append(monitor)

    @precondition(lambda self: self.monitors)
    @rule(which=st.integers(0, 30))
    def an_old_run_is_cleared(self, which):
        monitor = self.monitors[which % len(self.monitors)]
        monitor.stage = Stage.WAITING
        self.airflow.finish(monitor)

    @precondition(lambda self: PolicyState.from_dict(json.loads(self.airflow.store)).pending is None)
    @rule()
    def old_retraining_runs_are_deleted(self):
        self.airflow.runs.clear()

    @invariant()
    def the_cooldown_holds(self):
        days = [record.day for record in self.airflow.started]
        assert all(later - earlier >= LIMITS.cooldown_days for earlier, later in pairwise(days))

    @invariant()
    def no_retraining_is_older_than_a_decision_before(self):
        watched = [record.day for record in self.airflow.written if record.champion is not None]
        if watched and self.airflow.written[-1].decision.run_id:
            assert self.airflow.written[-1].day == max(watched)


TestInterleaved = pytest.mark.timeout(3600)(Interleaved.TestCase)
TestInterleaved.settings = MANY
TestOneAtATime = pytest.mark.timeout(3600)(OneAtATime.TestCase)
TestOneAtATime.settings = MANY


# --- the same, told one by one
# ------------------------------------------------------------------------------------


def nothing_exists(run_id: str) -> bool:
    return False


def everything_exists(run_id: str) -> bool:
    return True


def decide_august(state, exists, **changes):
    return decide_once(lambda known: policy(window(AUGUST, "worse"), state=known, **changes), state, exists)


def test_a_first_decision_hands_on_and_remembers_the_intention():
    decision = decide_august(PolicyState(), nothing_exists)
    assert decision.verdict.decision == "retrain"
    assert decision.state.pending == decision.run_id


def test_a_crash_between_state_and_trigger_loses_nothing():
    first = decide_august(PolicyState(), nothing_exists)
    again = decide_august(first.state, nothing_exists)
    assert (again.verdict.decision, again.run_id) == ("retrain", first.run_id)


def test_once_the_run_was_seen_the_state_says_so_even_after_it_was_deleted():
    first = decide_august(PolicyState(), nothing_exists)
    seen = decide_august(first.state, everything_exists)
    assert seen.verdict.decision == "wait"
    assert seen.state.pending is None
    assert decide_august(seen.state, nothing_exists).verdict.decision == "wait"


def test_after_the_state_was_lost_the_run_itself_is_remembered():
    first = decide_august(PolicyState(), nothing_exists)
    found = decide_august(PolicyState(), everything_exists)
    assert found.verdict.decision == "wait"
    assert "already acted on" in found.verdict.summary
    assert found.state == first.state.started()


def test_a_retraining_found_again_begins_no_second_cooldown():
    state = PolicyState(watermark=AUGUST, last_retraining=AUGUST, last_evidence="0123456789abcdef")
    found = decide_august(state, everything_exists)
    assert found.verdict.decision == "wait"
    assert found.state.last_retraining == AUGUST
    assert found.state.watermark == SEPTEMBER
