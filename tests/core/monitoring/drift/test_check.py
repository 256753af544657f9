from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.monitoring_schema import Drift, NumericDrift
from include.errors import DataError
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.report import ColumnDrift, DriftReport
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.profile import Profile

pytestmark = pytest.mark.core

FIRST_FORMAT = Path(__file__).parents[1] / "reference_profile_v1.json"
ROWS = 8_000


def score(table):
    """Predict from pay_status alone."""
    status = table["pay_status"].combine_chunks().fill_null(0).to_numpy(zero_copy_only=False)
    return 1 / (1 + np.exp(-(np.nan_to_num(status, posinf=3, neginf=-2) - 1)))


@pytest.fixture(scope="module")
def batch(tmp_path_factory, write_rows):
    """Return a function that makes a batch from the source of the training data, with columns replaced."""

    def make(rows=4_000, seed=1, **columns):
        return pq.read_table(
            write_rows(tmp_path_factory.mktemp("batch") / "b.parquet", rows, seed, **columns)
        )

    return make


@pytest.fixture(scope="module")
def profile(tmp_path_factory, write_rows, make_config):
    train = write_rows(tmp_path_factory.mktemp("train") / "train.parquet", rows=ROWS)
    return build_profile(train, make_config(), score(pq.read_table(train)))


@pytest.fixture(scope="module")
def check(profile):
    def run(table, *, scores=True, limits=None, importance=None, profile=profile):
        counts = profile.count(table, score(table) if scores is True else scores)
        return check_drift(profile, counts, limits or Drift(), importance=importance, subject="credit_risk 1")

    return run


def column(report, name) -> ColumnDrift:
    return next(column for column in report.columns if column.name == name)


def test_a_batch_from_the_same_source_has_no_drift(check, batch):
    report = check(batch())
    assert report.decision == "no drift"
    assert report.drifted == ()
    assert write_verdict(report).summary.startswith(
        "None of 8 columns drifted in 4,000 rows; nearest to its limit"
    )
    assert (
        write_verdict(report)
        .counterfactuals[0]
        .endswith("by its threshold (KS 0.1, missing 0.05, PSI 0.2) or changes its definition")
    )


def test_batches_from_the_same_source_do_not_alarm(check, batch):
    assert [check(batch(rows=1_500, seed=seed)).decision for seed in range(2, 22)] == ["no drift"] * 20


def test_a_column_the_predictions_do_not_depend_on_is_benign_drift(check, batch):
    ages = np.random.default_rng(0).integers(30, 79, 4_000).astype(float)
    report = check(batch(age=ages))
    assert report.decision == "benign drift"
    assert [found.name for found in report.drifted] == ["age"]
    text = write_verdict(report).to_text()
    assert "1 of 8 columns drifted, age most (4,000 rows); benign: the mean prediction changes by " in text
    assert "(0.02 is impactful)" in text
    assert "above KS" in text
    assert (
        "predictions that change by more than their limits (KS 0.1, mean prediction 0.02): the decision"
        in text
    )


def test_drift_that_changes_predictions_is_impactful(check, batch):
    status = np.random.default_rng(0).integers(0, 4, 4_000).astype(float)
    report = check(batch(pay_status=status))
    assert report.decision == "impactful drift"
    assert report.drifted[0].name == "pay_status"
    assert report.shift > 0.1
    assert report.predictions.status == "drifted"
    assert f"the mean prediction changes by {report.shift:+.3g}" in write_verdict(report).to_text()


def test_predictions_that_drift_alone_are_impactful(check, batch):
    table = batch()
    report = check(table, scores=np.clip(score(table) + 0.1, 0, 1))
    assert report.decision == "impactful drift"
    assert report.drifted == ()
    assert "No single column drifted, but the predictions did" in write_verdict(report).to_text()
    limits = (
        r"predictions that stay below their limits (KS 0.1, mean prediction 0.02): the decision would be "
    )
    assert write_verdict(report).counterfactuals == (f"{limits}no drift",)
    both = batch(pay_status=np.full(4_000, 3.0) - np.arange(4_000) % 2)
    assert write_verdict(check(both)).counterfactuals[-1] == f"{limits}benign drift"


def test_without_predictions_drift_of_what_the_model_uses_is_impactful(check, batch):
    table = batch(age=np.full(4_000, 30.0) + np.arange(4_000) % 7)
    assert check(table, scores=None).decision == "impactful drift"
    used, unused = ({"age": weight, "pay_status": 1.0} for weight in (0.5, 0.001))
    assert check(table, scores=None, importance=used).decision == "impactful drift"
    report = check(table, scores=None, importance=unused)
    assert report.decision == "benign drift"
    assert (
        "no predictions were counted, and the model hardly uses these features"
        in write_verdict(report).to_text()
    )


