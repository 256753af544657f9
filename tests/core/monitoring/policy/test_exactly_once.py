"""Each piece of evidence triggers at most one retraining, through random interleavings.

Two hundred interleavings by default; ``make properties`` runs 10,000 of each machine.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from include.monitoring.policy.exactly_once import decide_once
from include.monitoring.policy.inputs import Champion, PolicyState, WindowFinding
from tests.core.monitoring.policy.airflow_model import LIMITS, Airflow, Monitor, Stage, iso
from tests.core.monitoring.policy.policy_cases import AUGUST, SEPTEMBER, policy, window
from tests.world.examples import examples

pytestmark = pytest.mark.core

DELIVERY = st.fixed_dictionaries({
    "performance": st.sampled_from([
        "worse",
        "worse",
        "worse",
        "good",
        "not mature",
        "not mature",
        "too few rows",
    ]),
    "drift": st.sampled_from(["impactful drift", "impactful drift", "no drift", "inconclusive", None]),
    "bad_data": st.sampled_from([False] * 9 + [True]),
})
DAYS = st.lists(
    st.fixed_dictionaries({
        "passed": st.sampled_from([1, 1, 1, 4]),
        "new_labels": st.sampled_from([0, 100, 500, 500, 500, 500]),
        "matured": st.sampled_from([None, "good", "worse"]),
        "delivery": st.none() | DELIVERY,
    }),
    max_size=2,
)
MANY = examples(
    200,
    stateful_step_count=30,
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

    def let_pass(self, days):
        """Deliveries come, or none, and labels of the oldest open window become known."""
        for day in days:
            self.airflow.today += day["passed"]
            self.airflow.new_labels = day["new_labels"]
            known = self.known()
            for partition, finding in known.items():
                if day["matured"] and finding.performance in {"not mature", "too few rows"}:
                    known[partition] = replace(finding, performance=day["matured"])
                    break
            if day["delivery"]:
                finding = WindowFinding(partition=iso(self.airflow.today), **day["delivery"])
                known[self.airflow.today] = finding

    @rule(back=st.integers(0, 6))
    def another_champion_is_promoted(self, back):
        self.versions += 1
        labels = iso(max(5, self.airflow.today - back))
        self.airflow.champion = Champion(version=str(self.versions), newest_labels=labels)

    def known(self) -> dict[int, WindowFinding]:
        """Return the windows of the present champion, by day."""
        champion = self.airflow.champion
        return self.airflow.windows.setdefault(champion.version if champion else "none", {})

    @invariant()
    def evidence_leads_to_one_retraining(self):
        evidence = [record.evidence for record in self.airflow.started]
        assert len(evidence) == len(set(evidence))

    @invariant()
    def nothing_is_started_or_alerted_for_the_past(self):
        for record in self.airflow.decisions[-2:]:
            if record.decision.verdict.decision != "wait":
                assert iso(record.day) >= record.champion.newest_labels
                assert iso(record.day) >= (record.state.watermark or "")

    @rule(days=DAYS)
    def a_check_that_nobody_disturbs_starts_what_is_due(self, days):
        self.let_pass(days)
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

    @rule(
        days=DAYS,
        days_back=st.lists(st.sampled_from([0, 0, 0, 1, 2, 5]), min_size=1, max_size=3),
        schedule=st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from(["step"] * 8 + ["kill", "clear", "lose"])),
            max_size=16,
        ),
    )
    def checks_run_side_by_side(self, days, days_back, schedule):
        """New runs start, and one thing at a time happens to one of the newest four.

        A policy task that is killed begins anew; a retrain task has only its trigger to repeat. The store may
        lose everything.
        """
        self.let_pass(days)
        self.monitors += [Monitor(max(6, self.airflow.today - back)) for back in days_back]
        for which, event in schedule:
            monitor = self.monitors[-4:][which % min(4, len(self.monitors))]
            if event == "step":
                self.airflow.step(monitor)
            elif event == "lose":
                self.airflow.store = "{}"
            elif event == "kill" and monitor.stage >= Stage.WRITTEN:
                monitor.stage = Stage.WRITTEN
            else:
                monitor.stage = Stage.WAITING

    @precondition(lambda self: self.monitors)
    @rule(which=st.integers(0, 30), whole=st.booleans())
    def an_old_run_is_cleared(self, which, whole):
        """The whole of it, or only its trigger."""
        monitor = self.monitors[which % len(self.monitors)]
        if whole or monitor.stage < Stage.WRITTEN:
            monitor.stage = Stage.WAITING
        else:
            monitor.stage = Stage.WRITTEN
        self.airflow.finish(monitor)

    @precondition(lambda self: self.versions > 1)
    @rule(which=st.integers(0, 4), back=st.integers(0, 6))
    def the_champion_is_rolled_back_or_deleted(self, which, back):
        version, labels = self.versions - which, iso(self.airflow.today - back)
        self.airflow.champion = Champion(version=str(version), newest_labels=labels) if version > 0 else None


class OneAtATime(World):
    """What ``max_active_runs=1`` makes of it: runs follow each other, but die anywhere, for good or not.

    Then the cooldown holds to the day, and so does the watermark.
    """

    @rule(
        days=DAYS,
        back=st.sampled_from([0, 0, 0, 1, 3]),
        dies_at=st.lists(st.integers(0, 4), max_size=3),
        retried=st.booleans(),
    )
    def a_check_runs(self, days, back, dies_at, retried):
        self.let_pass(days)
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
        """For drift from any retraining; for worse performance from the last one against this champion."""
        for earlier, later in combinations(self.airflow.started, 2):
            if later.kind == "performance" and (earlier.kind, earlier.version) != (later.kind, later.version):
                continue
            assert later.day - earlier.day >= LIMITS.cooldown_days

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
