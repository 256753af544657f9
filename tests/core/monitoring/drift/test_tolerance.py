"""What no calibration excuses: training days that drifted themselves, and predictions that can't result."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from include.config.monitoring_schema import CategoricalDrift, ColumnLimits, Drift, NumericDrift
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.report import DriftReport
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.profile.build import build_profile

pytestmark = pytest.mark.core

MONTHS, ROWS = 5, 2_000
TOTAL = MONTHS * ROWS
DATES = [date(2005, 1 + month, 28) for month in range(MONTHS) for _ in range(ROWS)]
MONTH = np.repeat(np.arange(MONTHS), ROWS)


def column(report, name):
    return next(one for one in report.columns if one.name == name)


def rule(report, name):
    return next((one for one in write_verdict(report).reasons if one.rule == name), None)


@pytest.fixture
def make(tmp_path, write_rows, make_config):
    """Return a function that builds a profile and one that checks a batch against it."""

    def profile_of(*, scores=None, limits=None, **columns):
        train = write_rows(tmp_path / "train.parquet", rows=TOTAL, as_of=DATES, **columns)
        given = np.random.default_rng(9).random(TOTAL) if scores is None else scores
        profile = build_profile(train, make_config(), given)

        usual = limits or Drift()

        def check(*, rows=4_000, predicted="alike", limits=usual, importance=None, **changed):
            batch = pq.read_table(write_rows(tmp_path / "batch.parquet", rows=rows, seed=7, **changed))
            alike = np.random.default_rng(8).choice(given, rows)
            found = alike if isinstance(predicted, str) else predicted
            return check_drift(profile, profile.count(batch, found), limits, importance=importance)

        return profile, check

    return profile_of


def drawn(shift, rows=4_000, seed=3):
    return np.random.default_rng(seed).normal(40 + shift, 10, rows)


@pytest.mark.parametrize("statistic", ["ks", "psi", "jensen_shannon", "wasserstein"])
def test_months_of_training_that_drifted_are_tolerated_up_to_the_threshold(make, statistic):
    threshold = {"psi": 0.2, "wasserstein": 0.3}.get(statistic, 0.1)
    limits = Drift(numeric=NumericDrift(statistic=statistic, threshold=threshold))
    age = np.random.default_rng(0).normal(40 + 6.0 * MONTH, 10)
    _, check = make(age=age)
    report = check(limits=limits, age=drawn(35))
    (result,) = [result for result in column(report, "age").results if result.statistic == statistic]
    if statistic == "ks":  # calibrated at training, with its between-day variation
        assert result.between_day_variation > 2 * threshold
        assert result.capped
    assert result.effect > threshold
    assert column(report, "age").status == "drifted", write_verdict(report).to_text()


def test_categories_of_months_that_drifted_are_tolerated_up_to_the_threshold(make):
    generator = np.random.default_rng(1)
    shares = [[0.97, 0.02, 0.01], [0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.1, 0.5, 0.4], [0.02, 0.08, 0.9]]
    education = np.concatenate([generator.choice(["1", "2", "3"], ROWS, p=share) for share in shares])
    _, check = make(education=list(education))
    report = check(education=list(generator.choice(["1", "2", "3"], 4_000, p=[0.02, 0.06, 0.92])))
    (result,) = [result for result in column(report, "education").results if result.statistic == "psi"]
    assert result.capped
    assert 0.4 < result.effect < result.between_day_variation
    assert column(report, "education").status == "drifted"


def test_the_verdict_says_what_trainings_own_days_did_and_that_it_was_capped(make):
    _, check = make(age=np.random.default_rng(0).normal(40 + 6.0 * MONTH, 10))
    quiet = check(age=drawn(12))
    assert column(quiet, "age").status == "no drift"
    reason = rule(quiet, "between-day variation")
    assert reason is not None
    assert "age (KS 0." in reason.found
    assert "monitoring.drift.columns" in reason.required
    assert write_verdict(quiet).inputs["capped"] == ["age"]
    loud = check(age=drawn(35))
    (told,) = [one for one in write_verdict(loud).reasons if one.rule == "age"]
    assert "training's own days lay up to 0." in told.required
    plain = json.loads(json.dumps(loud.to_dict(), allow_nan=False))
    assert DriftReport.from_dict(plain) == loud


def test_what_is_within_the_variation_and_the_threshold_does_not_alarm(make):
    """Weekdays differ, and no day of them is drift."""
    _, check = make(age=np.random.default_rng(0).normal(40 + 2 * (MONTH % 2), 10))
    report = check(age=drawn(2, seed=5))
    assert column(report, "age").status == "no drift"
    assert rule(report, "between-day variation") is None


def test_predictions_that_drifted_within_training_are_tolerated_up_to_the_threshold(make):
    scores = np.clip(np.random.default_rng(0).normal(0.2 + 0.12 * MONTH, 0.05), 0, 1)
    _, check = make(scores=scores)
    report = check(predicted=np.clip(np.random.default_rng(1).normal(0.68, 0.05, 4_000), 0, 1))
    assert report.predictions is not None
    assert report.predictions.status == "drifted"
    assert report.decision == "impactful drift"


@pytest.mark.parametrize(
    ("training", "batch"),
    [
        (np.full(TOTAL, 40.0), np.tile([40.0, 60.0], 2_000)),
        (np.full(TOTAL, np.nan), np.tile([np.nan, 60.0], 2_000)),
        (np.full(TOTAL, 1e300), np.tile([1e300, -1e300], 2_000)),
        (np.concatenate([np.full(TOTAL - 5, 40.0), np.arange(5.0)]), np.tile([40.0, 60.0], 2_000)),
    ],
)
def test_a_number_that_training_saw_one_value_of_has_no_benign_drift(make, training, batch):
    _, check = make(age=training)
    assert check(age=training[:4_000]).decision == "no drift"
    report = check(age=batch, importance={"age": 0.0, "pay_status": 1.0})
    assert [one.name for one in report.drifted] == ["age"]
    assert report.predictions is not None
    assert report.predictions.status == "no drift"
    assert report.decision == "impactful drift"
    assert "training saw only one value of age" in write_verdict(report).summary
    assert (
        check(age=batch, predicted=None, importance={"age": 0.0, "pay_status": 1.0}).decision
        == "impactful drift"
    )


def test_a_category_that_training_saw_one_value_of_has_no_benign_drift(make):
    _, check = make(sex=["1"] * TOTAL)
    report = check(sex=["1", "2"] * 2_000)
    assert report.decision == "impactful drift"
    assert [one.name for one in report.blind] == ["sex"]


def test_a_model_of_one_prediction_has_no_benign_drift(make):
    _, check = make(scores=np.full(TOTAL, 0.22))
    assert check(predicted=np.full(4_000, 0.22)).decision == "no drift"
    report = check(predicted=np.full(4_000, 0.22), age=drawn(30), importance={"pay_status": 1.0})
    assert report.decision == "impactful drift"
    assert "one prediction for all of its training data" in write_verdict(report).to_text()
    assert "benign drift" not in write_verdict(report).to_text()


def test_what_varied_in_training_still_drifts_without_impact(make):
    _, check = make()
    report = check(age=drawn(30), importance={"pay_status": 1.0})
    assert report.decision == "benign drift"
    assert report.blind == ()


def test_a_column_that_is_off_is_not_looked_at_and_named(make):
    _, check = make()
    limits = Drift(columns={"age": "off"})
    report = check(limits=limits, age=drawn(30))
    assert report.decision == "no drift"
    assert "age" not in [one.name for one in report.columns]
    assert report.left_out == ("age",)
    reason = rule(report, "left out")
    assert reason is not None
    assert reason.found == "1: age"
    assert "7 columns (1 left out)" in write_verdict(report).summary
    assert DriftReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_a_column_has_a_threshold_a_statistic_and_a_share_of_missing_of_its_own(make):
    _, check = make(age=drawn(0, TOTAL))
    assert column(check(age=drawn(6)), "age").status == "drifted"
    own = Drift(columns={"age": ColumnLimits(threshold=0.6)})
    report = check(limits=own, age=drawn(6))
    assert column(report, "age").status == "no drift"
    thresholds = write_verdict(report).thresholds
    assert thresholds["ks of age"] == 0.6
    assert thresholds["ks of bill_amount"] == 0.1
    other = Drift(columns={"age": ColumnLimits(statistic="wasserstein", threshold=0.2)})
    (result, *_) = column(check(limits=other, age=drawn(6)), "age").results
    assert (result.statistic, result.threshold) == ("wasserstein", 0.2)
    empty = np.where(np.arange(4_000) % 10 == 0, np.nan, drawn(0))
    assert column(check(age=empty), "age").status == "drifted"
    share = Drift(columns={"age": ColumnLimits(missing_share=0.5)})
    assert column(check(limits=share, age=empty), "age").status == "no drift"


def test_a_statistic_of_its_own_is_calibrated_at_training(tmp_path, write_rows, make_config):
    config = make_config(
        monitoring={"drift": {"columns": {"age": {"statistic": "psi", "threshold": 0.2}, "sex": False}}}
    )
    train = write_rows(tmp_path / "train.parquet", rows=TOTAL)
    profile = build_profile(train, config, np.random.default_rng(9).random(TOTAL))
    assert profile.null_distributions["age"][0].statistic == "psi"
    assert profile.null_distributions["sex"][0].statistic == "psi"
    assert profile.null_distributions["bill_amount"][0].statistic == "ks"


def test_the_false_discovery_rate_is_held_over_the_columns_that_remain(make):
    _, check = make()
    report = check(age=drawn(2, seed=11))
    fewer = check(
        limits=Drift(columns={n.name: "off" for n in report.columns if n.name != "age"}), age=drawn(2)
    )
    assert len(report.columns) == 8
    assert [one.name for one in fewer.columns] == ["age"]
    normal, alone = (column(one, "age").results[0].critical_value for one in (report, fewer))
    assert normal is not None
    assert alone is not None
    assert alone < normal  # one test among two allows less for chance than one among ten


def test_importance_is_weighed_among_what_is_watched(make):
    """Half of what is checked is inconclusive, though what is left out holds most of the importance."""
    _, check = make()
    importance = {"age": 0.9, "bill_amount": 0.1}
    limits = Drift(columns={"age": "off"}, false_discovery_rate=0.01)
    report = check(rows=60, limits=limits, importance=importance)
    assert column(report, "bill_amount").status == "inconclusive"
    assert report.decision == "inconclusive"


def test_a_check_of_nothing_is_inconclusive(make):
    profile, check = make()
    everything = Drift(columns=dict.fromkeys(profile.columns, "off"))
    assert check(limits=everything).decision == "no drift"  # the predictions are looked at
    blind = check(limits=everything, predicted=None)
    assert blind.decision == "inconclusive"
    assert "nothing was checked" in write_verdict(blind).summary
    json.dumps(write_verdict(blind).to_dict(), allow_nan=False)
    assert dataclasses.replace(blind, rows=0).decision == "inconclusive"


def test_a_kind_whose_only_column_is_off_keeps_its_limits():
    limits = Drift(categorical=CategoricalDrift(threshold=0.3), columns={"sex": "off"})
    assert limits.is_left_out("sex")
    assert not limits.is_left_out("education")
    assert limits.thresholds_of("education", "categorical") == {"psi": 0.3, "missing_share": 0.05}
    assert limits.thresholds_of("sex", "categorical") == {"psi": 0.3, "missing_share": 0.05}