def test_the_worst_column_weighs_drift_by_importance(check, batch):
    rng = np.random.default_rng(0)
    table = batch(age=rng.integers(45, 79, 4_000).astype(float), pay_status=rng.integers(-1, 4, 4_000) * 1.0)
    names = [found.name for found in check(table).drifted]
    assert names == ["age", "pay_status"]
    weighed = check(table, importance={"pay_status": 0.09, "age": 0.01, "sex": -0.1})
    assert [found.name for found in weighed.drifted] == ["pay_status", "age"]
    assert column(weighed, "pay_status").importance == pytest.approx(0.9)
    assert "90% of the model's importance" in write_verdict(weighed).to_text()


def test_a_practically_irrelevant_shift_of_many_rows_does_not_alarm(check, batch):
    bill = np.random.default_rng(3).normal(50_000 + 400, 20_000, 200_000)  # 0.02 standard deviations
    assert check(batch(rows=200_000, bill_amount=bill)).decision == "no drift"


def test_too_few_rows_are_inconclusive_and_the_verdict_says_how_many_it_takes(check, batch):
    report = check(batch(rows=100))
    assert report.decision == "inconclusive"
    text = write_verdict(report).to_text()
    assert "100 rows are too few to detect the thresholds in 7 of 8 columns" in text
    needed = max(found.rows_needed or 0 for found in report.columns)
    assert 300 < needed < 2_000
    assert "rows are needed" in text
    assert check(batch(rows=2 * needed)).decision == "no drift"


def test_a_large_shift_is_found_in_few_rows(check, batch):
    assert check(batch(rows=100, age=np.linspace(60, 69, 100))).drifted[0].name == "age"


def test_more_missing_values_are_drift(check, batch):
    bill = [None if row % 5 == 0 else 1e3 * (row % 100) for row in range(4_000)]
    report = check(batch(bill_amount=bill))
    result = next(
        result for result in column(report, "bill_amount").results if result.statistic == "missing_share"
    )
    assert result.status == "drifted"
    assert result.effect == pytest.approx(0.18, abs=0.01)
    assert "share of missing values changed by 0.1" in write_verdict(report).to_text()


def test_a_new_category_is_named(check, batch):
    report = check(batch(sex=["3"] * 200 + ["1", "2"] * 1_900))
    assert column(report, "sex").changes == ("categories never seen in training (5.0% of the rows)",)
    assert column(report, "sex").status == "drifted"
    assert "no threshold hides a change of definition" in write_verdict(report).to_text()


def test_a_category_that_is_gone_is_named(check, batch):
    report = check(batch(education=["1", "2", "4", "1"] * 1_000))
    (change,) = column(report, "education").changes
    assert change.startswith("'3' is gone (2")


def test_a_mass_point_that_is_gone_is_named(check, batch):
    paid = np.random.default_rng(0).exponential(2_000, 4_000).round(2) + 0.01
    (change,) = column(check(batch(paid_amount=paid)), "paid_amount").changes
    assert change.startswith("0 is gone (")


def test_a_mass_point_that_appears_is_named(check, batch):
    bill = np.random.default_rng(0).normal(50_000, 20_000, 4_000).round()
    bill[::4] = -999_999
    (change,) = column(check(batch(bill_amount=bill)), "bill_amount").changes
    assert change.startswith("25.1% of the values are below ")


def test_a_constant_column_is_named(check, batch):
    report = check(batch(age=np.full(4_000, 33.0), sex=["2"] * 4_000))
    assert column(report, "age").changes[0].startswith("constant: every value is 33 (")
    assert column(report, "sex").changes[0].startswith("constant: every value is '2' (")


def test_a_column_of_missing_values_is_named(check, batch):
    report = check(batch(age=[None] * 4_000, sex=[None] * 4_000))
    for name in ("age", "sex"):
        assert column(report, name).changes[0].startswith("all values are missing")


def test_nan_is_missing_and_infinities_are_named(check, batch):
    report = check(batch(age=np.full(4_000, np.nan), bill_amount=np.full(4_000, np.inf)))
    assert column(report, "age").changes[0].startswith("all values are missing")
    assert column(report, "bill_amount").changes[0].startswith("constant: every value is infinite")


def test_a_column_that_was_missing_or_constant_or_of_one_category_in_training(
    tmp_path, write_rows, make_config
):
    fixed = {"age": [None] * 3_000, "bill_amount": np.full(3_000, 5.0), "sex": ["1"] * 3_000}
    train = write_rows(tmp_path / "train.parquet", rows=3_000, **fixed)
    profile = Profile.from_json(build_profile(train, make_config(), score(pq.read_table(train))).to_json())

    def run(**columns):
        table = pq.read_table(write_rows(tmp_path / "batch.parquet", rows=3_000, seed=1, **columns))
        return check_drift(profile, profile.count(table, score(table)), Drift(), importance=None, subject="b")

    assert run(**fixed).decision == "no drift"
    report = run()
    assert {found.name for found in report.drifted} == {"age", "bill_amount", "sex"}
    assert column(report, "age").changes == ("100.0% of the rows have a value, none had one in training",)


