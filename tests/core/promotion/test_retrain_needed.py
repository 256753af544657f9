from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.promotion.retrain_needed import Known, decide, training_key
from include.verdicts import Verdict

pytestmark = pytest.mark.core

MAY, JUNE, JULY = "2005-05-31", "2005-06-30", "2005-07-31"
CHAMPION = Known(version="3", key="k1", newest=JUNE)


def outcome(verdict, rule):
    return next(reason.passed for reason in verdict.reasons if reason.rule == rule)


def test_without_a_champion_there_is_something_to_train(snapshot):
    verdict = decide(MAY, "k1", champion=None)
    assert verdict.decision == "train"
    assert verdict.summary == snapshot
    assert outcome(verdict, "another key") is None


def test_what_the_champion_learned_from_is_not_trained_again():
    verdict = decide(JUNE, "k1", champion=CHAMPION)
    assert verdict.decision == "skip"
    assert verdict.summary.startswith(
        "nothing is new: champion version 3 was trained on exactly the same rows"
    )
    assert outcome(verdict, "another key") is False
    assert any("force" in sentence for sentence in verdict.counterfactuals)


def test_a_promotion_alone_is_nothing_new():
    """It changes who is held out, and so the key; the window under the champion's holdout has its key."""
    verdict = decide(JUNE, "k2", champion=CHAMPION, alike=["k0", "k1"])
    assert verdict.decision == "skip"
    assert verdict.summary == (
        "nothing is new: champion version 3 was trained on the same deliveries and labels, configuration and "
        "code, with other entities held out (labels are known up to 2005-06-30)"
    )
    assert verdict.inputs["alike"] == ["k0", "k1"]
    assert "than k2 or k0, k1" in verdict.reasons[0].required
    assert decide(JUNE, "k2", champion=CHAMPION, alike=["k0"]).decision == "train"
    assert decide(JUNE, "k2", champion=CHAMPION, alike=["k1"], force=True).decision == "train"


def test_newer_labels_are_trained_on():
    verdict = decide(JULY, "k2", champion=CHAMPION)
    assert verdict.decision == "train"
    assert all(reason.passed is not False for reason in verdict.reasons)


def test_a_change_of_configuration_is_trained_on_the_same_labels():
    assert decide(JUNE, "k2", champion=CHAMPION).decision == "train"


def test_a_run_for_an_older_date_does_not_compete_with_the_champion():
    verdict = decide(MAY, "k0", champion=CHAMPION)
    assert verdict.decision == "skip"
    assert "knows labels up to 2005-06-30; this run's end at 2005-05-31" in verdict.summary
    assert outcome(verdict, "not older") is False


def test_what_was_rejected_is_not_trained_again_and_the_decision_is_named():
    verdict = decide(JULY, "k2", champion=CHAMPION, rejected_by="d00d")
    assert verdict.decision == "skip"
    assert "decision d00d" in verdict.summary
    assert verdict.inputs["rejected_by"] == "d00d"


def test_each_reason_says_what_it_found():
    champion = Known(version="3", key="abcdefghijklmnop", newest=JUNE)
    new = decide(JULY, "0123456789abcdef", champion=champion)
    assert [reason.found for reason in new.reasons] == [
        "version 3: abcdefghijkl", "labels up to 2005-07-31", "never rejected", "never rolled back", "false",
    ]  # fmt: skip
    assert new.reasons[0].required == "a champion trained with another key than 0123456789ab"
    known = decide(JULY, "k2", champion=champion, rejected_by="d00d", rolled_back_by="r3", force=True)
    assert [reason.found for reason in known.reasons][2:] == [
        "rejected by decision d00d", "rolled back from by decision r3", "true",
    ]  # fmt: skip


@pytest.mark.parametrize(("force", "passed"), [(True, True), (False, None)])
def test_force_is_a_reason_only_where_it_was_set(force, passed):
    assert outcome(decide(JULY, "k2", champion=CHAMPION, force=force), "force") is passed


def test_a_first_candidate_that_was_rejected_is_not_trained_again():
    verdict = decide(MAY, "k1", champion=None, rejected_by="d00d")
    assert verdict.decision == "skip"
    assert "decision d00d" in verdict.summary


@pytest.mark.parametrize(
    ("newest", "key", "rejected_by"), [(JUNE, "k1", None), (MAY, "k0", None), (JULY, "k2", "d00d")]
)
def test_force_trains_anyway_and_says_so(newest, key, rejected_by):
    verdict = decide(newest, key, champion=CHAMPION, rejected_by=rejected_by, force=True)
    assert verdict.decision == "train"
    assert verdict.summary.endswith("because force was set")
    assert verdict.counterfactuals == ("force left unset",)


@given(
    newest=st.sampled_from([MAY, JUNE, JULY]),
    key=st.sampled_from(["k1", "k2"]),
    champion=st.none() | st.just(CHAMPION),
    rejected_by=st.none() | st.just("d00d"),
)
def test_the_decision_follows_from_the_reasons(newest, key, champion, rejected_by):
    verdict = decide(newest, key, champion=champion, rejected_by=rejected_by)
    failed = [reason for reason in verdict.reasons if reason.passed is False]
    assert (verdict.decision == "train") == (not failed)
    forced = decide(newest, key, champion=champion, rejected_by=rejected_by, force=True)
    assert forced.decision == "train"
    assert verdict.counterfactuals


def test_the_verdict_survives_json():
    verdict = decide(JUNE, "k1", champion=CHAMPION, subject="credit_risk as of 2005-06-30")
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict
    assert (verdict.kind, verdict.subject) == ("new-data check", "credit_risk as of 2005-06-30")


def test_any_change_of_data_configuration_or_code_changes_the_key():
    keys = {
        training_key("data", "config", "code"),
        training_key("other", "config", "code"),
        training_key("data", "other", "code"),
        training_key("data", "config", "other"),
        training_key("data", "code", "config"),
    }
    assert len(keys) == 5


def test_the_key_never_changes_for_the_same_content():
    """Keys are stored with champions: another formula would train everything again."""
    assert training_key("data", "config", "code").startswith("6ba563fa87739f88")
