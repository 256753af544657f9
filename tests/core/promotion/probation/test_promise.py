"""What a promotion promises, and what probation will see of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from include.config.schedule import days_between
from include.data.dataset_record import Coverage, Dataset, LabelCounts, Part
from include.evaluation.buckets import BUCKETS, BucketedGain
from include.promotion.probation.promise import find_forecast, find_promise

pytestmark = pytest.mark.core


def make_dataset(days=("2005-03-31", "2005-04-30", "2005-05-31"), rows=4000, labelled=4000):
    return Dataset(
        model="credit_risk", as_of=days[-1], split_kind="group and time split", train_partitions=(),
        test_partitions=(days[0],), train=Part(rows=1, positives=1), test=Part(rows=1, positives=1),
        labels=LabelCounts(known_on=days[-1], repeated=0, corrected=0, without_features=0), feature_names=(),
        coverage=tuple(
            Coverage(
                partition=day, rows=rows, labelled=labelled * (day < "2005-05"), labels_without_features=0
            )
            for day in days
        ),
    )  # fmt: skip


@pytest.fixture
def evaluation(make_evaluation):
    """A gain of 0.02 on 1,000 rows with a standard error of 0.01."""
    sums = np.random.default_rng(1).standard_normal(BUCKETS)
    sums *= 0.01 * 1000 / np.sqrt(BUCKETS / (BUCKETS - 1) * (sums**2).sum())
    gain = BucketedGain(rows=1000, total=20.0, sums=sums)
    return replace(make_evaluation(gain=(0.02, 0.001, 0.04)), bucketed={"roc_auc": gain})


def test_the_promise_is_the_gain_of_the_gate(evaluation, make_evaluation):
    found = find_promise(evaluation)
    assert (found.metric, found.gain.value, found.gain.low, found.rows) == ("roc_auc", 0.02, 0.001, 10_000)
    assert type(found).from_dict(found.to_dict()) == found
    assert find_promise(make_evaluation()) is None, "a first champion promises nothing"


def test_the_forecast_is_about_a_delivery_and_not_about_the_test_set(evaluation, make_config):
    """4,000 rows against 1,000: half of the standard error; (2.89 + 0.84) x 0.005 / 0.03 squared is 0.39."""
    found = find_forecast(evaluation, make_dataset(), make_config())
    assert (found.needed, found.loss) == (1, 0.03)
    assert found.smallest == pytest.approx((2.89 + 0.842) * 0.005 / 6**0.5, rel=0.01)
    fewer = find_forecast(evaluation, make_dataset(rows=250, labelled=250), make_config())
    assert fewer.needed == 7


def test_the_date_follows_from_how_deliveries_came(evaluation, make_config):
    found = find_forecast(evaluation, make_dataset(), make_config())
    assert found.known_on == "2005-07-31", "a month to the next one, and 31 days for its labels"
    within = make_config(
        target={"event": "lost_on", "horizon_days": 60, "delay_days": 1, "column": "lost_on_within_60_days"}
    )
    assert find_forecast(evaluation, make_dataset(), within).known_on == "2005-08-30", "30 days later"
    single = find_forecast(evaluation, make_dataset(days=("2005-04-30",)), make_config())
    assert single.known_on == "2005-06-01", "of a single one by the schedule"
    never = find_forecast(evaluation, make_dataset(days=("2005-04-30",)), make_config(schedule=None))
    assert never.known_on == ""


def test_a_sample_sees_less_than_all_rows(evaluation, make_config):
    whole = find_forecast(evaluation, make_dataset(), make_config())
    sampled = find_forecast(evaluation, make_dataset(), make_config(probation={"rows": 1000}))
    assert sampled.smallest == pytest.approx(2 * whole.smallest)


def test_a_loss_that_is_put_up_with_does_not_matter(evaluation, make_config):
    assert find_forecast(evaluation, make_dataset(), make_config(probation={"max_loss": 0.05})).loss == 0.1


def test_nothing_is_said_where_nothing_is_known(evaluation, make_config):
    config = make_config()
    assert find_forecast(evaluation, make_dataset(), make_config(probation="off")) is None
    assert find_forecast(replace(evaluation, bucketed=None), make_dataset(), config) is None, "an old record"
    assert find_forecast(evaluation, make_dataset(labelled=0), config) is None
    flat = BucketedGain(rows=10, total=0.0, sums=np.zeros(BUCKETS))
    assert find_forecast(replace(evaluation, bucketed={"roc_auc": flat}), make_dataset(), config) is None


@pytest.mark.parametrize(
    ("schedule", "days"),
    [("@daily", 1.0), ("@weekly", 7.0), ("@monthly", 30.5), ("0 5 * * *", 1.0), (None, None)],
)
def test_the_days_between_two_runs_of_a_schedule(schedule, days):
    assert days_between(schedule) == (days if days is None else pytest.approx(days, abs=0.1))