def test_an_empty_batch_is_inconclusive(check, batch):
    report = check(batch().slice(0, 0))
    assert (report.decision, report.rows, report.predictions) == ("inconclusive", 0, None)
    assert "The batch has no rows" in write_verdict(report).to_text()
    json.dumps(report.to_dict(), allow_nan=False)


def test_further_columns_make_no_difference(check, batch):
    table = batch()
    assert check(table.append_column("new", pa.array(np.arange(4_000)))) == check(table)


def test_counts_of_another_profile_are_refused(profile, batch, tmp_path, write_rows, make_config):
    train = write_rows(tmp_path / "other.parquet", rows=ROWS, seed=5)
    other = build_profile(train, make_config(), np.zeros(ROWS))
    with pytest.raises(DataError, match=r"credit_risk 2 was counted in the bins \w+, the profile of credit"):
        check_drift(profile, other.count(batch()), Drift(), importance=None, subject="credit_risk 2")


def test_a_profile_of_the_first_format_is_used_by_its_counts(check, profile, batch):
    plain = json.loads(profile.to_json())
    for part in (*plain["columns"].values(), plain["predictions"]):
        del part["null_distributions"]
    del plain["seed"]
    old = Profile.from_json(json.dumps({**plain, "format": 1}))
    assert check(batch(), profile=old).decision == "no drift"
    drifted = batch(age=np.full(4_000, 30.0) + np.arange(4_000) % 20)
    assert [found.name for found in check(drifted, profile=old).drifted] == ["age"]
    first = Profile.from_json(FIRST_FORMAT.read_text(encoding="utf-8"))
    assert check(batch(rows=100), profile=first, scores=None).decision == "inconclusive"


@pytest.mark.parametrize("statistic", ["psi", "jensen_shannon", "wasserstein"])
def test_a_statistic_that_was_not_calibrated_at_training_is_when_it_is_needed(check, batch, statistic):
    limits = Drift(numeric=NumericDrift(statistic=statistic, threshold=0.2))
    report = check(batch(age=np.full(4_000, 30.0) + np.arange(4_000) % 20), limits=limits)
    assert [found.name for found in report.drifted] == ["age"]
    assert {result.statistic for result in column(report, "age").results} == {statistic}


def test_days_of_training_that_differ_are_allowed_for(tmp_path, batch, write_rows, make_config):
    """Between-day variation of the training data does not count as drift."""
    from datetime import date

    days = np.repeat(np.arange(20), 400)
    age = np.random.default_rng(0).normal(40 + 4 * (days % 2), 10, 8_000)
    dates = [date(2005, 4, 1 + int(day)) for day in days]
    train = write_rows(tmp_path / "train.parquet", rows=8_000, age=age, as_of=dates)
    profile = build_profile(train, make_config(), np.zeros(8_000))
    later = batch(rows=4_000, age=np.random.default_rng(1).normal(44, 10, 4_000))
    counts = profile.count(later)
    limits = Drift(numeric=NumericDrift(threshold=0.05))
    assert check_drift(profile, counts, limits, importance=None, subject="b").decision == "no drift"
    calm = dataclasses.replace(
        profile,
        null_distributions={
            name: tuple(dataclasses.replace(n, between_day_variation=0.0) for n in nulls)
            for name, nulls in profile.null_distributions.items()
        },
    )
    assert check_drift(calm, counts, limits, importance=None, subject="b").drifted[0].name == "age"


def test_the_report_comes_back_from_plain_values(check, batch):
    report = check(batch(age=np.full(4_000, 33.0)), importance={"age": 1.0})
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert DriftReport.from_dict(plain) == report
    assert plain["decision"] == report.decision
    json.dumps(write_verdict(report).to_dict(), allow_nan=False)


def test_the_verdict_names_the_worst_first_and_caps_the_list(check, batch):
    verdict = write_verdict(check(batch(age=np.full(4_000, 33.0), sex=["2"] * 4_000)))
    assert verdict.kind == "drift"
    assert [reason.passed for reason in verdict.reasons][:2] == [False, False]
    assert verdict.reasons[-1].rule == "other columns"
    assert verdict.inputs["drifted"] == ["age", "sex"]


def test_many_columns_are_checked(tmp_path, make_config):
    from datetime import date

    rng, names = np.random.default_rng(0), [f"x{place}" for place in range(60)]
    fixed = {
        "customer_id": pa.array(np.arange(300)),
        "as_of": pa.array([date(2005, 4, 30)] * 300, pa.date32()),
        "defaulted": pa.array(np.zeros(300, dtype=np.int8)),
    }
    table = pa.table({**fixed, **{name: pa.array(rng.normal(size=300).round(1)) for name in names}})
    pq.write_table(table, tmp_path / "train.parquet")
    config = make_config(features={"numeric": names, "categorical": []}, sensitive={})
    profile = build_profile(tmp_path / "train.parquet", config, np.zeros(300))
    moved = table.set_column(3, "x0", pa.array(np.full(300, 9.0)))
    report = check_drift(profile, profile.count(moved), Drift(), importance=None, subject="wide")
    assert [found.name for found in report.drifted] == ["x0"]
