"""The check for drift on two real sources: credit card customers month by month, flights day by day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.estimator import load_estimator
from include.data.dataset import build_dataset
from include.data.ingest.convert import convert
from include.data.schema import table_columns
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.profile.build import build_profile
from include.training.fit import fit
from include.training.frame import load_frame
from include.training.predict import predict_scores

pytestmark = [pytest.mark.core, pytest.mark.timeout(600)]

TESTS = Path(__file__).parents[3]
MODEL = TESTS.parent / "include" / "models" / "credit_risk"
FLIGHTS = TESTS / "data" / "flights_2015"
MERGED = date(2015, 7, 1)


@pytest.fixture(scope="module")
def months(panel, make_config, tmp_path_factory):
    """Return what the check says about each month, against the model of April."""
    config, folder = make_config(), tmp_path_factory.mktemp("months")

    def snapshot(table, day, file):
        path = folder / f"{table}-{day}.parquet"
        convert([file], fmt="csv", columns=table_columns(config, table), target=path, origin=str(file))
        return path

    accounts = {
        file.parent.name.removeprefix("as_of="): file
        for file in sorted(panel.glob("accounts/*/accounts.csv"))
    }
    features = {day: snapshot("features", day, file) for day, file in accounts.items()}
    known_on = panel / "labels" / "known_on=2005-05-31" / "labels.csv"
    labels = {"2005-05-31": snapshot("labels", "2005-05-31", known_on)}
    build_dataset(features, labels, config, "2005-05-31", folder / "april")
    train = folder / "april" / "train.parquet"
    fitted = fit(train, config, load_estimator(MODEL, config))
    profile = build_profile(train, config, predict_scores(fitted.model, fitted.frame.features, config))
    found = {}
    for day, path in features.items():
        table = pq.read_table(path)
        labelled = folder / f"scored-{day}.parquet"
        pq.write_table(table.append_column("defaulted", pa.array(np.zeros(len(table), np.int8))), labelled)
        scores = predict_scores(fitted.model, load_frame(labelled, config).features, config)
        found[day] = check_drift(profile, profile.count(table, scores), config.monitoring.drift, subject=day)
    return found


def test_the_months_after_april_do_not_alarm_until_july(months):
    assert [months[day].decision for day in ("2005-04-30", "2005-05-31", "2005-06-30")] == ["no drift"] * 3


def test_in_july_the_predictions_drift_though_no_single_column_does(months):
    july = months["2005-07-31"]
    assert july.decision == "impactful drift"
    assert july.drifted == ()
    assert july.shift == pytest.approx(0.026, abs=0.005)


def test_in_august_payments_drift_and_change_the_predictions(months):
    august = months["2005-08-31"]
    assert august.decision == "impactful drift"
    assert [column.name for column in august.drifted] == ["paid_amount"]


def test_in_september_a_status_code_that_was_not_in_use_is_named_a_change_of_definition(months):
    september = months["2005-09-30"]
    changed = {column.name: column.changes for column in september.columns if column.changes}
    assert set(changed) == {"pay_status"}
    assert "12.3%" in " ".join(changed["pay_status"])
    assert {column.name for column in september.drifted} == {"pay_status", "paid_amount"}


@pytest.fixture(scope="module")
def flights():
    """Return all flights of 2015 by day: departure delay, distance and carrier."""
    import pandas as pd

    files = (FLIGHTS / "flight_delays_reference.csv.gz", FLIGHTS / "flight_delays.csv.gz")
    table = pd.concat([pd.read_csv(file, index_col=0) for file in files], ignore_index=True)
    table["DATE"] = pd.to_datetime(table["DATE"]).dt.date
    return table.sort_values("DATE", kind="stable").reset_index(drop=True)


@pytest.fixture(scope="module")
def check_flights(flights, make_config, tmp_path_factory):
    """Return a function that checks some days against January to March."""
    config = make_config(
        features={"numeric": ["DEPARTURE_DELAY", "DISTANCE"], "categorical": ["AIRLINE"]}, sensitive={}
    )

    def to_table(some):
        return pa.table({
            "customer_id": pa.array(some.index.to_numpy()),
            "as_of": pa.array(some["DATE"].tolist(), pa.date32()),
            "DEPARTURE_DELAY": pa.array(some["DEPARTURE_DELAY"].to_numpy(dtype=float), from_pandas=True),
            "DISTANCE": pa.array(some["DISTANCE"].to_numpy(dtype=float)),
            "AIRLINE": pa.array(some["AIRLINE"].tolist()),
            "defaulted": pa.array(np.zeros(len(some), np.int8)),
        })

    spring = flights[flights["DATE"] < date(2015, 4, 1)]
    train = tmp_path_factory.mktemp("flights") / "train.parquet"
    pq.write_table(to_table(spring), train)
    profile = build_profile(train, config, np.full(len(spring), 0.5))

    def check(first, days):
        chosen = flights[(flights["DATE"] >= first) & (flights["DATE"] < first + timedelta(days=days))]
        return check_drift(
            profile, profile.count(to_table(chosen)), config.monitoring.drift, subject=str(first)
        )

    return check


def test_no_day_and_no_week_of_spring_alarms(check_flights):
    spring = [date(2015, 4, 1) + timedelta(days=days) for days in range(91)]
    assert {check_flights(day, 1).decision for day in spring} <= {"no drift", "inconclusive"}
    assert {check_flights(day, 7).decision for day in spring[:84:7]} == {"no drift"}


def test_the_carrier_that_disappears_is_named_on_the_first_day(check_flights):
    for days in (1, 7):
        report = check_flights(MERGED, days)
        (airline,) = [column for column in report.columns if column.name == "AIRLINE"]
        assert airline.status == "drifted"
        assert "'US' is gone" in " ".join(airline.changes)
        assert "'US' is gone" in write_verdict(report).to_text()
