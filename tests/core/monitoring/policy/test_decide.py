"""The rules of the policy, one after the other, in the order in which they decide."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date

import pytest

from include.config.monitoring_schema import Policy
from include.errors import DataError
from include.monitoring.policy.inputs import Champion, PolicyState, WindowFinding
from include.monitoring.policy.missing import BROKEN, GONE, UNREADABLE, MissingDelivery
from include.verdicts import Verdict
from tests.core.monitoring.policy.policy_cases import (
    AUGUST,
    CHAMPION,
    JULY,
    JUNE,
    LIMITS,
    MAY,
    SEPTEMBER,
    bad,
    found,
    outcome,
    policy,
    window,
)

pytestmark = pytest.mark.core

WORSE = window(AUGUST, "worse")
DRIFTED = window(SEPTEMBER, "not mature", "impactful drift")


def test_worse_performance_retrains_and_names_the_run(snapshot):
    decision = policy(window(JULY, "good"), WORSE, window(SEPTEMBER, "not mature", "no drift"))
    assert decision.verdict.decision == "retrain"
    assert decision.run_id == f"retrain__v3__{decision.evidence}"
    assert len(decision.evidence) == 16
    assert set(decision.evidence) <= set("0123456789abcdef")
    assert decision.verdict.summary == snapshot


def test_a_retraining_is_remembered_before_it_is_started():
    decision = policy(WORSE)
    assert decision.state == PolicyState(
        watermark=SEPTEMBER,
        last_retraining=SEPTEMBER,
        last_evidence=decision.evidence,
        last_worse=SEPTEMBER,
        last_worse_version="3",
        pending=decision.run_id,
    )


def test_good_performance_waits(snapshot):
    decision = policy(window(AUGUST, "good"))
    assert decision.verdict.decision == "wait"
    assert decision.verdict.summary == snapshot
    assert (decision.run_id, decision.evidence) == (None, None)
    assert decision.state == PolicyState(watermark=SEPTEMBER)


def test_no_window_at_all_waits():
    decision = policy()
    assert decision.verdict.decision == "wait"
    assert outcome(decision, "data") is None


# --- the past
# -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "champion"),
    [
        (PolicyState(watermark=SEPTEMBER), CHAMPION),
        (PolicyState(watermark=JUNE), Champion(version="3", newest_labels=SEPTEMBER)),
        (PolicyState(), Champion(version="3", newest_labels=SEPTEMBER)),
        (PolicyState(watermark=SEPTEMBER), None),
    ],
)
@pytest.mark.parametrize("windows", [[WORSE], [bad(AUGUST)], [window(JULY, "worse"), bad(AUGUST)], []])
@pytest.mark.parametrize("new_labels", [0, 5000])
def test_the_past_starts_nothing_alerts_nothing_and_remembers_nothing(state, champion, windows, new_labels):
    decision = policy(*windows, as_of=AUGUST, state=state, champion=champion, new_labels=new_labels)
    assert decision.verdict.decision == "wait"
    assert decision.run_id is None
    assert decision.state == state
    assert decision.verdict.summary == (
        "2005-08-31 is in the past: 2005-09-30 is known already, and nothing earlier is acted on"
    )


def test_the_same_day_again_is_not_the_past():
    assert policy(WORSE, state=PolicyState(watermark=SEPTEMBER)).verdict.decision == "retrain"
    same_day = Champion(version="3", newest_labels=SEPTEMBER)
    assert policy(WORSE, champion=same_day).verdict.decision == "retrain"


def test_a_champion_whose_labels_were_not_recorded_has_no_past():
    assert policy(WORSE, champion=Champion(version="3", newest_labels="")).verdict.decision == "retrain"


def test_windows_after_the_date_are_not_known_yet():
    decision = policy(window(JULY, "good"), window(AUGUST, "worse"), bad(SEPTEMBER), as_of=JULY)
    assert decision.verdict.decision == "wait"
    assert [one["partition"] for one in decision.verdict.inputs["windows"]] == [JULY]


# --- no champion
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("windows", [[], [WORSE]])
def test_without_a_champion_there_is_nothing_to_watch(windows):
    state = PolicyState(watermark=MAY)
    decision = policy(*windows, champion=None, state=state)
    assert decision.verdict.decision == "wait"
    assert decision.verdict.summary == "there is no champion yet, so there is nothing to monitor"
    assert decision.state == state
    assert decision.verdict.inputs["champion"] is None


# --- bad data
# -----------------------------------------------------------------------------------------------------


def test_bad_data_blocks_and_alerts():
    decision = policy(window(JULY, "worse"), window(AUGUST, "worse"), bad(SEPTEMBER))
    assert decision.verdict.decision == "alert"
    assert decision.run_id is None
    assert decision.verdict.summary.startswith("the delivery of 2005-09-30 broke its data contract")
    assert decision.verdict.inputs["cause"] == f"bad data 2005-09-30 {decision.evidence}"


def test_bad_data_alerts_even_when_nothing_else_is_wrong():
    assert policy(window(AUGUST, "good"), bad(SEPTEMBER)).verdict.decision == "alert"


def test_bad_data_alerts_without_a_champion_and_remembers_nothing():
    state = PolicyState(watermark=MAY)
    decision = policy(bad(AUGUST), champion=None, state=state)
    assert decision.verdict.decision == "alert"
    assert decision.state == state


def missing(partition, reason=UNREADABLE, table="features"):
    return MissingDelivery(table=table, partition=partition, reason=reason, detail="line 7")


@pytest.mark.parametrize("reason", [BROKEN, UNREADABLE])
@pytest.mark.parametrize(("table", "named"), [("features", MAY), ("labels", f"labels {MAY}")])
def test_an_old_delivery_that_a_training_would_fail_over_alerts_and_the_rest_is_reported(
    reason, table, named
):
    found_anyway = policy(WORSE, missing=[missing(MAY, reason, table)])
    assert found_anyway.verdict.decision == "alert"
    assert found_anyway.run_id is None
    assert found_anyway.state.last_retraining is None, "the evidence is not spent"
    assert found_anyway.verdict.summary.startswith(f"the delivery of {named} {reason}. It says nothing")
    assert "without it, performance is worse in 2005-08-31" in found_anyway.verdict.summary
    assert found(found_anyway, "performance") == "2005-08-31 worse"
    assert found_anyway.verdict.inputs["missing"] == [missing(MAY, reason, table).to_dict()]
    delivered_again = policy(WORSE, state=found_anyway.state)
    assert delivered_again.verdict.decision == "retrain"


def test_the_same_bad_data_is_one_cause_until_there_is_evidence_too():
    quiet, later = (policy(missing=[missing(MAY)], as_of=day) for day in (AUGUST, SEPTEMBER))
    assert quiet.verdict.inputs["cause"] == later.verdict.inputs["cause"] == f"bad data {MAY}"
    worse = policy(WORSE, missing=[missing(MAY)])
    assert worse.verdict.inputs["cause"] == f"bad data {MAY} {worse.evidence}"


def test_a_delivery_that_is_gone_is_named_and_blocks_nothing():
    decision = policy(WORSE, missing=[missing(JULY, GONE)])
    assert decision.verdict.decision == "retrain"
    assert found(decision, "data") == "2005-07-31 is gone from its source"
    assert outcome(decision, "data") is True


def test_what_is_missing_after_the_date_is_not_known_yet():
    assert policy(window(JULY, "good"), missing=[missing(SEPTEMBER)], as_of=JULY).verdict.decision == "wait"


def test_a_window_that_is_listed_twice_as_bad_is_named_once():
    decision = policy(bad(AUGUST), missing=[missing(AUGUST, BROKEN)])
    assert decision.verdict.summary.count(AUGUST) == 1


def test_a_reason_nobody_knows_is_refused():
    with pytest.raises(DataError, match="known reasons"):
        MissingDelivery.from_dict({"table": "features", "partition": MAY, "reason": "lost"})


def test_bad_data_is_forgotten_when_enough_good_windows_have_come():
    good = [window(month, "good") for month in (JUNE, JULY, AUGUST)]
    assert policy(bad(MAY), *good).verdict.decision == "wait"
    assert policy(bad(MAY), *good[:2], as_of=JULY).verdict.decision == "alert"


def test_a_bad_window_is_not_evidence():
    spoiled = replace(WORSE, bad_data=True)
    decision = policy(spoiled, window(SEPTEMBER, "good"), limits=Policy(windows=1))
    assert decision.verdict.decision == "wait"
    assert outcome(decision, "evidence") is False


# --- new labels
# ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("new_labels", "expected"), [(0, "alert"), (999, "alert"), (1000, "retrain")])
def test_a_worse_champion_with_nothing_to_learn_from_alerts(new_labels, expected):
    decision = policy(WORSE, new_labels=new_labels)
    assert decision.verdict.decision == expected
    if expected == "alert":
        assert decision.run_id is None
        assert "is worse and there is nothing to learn from" in decision.verdict.summary
        assert decision.verdict.inputs["cause"] == f"nothing to learn {decision.evidence}"
        assert decision.state == PolicyState(watermark=SEPTEMBER)


def test_drift_with_nothing_to_learn_from_waits():
    decision = policy(window(SEPTEMBER, "not mature", "impactful drift"), new_labels=999)
    assert decision.verdict.decision == "wait"
    assert "nothing to learn from yet" in decision.verdict.summary
    assert decision.verdict.inputs["cause"] is None


# --- cooldown
# -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "expected"),
    [("2005-09-30", "wait"), ("2005-09-24", "wait"), ("2005-09-23", "retrain"), (None, "retrain")],
)
def test_the_cooldown_counts_days_of_data_time(last, expected):
    state = PolicyState(
        watermark=last, last_retraining=last, last_evidence="0123456789abcdef", last_worse=last
    )
    decision = policy(WORSE, state=state)
    assert decision.verdict.decision == expected
    if expected == "wait":
        assert f"a retraining was started on {last}; the next may start on" in decision.verdict.summary
        assert decision.state == replace(state, watermark=SEPTEMBER)


def test_no_cooldown_at_all():
    limits = Policy(cooldown_days=0)
    state = PolicyState(watermark=SEPTEMBER, last_retraining=SEPTEMBER, last_evidence="0123456789abcdef")
    assert policy(WORSE, state=state, limits=limits).verdict.decision == "retrain"


def test_a_retraining_that_was_never_started_begins_no_cooldown():
    state = PolicyState(
        watermark=SEPTEMBER,
        last_retraining=SEPTEMBER,
        last_evidence="0123456789abcdef",
        pending="retrain__v3__0123456789abcdef",
    )
    decision = policy(WORSE, state=state)
    assert decision.verdict.decision == "retrain"
    assert "is not known to have started" in found(decision, "not acted on yet")


# --- evidence that was used
# -----------------------------------------------------------------------------------------


def test_the_same_evidence_does_not_train_again_after_a_rejected_candidate():
    first = policy(window(AUGUST, "good"), window(SEPTEMBER, "worse"), as_of="2005-11-01")
    for day in ("2005-11-01", "2005-11-02", "2005-11-08", "2005-12-24"):
        again = policy(
            window(AUGUST, "good"), window(SEPTEMBER, "worse"), as_of=day, state=first.state.started()
        )
        assert again.verdict.decision == "wait"
        assert again.evidence == first.evidence
        assert "this evidence was already acted on" in again.verdict.summary
        assert outcome(again, "not acted on yet") is False
        assert again.state == replace(first.state, watermark=day, pending=None)


def test_another_breach_after_the_cooldown_is_new_evidence():
    first = policy(window(JULY, "worse"), as_of=AUGUST)
    second = policy(window(JULY, "worse"), window(AUGUST, "worse"), state=first.state.started())
    assert second.verdict.decision == "retrain"
    assert second.run_id != first.run_id


def test_drift_that_proves_impactful_is_new_evidence():
    first = policy(window(JULY, "not mature", "impactful drift"), as_of=JULY)
    second = policy(window(JULY, "worse", "impactful drift"), state=first.state.started())
    assert (first.verdict.decision, second.verdict.decision) == ("retrain", "retrain")
    assert first.evidence != second.evidence


def test_drift_that_proves_benign_withdraws_its_evidence():
    first = policy(window(JULY, "not mature", "impactful drift"), as_of=JULY)
    second = policy(window(JULY, "good", "impactful drift"), state=first.state.started())
    assert second.verdict.decision == "wait"
    assert second.evidence is None


def test_a_retraining_not_known_to_have_started_is_handed_on_again_despite_the_cooldown():
    first = policy(WORSE)
    again = policy(WORSE, state=first.state)
    assert again.verdict.decision == "retrain"
    assert again.run_id == first.run_id


def test_the_cooldown_of_drift_outlives_the_champion():
    first = policy(DRIFTED)
    promoted = Champion(version="4", newest_labels=AUGUST)
    decision = policy(DRIFTED, champion=promoted, state=first.state.started())
    assert decision.verdict.decision == "wait"
    assert outcome(decision, "cooldown") is False


def test_worse_performance_does_not_wait_for_a_retraining_that_drift_started():
    first = policy(window(AUGUST, "not mature", "impactful drift"), as_of="2005-09-29")
    assert first.verdict.decision == "retrain"
    found_worse = policy(window(AUGUST, "worse", "impactful drift"), state=first.state.started())
    assert found_worse.verdict.decision == "retrain"
    assert outcome(found_worse, "cooldown") is None
    drift = policy(DRIFTED, state=first.state.started())
    assert drift.verdict.decision == "wait"


def test_worse_performance_of_another_champion_does_not_wait():
    first = policy(WORSE)
    promoted = Champion(version="4", newest_labels=AUGUST)
    decision = policy(window(SEPTEMBER, "worse"), champion=promoted, state=first.state.started())
    assert decision.verdict.decision == "retrain"


def test_a_champion_that_stays_worse_is_not_retrained_every_day():
    """Each day brings another window, and so new evidence; the first exam does not wait, the others do."""
    days = [f"2005-09-{day:02}" for day in range(1, 31)]
    state, started = PolicyState(), []
    for at, day in enumerate(days):
        windows = [window(one, "worse") for one in days[: at + 1]]
        decision = policy(*windows, as_of=day, state=state)
        state = decision.state.started()
        if decision.run_id:
            started.append(day)
    assert started == ["2005-09-01", "2005-09-08", "2005-09-15", "2005-09-22", "2005-09-29"]


def test_a_retraining_that_drift_starts_leaves_the_wait_of_worse_performance_as_it_is():
    first = policy(window(AUGUST, "worse"), as_of="2005-09-20")
    drift = policy(
        window("2005-09-26", None, "impactful drift"), as_of="2005-09-27", state=first.state.started()
    )
    assert drift.verdict.decision == "retrain"
    assert (drift.state.last_worse, drift.state.last_retraining) == ("2005-09-20", "2005-09-27")
    for last, decision in (("2005-09-24", "wait"), ("2005-09-23", "retrain")):
        state = replace(drift.state.started(), last_worse=last)
        assert policy(window(SEPTEMBER, "worse"), as_of=SEPTEMBER, state=state).verdict.decision == decision


def test_a_state_of_before_lets_the_cooldown_hold_for_everything():
    old = PolicyState.from_dict({"watermark": MAY, "last_retraining": "2005-09-29", "last_evidence": "e"})
    assert (old.last_worse, old.last_worse_version) == ("2005-09-29", None)
    assert policy(WORSE, state=old).verdict.decision == "wait"


# --- the digest
# -----------------------------------------------------------------------------------------------------


def test_the_evidence_never_covers_the_day_of_the_check():
    runs = {policy(WORSE, as_of=day).run_id for day in (AUGUST, SEPTEMBER, "2006-01-01")}
    assert len(runs) == 1


def test_the_evidence_covers_model_champion_kind_and_windows():
    decisions = [
        policy(WORSE),
        policy(WORSE, model="churn"),
        policy(WORSE, champion=Champion(version="4", newest_labels=JUNE)),
        policy(window(AUGUST, "not mature", "impactful drift")),
        policy(window(SEPTEMBER, "worse")),
        policy(window(JULY, "worse"), WORSE),
    ]
    assert len({decision.evidence for decision in decisions}) == len(decisions)
    assert all(decision.verdict.decision == "retrain" for decision in decisions)


def test_the_evidence_does_not_cover_windows_that_held():
    alone = policy(WORSE).evidence
    assert policy(window(JULY, "good"), WORSE, window(SEPTEMBER, "not mature", "no drift")).evidence == alone


def test_the_name_of_an_evidence_never_changes():
    assert policy(WORSE).run_id == "retrain__v3__382ad0dcfc802bd6"


def test_the_order_of_the_windows_does_not_matter():
    windows = [window(JULY, "worse"), WORSE, window(SEPTEMBER, "not mature", "no drift")]
    assert policy(*windows) == policy(*reversed(windows))


# --- what it refuses
# --------------------------------------------------------------------------------------------------


def test_a_window_listed_twice_is_refused():
    with pytest.raises(DataError, match=r"got window 2005-08-31 more than once"):
        policy(WORSE, window(AUGUST, "good"))


def test_a_word_that_no_check_says_is_refused():
    with pytest.raises(DataError, match=r"performance is 'bad'; the policy knows good, worse, not mature"):
        WindowFinding(partition=AUGUST, performance="bad")
    with pytest.raises(
        DataError, match=r"drift is 'drifted'; the policy knows no drift, benign drift, impactful drift"
    ):
        WindowFinding(partition=AUGUST, drift="drifted")


@pytest.mark.parametrize("text", ["20050831", "2005-8-31", "yesterday", "", None])
def test_a_date_in_another_notation_is_refused(text):
    with pytest.raises(DataError, match="expected an ISO date such as 2005-08-31"):
        policy(WORSE, as_of=text)
    with pytest.raises(DataError, match="expected an ISO date such as 2005-08-31"):
        WindowFinding(partition=text)


@pytest.mark.parametrize(
    "plain", [[], "text", {"watermark": 5}, {"last_retraining": "yesterday"}, {"pending": True}, None]
)
def test_a_damaged_state_is_reported(plain):
    with pytest.raises(DataError, match="state"):
        PolicyState.from_dict(plain)


# --- what is shown
# ----------------------------------------------------------------------------------------------------


def test_every_rule_is_shown_whatever_decided():
    rules = [
        "not in the past", "data", "champion", "performance", "drift", "evidence", "not acted on yet",
        "new labels", "cooldown",
    ]  # fmt: skip
    for decision in (
        policy(),
        policy(WORSE),
        policy(WORSE, champion=None),
        policy(bad(AUGUST)),
        policy(as_of=MAY),
    ):
        assert [reason.rule for reason in decision.verdict.reasons] == rules


def test_drift_is_shown_where_performance_outranks_it():
    decision = policy(window(AUGUST, "good", "impactful drift"))
    assert found(decision, "drift") == "2005-08-31 impactful drift (performance is good)"
    assert decision.verdict.summary.endswith(
        "drift is impactful in 2005-08-31, but performance is good there"
    )


def required(decision, rule):
    return next(reason.required for reason in decision.verdict.reasons if reason.rule == rule)


def test_each_rule_says_what_it_found_and_what_it_requires():
    decision = policy(WORSE, window(SEPTEMBER, "not mature", "no drift"), state=PolicyState(watermark=JULY))
    assert [(reason.rule, reason.passed, reason.found) for reason in decision.verdict.reasons[:5]] == [
        ("not in the past", True, "2005-09-30"),
        ("data", True, "nothing is missing"),
        ("champion", True, "version 3"),
        ("performance", True, "2005-08-31 worse, 2005-09-30 not mature"),
        ("drift", None, "2005-09-30 no drift"),
    ]
    assert required(decision, "not in the past") == "2005-07-31 or later (already decided on)"
    assert "at least 1 of the last 3" in required(decision, "performance")
    assert required(decision, "new labels") == "at least 1,000"


def test_drift_that_speaks_passes_and_performance_that_does_not_is_not_applicable():
    decision = policy(window(SEPTEMBER, "not mature", "impactful drift"))
    assert (outcome(decision, "drift"), outcome(decision, "performance")) == (True, None)
    worse = policy(WORSE, window(SEPTEMBER, "not mature", "impactful drift"))
    assert (outcome(worse, "drift"), outcome(worse, "performance")) == (None, True)


def test_nothing_that_was_looked_at_is_said_so():
    decision = policy()
    assert found(decision, "data") == "no window yet"
    assert found(decision, "performance") == "no window yet"
    assert found(decision, "drift") == "no check of it"
    assert found(policy(champion=None), "champion") == "there is none"
    assert found(policy(missing=[missing(JULY, GONE)]), "data") == "2005-07-31 is gone from its source"


def test_the_first_date_that_is_not_the_past_is_the_later_of_two():
    newer = Champion(version="3", newest_labels=JULY)
    by_labels = policy(WORSE, champion=newer, state=PolicyState(watermark=JUNE))
    assert required(by_labels, "not in the past") == "2005-07-31 or later (the champion's newest labels)"
    nothing = policy(WORSE, champion=Champion(version="3", newest_labels=""))
    assert required(nothing, "not in the past") == "any date: nothing has been decided yet"


def test_numbers_of_rows_and_days_are_counted_in_english():
    since = PolicyState(last_retraining=MAY)
    one = policy(DRIFTED, new_labels=1, limits=Policy(cooldown_days=1), state=since)
    assert found(one, "new labels") == "1 labelled row that the champion has not learned from"
    assert required(one, "cooldown") == "1 day after the last retraining: 2005-06-01"
    two = policy(DRIFTED, new_labels=1_200, limits=Policy(cooldown_days=2), state=since)
    assert found(two, "new labels") == "1,200 labelled rows that the champion has not learned from"
    assert required(two, "cooldown") == "2 days after the last retraining: 2005-06-02"


def test_the_windows_that_were_looked_at_are_kept_with_the_evidence():
    months = [window(month, "good") for month in (MAY, JUNE, JULY)]
    decision = policy(*months, WORSE)
    assert [one["partition"] for one in decision.verdict.inputs["windows"]] == [JUNE, JULY, AUGUST]
    quiet = [window(f"2005-09-{day:02}", "not mature", "no drift") for day in range(1, 9)]
    decision = policy(WORSE, *quiet)
    assert [one["partition"] for one in decision.verdict.inputs["windows"]] == [
        AUGUST, "2005-09-06", "2005-09-07", "2005-09-08",
    ]  # fmt: skip


def test_the_newest_mature_windows_are_shown_however_many_have_come_since():
    months = [window(month, "good") for month in (MAY, JUNE, JULY, AUGUST)]
    quiet = [window(f"2005-09-{day:02}", "not mature", "no drift") for day in range(1, 6)]
    assert found(policy(*months, *quiet), "performance") == (
        "2005-06-30 good, 2005-07-31 good, 2005-08-31 good, 2005-09-03 not mature, 2005-09-04 not mature, "
        "2005-09-05 not mature"
    )


def test_only_a_decision_that_alerts_has_a_cause():
    assert policy(WORSE).verdict.inputs["cause"] is None
    assert policy(WORSE, new_labels=0).verdict.inputs["cause"].startswith("nothing to learn")
    assert policy(window(AUGUST, "good")).verdict.inputs["evidence"] is None
    assert policy(WORSE).verdict.inputs["evidence"]["windows"] == [AUGUST]


@pytest.mark.parametrize("name", ["watermark", "last_retraining"])
def test_a_remembered_date_that_has_not_come_is_refused(name):
    state = PolicyState(**{name: "2005-10-02"})
    assert policy(WORSE, state=PolicyState(**{name: SEPTEMBER}), today=date(2005, 9, 30))
    with pytest.raises(DataError, match=f"has {name} 2005-10-02, which lies in the future"):
        policy(WORSE, state=state, today=date(2005, 10, 1))


def test_the_verdict_survives_json():
    for decision in (policy(WORSE), policy(champion=None), policy(bad(AUGUST)), policy(WORSE, new_labels=0)):
        plain = json.loads(json.dumps(decision.verdict.to_dict()))
        assert Verdict.from_dict(plain) == decision.verdict
    assert decision.verdict.kind == "policy"
    assert decision.verdict.subject == "credit_risk as of 2005-09-30"
    assert decision.verdict.thresholds == LIMITS.model_dump(exclude={"max_age_days"}), "it has none"


def test_the_state_survives_json():
    for state in (PolicyState(), policy(WORSE).state, policy(WORSE).state.started()):
        assert PolicyState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


def test_a_state_of_the_first_days_and_one_of_a_later_version_are_read():
    assert PolicyState.from_dict({"watermark": MAY}) == PolicyState(watermark=MAY)
    assert PolicyState.from_dict({"watermark": MAY, "mood": "good"}) == PolicyState(watermark=MAY)


def test_the_policy_needs_the_standard_library_only():
    import subprocess

    command = (
        "import sys; import include.monitoring.policy.decide, include.monitoring.policy.exactly_once; "
        "print(*sys.modules)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", command], check=True, capture_output=True, text=True
    ).stdout
    assert not {"numpy", "pydantic", "pyarrow", "airflow", "yaml"} & set(modules.split())
