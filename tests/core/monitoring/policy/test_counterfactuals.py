"""What would have changed a decision is true: whoever makes the change gets the other decision."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.monitoring_schema import Policy
from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.monitoring.policy import rules
from include.monitoring.policy.assessment import assess
from include.monitoring.policy.counterfactuals import find_changes, find_counterfactuals
from include.monitoring.policy.decide import decide
from include.monitoring.policy.inputs import Champion, PolicyInputs, PolicyState, WindowFinding
from include.monitoring.policy.missing import BROKEN, GONE, MissingDelivery
from tests.core.monitoring.policy.policy_cases import (
    AUGUST,
    CHAMPION,
    JULY,
    LIMITS,
    SEPTEMBER,
    TWO_OF_THREE,
    bad,
    policy,
    window,
)
from tests.world.examples import examples

pytestmark = pytest.mark.core

WORSE, GOOD = window(AUGUST, "worse"), window(AUGUST, "good")
DRIFTED = window(SEPTEMBER, "not mature", "impactful drift")
USED = PolicyState(
    watermark=SEPTEMBER, last_retraining="2005-09-28", last_evidence="0123456789abcdef",
    last_worse="2005-09-28", last_worse_version="3",
)  # fmt: skip


def said(*findings, **changed):
    return policy(*findings, **changed).verdict.counterfactuals


def decided(*findings, **changed):
    return policy(*findings, **changed).verdict.decision


def test_a_good_window_would_stop_a_retraining():
    assert "good performance in 2005-08-31" in said(WORSE)
    assert decided(GOOD) == "wait"


def test_where_drift_would_take_over_both_must_be_mended():
    assert "good performance in 2005-08-31 and no impactful drift in 2005-09-30" in said(WORSE, DRIFTED)
    assert decided(GOOD, DRIFTED) == "retrain"
    assert decided(GOOD, replace(DRIFTED, drift="no drift")) == "wait"


def test_fewer_labels_would_stop_a_retraining():
    assert "fewer than 1,000 new labelled rows; there are 2,000" in said(WORSE)
    assert decided(WORSE, new_labels=999) == "alert"


def test_an_earlier_retraining_would_stop_a_retraining():
    assert "a retraining for worse performance on 2005-09-24 or later" in said(WORSE)
    assert "a retraining on 2005-09-24 or later" in said(DRIFTED)
    for day, expected in (("2005-09-24", "wait"), ("2005-09-23", "retrain")):
        assert decided(WORSE, state=PolicyState(last_retraining=day, last_worse=day)) == expected
        assert decided(DRIFTED, state=PolicyState(last_retraining=day)) == expected


def test_bad_data_would_stop_a_retraining():
    assert "a delivery of 2005-08-31 outside its data contract" in said(WORSE)
    assert decided(bad(AUGUST)) == "alert"


def test_without_a_cooldown_none_is_named():
    assert not any("a retraining" in sentence for sentence in said(WORSE, limits=Policy(cooldown_days=0)))


def test_a_worse_window_would_start_a_retraining():
    assert said(window(JULY, "worse"), GOOD) == (
        "performance found worse in at least 1 of the last 3 windows, the newest among them; it is in 1 of 2",
    )
    assert decided(window(JULY, "worse"), WORSE) == "retrain"


def test_drift_would_start_a_retraining_where_no_label_is_known():
    assert said(window(SEPTEMBER, "not mature", "no drift")) == (
        "impactful drift in at least 1 of the last 3 windows, the newest among them, as long as their "
        "labels are "
        "not known",
    )
    assert decided(DRIFTED) == "retrain"


def test_more_labels_would_start_a_retraining():
    assert said(WORSE, new_labels=120) == ("1,000 new labelled rows or more; there are 120",)
    assert decided(WORSE, new_labels=1000) == "retrain"


def test_the_end_of_the_cooldown_would_start_a_retraining():
    assert said(WORSE, state=USED) == ("the same found on 2005-10-05 or later",)
    assert decided(WORSE, state=USED, as_of="2005-10-04") == "wait"
    assert decided(WORSE, state=USED, as_of="2005-10-05") == "retrain"


def test_cooldown_and_labels_are_both_needed():
    assert said(WORSE, state=USED, new_labels=0) == (
        "for a retraining, all 2 needed: 1,000 new labelled rows or more; there are 0",
        "for a retraining, all 2 needed: the same found on 2005-10-05 or later",
    )
    assert decided(WORSE, state=USED, new_labels=1000) == "wait"
    assert decided(WORSE, state=USED, new_labels=0, as_of="2005-10-05") == "alert"
    assert decided(WORSE, state=USED, new_labels=1000, as_of="2005-10-05") == "retrain"


def test_another_window_would_start_a_retraining_where_the_evidence_was_used():
    state = replace(policy(WORSE, as_of=AUGUST).state.started(), watermark=SEPTEMBER)
    assert said(WORSE, state=state) == ("another window in which performance is worse",)
    assert decided(WORSE, window(SEPTEMBER, "worse"), state=state) == "retrain"


def test_another_drifted_window_would_start_a_retraining_where_drift_was_used():
    drifted = window(AUGUST, "not mature", "impactful drift")
    state = replace(policy(drifted, as_of=AUGUST).state.started(), watermark=SEPTEMBER)
    assert said(drifted, state=state) == ("another window in which drift is impactful",)
    assert decided(drifted, DRIFTED, state=state) == "retrain"


def test_the_newest_window_is_the_one_that_would_stop_a_retraining():
    found = said(window(JULY, "worse"), WORSE)
    assert "good performance in 2005-08-31" in found
    assert "a delivery of 2005-08-31 outside its data contract" in found
    assert decided(window(JULY, "worse"), GOOD) == "wait"
    assert decided(replace(window(JULY, "worse")), bad(AUGUST)) == "alert"


def test_as_many_windows_as_the_policy_looks_at_are_counted():
    months = [window(month, "good") for month in ("2005-04-30", "2005-05-31", "2005-06-30")]
    assert said(window("2005-03-31", "worse"), *months[:2], window(JULY, "worse"), GOOD) == (
        "performance found worse in at least 1 of the last 3 windows, the newest among them; it is in 1 of 3",
    )


def test_the_past_would_have_to_be_the_present():
    changed = {"state": PolicyState(watermark=SEPTEMBER), "as_of": AUGUST}
    assert said(WORSE, **changed) == ("the same found in a run as of 2005-09-30 or later",)
    assert decided(WORSE, **{**changed, "as_of": SEPTEMBER}) == "retrain"


def test_good_data_would_start_a_retraining():
    spoiled = replace(WORSE, bad_data=True)
    assert said(spoiled) == ("the delivery of 2005-08-31 within its data contract: have it delivered again",)
    assert decided(WORSE) == "retrain"


def test_a_champion_is_the_first_thing_needed():
    first, second = said(champion=None)
    assert first == (
        "for a retraining, all 2 needed: a champion: run credit_risk_training, or promote a version"
    )
    assert "impactful drift" in second
    assert decided(DRIFTED, champion=CHAMPION) == "retrain"


def test_too_few_windows_are_filled_up():
    assert said(WORSE, limits=TWO_OF_THREE) == (
        "performance found worse in at least 2 of the last 3 windows, the newest among them; it is in 1 of 1",
    )
    assert decided(window(JULY, "worse"), WORSE, limits=TWO_OF_THREE) == "retrain"


class TestTheSmallestChange:
    """A change goes as far as it must, and its inputs are what its sentence says."""

    def changed(self, *findings, **changes):
        usual = {
            "model": "credit_risk", "champion": CHAMPION, "as_of": SEPTEMBER, "new_labels": 2000,
            "state": PolicyState(), "limits": LIMITS,
        }  # fmt: skip
        made = find_changes(assess(PolicyInputs(findings=findings, **{**usual, **changes})))
        return {" ".join(change.sentence.split()[:2]): change.assessment.inputs for change in made}

    def test_away_from_a_retraining(self):
        found = self.changed(window(JULY, "good"), WORSE, state=PolicyState(watermark=JULY))
        assert found["fewer than"].new_labels == 999
        assert found["a delivery"].findings == (window(JULY, "good"), replace(WORSE, bad_data=True))
        assert found["good performance"].findings == (window(JULY, "good"), GOOD)

    def test_the_last_day_of_the_cooldown(self):
        limits = Policy(windows=3, breaches=1, cooldown_days=1, min_new_labels=1000)
        found = self.changed(WORSE, state=PolicyState(watermark=JULY), limits=limits)
        assert found["a retraining"].state == PolicyState(
            watermark=JULY, last_retraining=SEPTEMBER, last_worse=SEPTEMBER
        )

    def test_a_new_window_breaks_the_limit_that_the_evidence_broke(self):
        for finding, expected in (
            (WORSE, window("2005-10-01", "worse")),
            (window(AUGUST, "not mature", "impactful drift"), window("2005-10-01", None, "impactful drift")),
        ):
            used = replace(policy(finding, as_of=AUGUST).state.started(), watermark=SEPTEMBER)
            inputs = self.changed(finding, state=used)["another window"]
            assert (inputs.as_of, inputs.findings) == ("2005-10-01", (finding, expected))

    def test_windows_that_are_lacking_are_the_days_before_the_oldest(self):
        three = Policy(windows=4, breaches=3, cooldown_days=7, min_new_labels=1000)
        found = self.changed(GOOD, limits=three)["performance found"]
        assert found.findings == tuple(window(day, "worse") for day in ("2005-08-29", "2005-08-30", AUGUST))
        none = self.changed(limits=TWO_OF_THREE)["impactful drift"]
        assert none.findings == tuple(
            window(day, None, "impactful drift") for day in ("2005-09-28", "2005-09-29")
        )

    def test_only_as_many_of_the_newest_as_are_needed_break_the_limit(self):
        months = [window(month, "good") for month in ("2005-05-31", "2005-06-30", JULY, AUGUST)]
        found = self.changed(*months, limits=TWO_OF_THREE)["performance found"]
        assert found.findings == (*months[:2], window(JULY, "worse"), window(AUGUST, "worse"))

    def test_bad_windows_are_no_windows_to_break_a_limit_in(self):
        old = [bad("2005-05-31"), *(window(day, "not mature") for day in ("2005-06-30", JULY, AUGUST))]
        found = self.changed(*old)["impactful drift"]
        assert found.findings == (*old[:3], window(AUGUST, None, "impactful drift"))

    def test_deliveries_that_are_gone_stay_gone(self):
        missing = [
            MissingDelivery(table="features", partition=JULY, reason=reason) for reason in (GONE, BROKEN)
        ]
        found = self.changed(WORSE, bad(SEPTEMBER), missing=tuple(missing))["the delivery"]
        assert found.missing == (missing[0],)
        assert found.findings == (WORSE, window(SEPTEMBER))


DAYS = [f"2005-08-{day:02}" for day in range(1, 13)]


@st.composite
def any_inputs(draw: st.DrawFn) -> PolicyInputs:
    """Anything the policy may meet."""
    total = draw(st.integers(1, 3))
    limits = Policy(
        windows=total,
        breaches=draw(st.integers(1, total)),
        cooldown_days=draw(st.sampled_from([0, 1, 4])),
        min_new_labels=draw(st.sampled_from([1, 100])),
    )
    as_of = draw(st.sampled_from(DAYS))
    findings = [
        WindowFinding(
            partition=partition,
            performance=draw(st.sampled_from([None, *PerformanceStatus])),
            drift=draw(st.sampled_from([None, *DriftDecision])),
            bad_data=draw(st.integers(0, 9)) == 0,
        )
        for partition in sorted(
            draw(st.sets(st.sampled_from([day for day in DAYS if day <= as_of]), max_size=5))
        )
    ]
    missing = [
        MissingDelivery(table=table, partition=min(DAYS), reason=draw(st.sampled_from([BROKEN, GONE])))
        for table in draw(st.sampled_from([(), (), (), ("labels",), ("features", "labels")]))
    ]
    champion = draw(
        st.none()
        | st.builds(Champion, version=st.sampled_from(["3", "4"]), newest_labels=st.sampled_from(["", *DAYS]))
    )
    day = st.none() | st.sampled_from(DAYS)
    state = PolicyState(
        watermark=draw(day), last_retraining=draw(day), last_worse=draw(day),
        last_worse_version=draw(st.sampled_from([None, "3"])),
    )  # fmt: skip
    inputs = PolicyInputs(
        findings=tuple(findings), model="m", champion=champion, as_of=as_of,
        new_labels=draw(st.sampled_from([0, 99, 100, 5000])), state=state, limits=limits,
        missing=tuple(missing),
    )  # fmt: skip
    used = decision(inputs).evidence
    if used and state.last_retraining and draw(st.booleans()):
        pending = draw(st.sampled_from([None, "retrain__v3__0123456789abcdef"]))
        return replace(inputs, state=replace(state, last_evidence=used, pending=pending))
    return inputs


def decision(inputs):
    return decide(
        inputs.findings, model=inputs.model, champion=inputs.champion, as_of=inputs.as_of,
        new_labels=inputs.new_labels, state=inputs.state, limits=inputs.limits, missing=inputs.missing,
    )  # fmt: skip


@examples(400)
@given(inputs=any_inputs())
def test_every_sentence_is_true(inputs):
    before = decision(inputs).verdict
    found = find_changes(assess(inputs))
    assert find_counterfactuals(assess(inputs)) == before.counterfactuals
    assert found
    if before.decision == "retrain":
        assert all(decision(change.assessment.inputs).verdict.decision != "retrain" for change in found)
    else:
        *some, last = found
        assert all(decision(change.assessment.inputs).verdict.decision != "retrain" for change in some)
        assert decision(last.assessment.inputs).verdict.decision == "retrain"


@examples(400)
@given(inputs=any_inputs())
def test_the_decision_follows_from_the_reasons(inputs):
    made = decision(inputs)
    failed = [reason.rule for reason in made.verdict.reasons if reason.passed is False]
    assert (made.verdict.decision == "retrain") == (not failed)
    assert (made.run_id is None) == bool(failed)
    if made.verdict.decision == "alert":
        assert failed[0] in {"data", "new labels"}
        assert made.verdict.inputs["cause"]
    if "not in the past" in failed[:1] or "champion" in failed:
        assert made.state == inputs.state
    else:
        assert made.state.watermark == inputs.as_of


@pytest.mark.parametrize("findings", [(WORSE,), (WORSE, DRIFTED), (GOOD,), (bad(SEPTEMBER), WORSE)])
def test_nothing_is_assessed_twice(findings, monkeypatch):
    assessed, rule = [], rules.has_new_labels

    def remember(inputs):
        assessed.append(inputs)
        return rule(inputs)

    monkeypatch.setattr(rules, "has_new_labels", remember)
    policy(*findings)
    assert len(assessed) > 1
    assert all(one != other for one, other in combinations(assessed, 2))


def test_sentences_differ_from_each_other():
    for made in (policy(WORSE), policy(WORSE, state=USED, new_labels=0), policy(champion=None)):
        assert all(one != other for one, other in combinations(made.verdict.counterfactuals, 2))
