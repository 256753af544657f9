"""Rows that are events: real flights, week by week, from the first champion to performance; and bad ones."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.load import load_model
from include.data.ingest.convert import convert
from include.data.labelled_rows import label_rows
from include.data.labels import open_labels
from include.data.schema import table_columns
from include.errors import DataError
from include.replay.engine import replay_tables
from include.validation.contract.contract import load_contract
from include.validation.validate import validate_snapshot
from tests.world.flight_events import model_folder, weeks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.core, pytest.mark.timeout(300)]

WEEK, LAST = "2015-01-11", "2015-03-01"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return model_folder(tmp_path_factory.mktemp("models") / "slow_taxi")


@pytest.fixture(scope="module")
def config(folder):
    return load_model(folder)


@pytest.fixture(scope="module")
def days(folder):
    features, labels = weeks(8)
    return {day.day: day for day in replay_tables(folder, features=features, labels=labels)}


def test_the_loop_runs_on_events(days):
    assert [failure for day in days.values() for failure in day.failures] == []
    assert [day.day for day in days.values() if day.quarantined] == []
    assert days[LAST].champion, "no champion came of it"
    assert [str(one) for one in days["2015-03-02"].statuses.values()] == ["good"] * 3
    assert str(days[LAST].statuses[LAST]) == "not mature", "labels are due on the day after its last day"


def snapshot(table, name, config, kind="features"):
    given = name.with_suffix(".delivered")
    pq.write_table(table, given)
    convert([given], fmt="parquet", columns=table_columns(config, kind), target=name, origin=name.name)
    return name


def test_a_label_goes_to_its_own_row_and_to_no_other_of_its_entity(config, tmp_path):
    """Whatever the order of rows and labels, and however labels are spread over deliveries."""
    every, known = weeks(2)
    flights = pa.concat_tables(known.values())
    truth = dict(zip(flights["flight"].to_pylist(), flights["slow"].to_pylist(), strict=True))

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 10**6), parts=st.integers(1, 3))
    def joined(seed, parts):
        order = random.Random(seed)
        features = {}
        for week, table in every.items():
            mixed = table.take(order.sample(range(len(table)), len(table)))
            features[week] = snapshot(mixed, tmp_path / f"{week}.parquet", config)
        rows = order.sample(range(len(flights)), len(flights))
        labels = {}
        for part in range(parts):
            day = f"2015-01-{20 + part}"
            labels[day] = snapshot(
                flights.take(rows[part::parts]), tmp_path / f"l{part}.parquet", config, "labels"
            )
        found = open_labels({"features": features, "labels": labels}, config, "2015-02-01")
        for week in sorted(features, reverse=True):
            table = pq.read_table(features[week])
            labelled, seen = label_rows(week, features[week], found.of(week), config)
            assert (seen.labelled, seen.labels_without_features) == (len(table), 0)
            keys = table["flight"].to_numpy()[labelled.rows]
            assert keys.tolist() == labelled.keys.to_pylist()
            assert labelled.targets.tolist() == [truth[key] for key in keys.tolist()]
            routes = table["route"].take(labelled.rows).to_pylist()
            assert routes == labelled.entities.to_pylist()
            whose = dict(zip(routes, labelled.held_out.tolist(), strict=True))
            assert [whose[route] for route in routes] == labelled.held_out.tolist(), "an entity was split"
            assert labelled.groups is not None
        assert found.unclaimed() == {}

    joined()


def test_labels_about_two_days_of_one_row_are_refused(config, tmp_path):
    _, labels = weeks(1)
    (table,) = labels.values()
    later = [moment + timedelta(days=1) for moment in table["left_at"].to_pylist()[:1]]
    first = table.slice(0, 1)
    moved = first.set_column(1, "left_at", pa.array(later, table["left_at"].type))
    files = {
        "2015-01-12": snapshot(pa.concat_tables([first, moved]), tmp_path / "l.parquet", config, "labels")
    }
    with pytest.raises(DataError, match=r"1 rows have labels about two days.*expected one time"):
        open_labels({"labels": files, "features": {}}, config, "2015-02-01").of(WEEK)


def put(table, column, place, value):
    values = table[column].to_pylist()
    values[place] = value
    return table.set_column(table.column_names.index(column), column, pa.array(values, table[column].type))


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("flight", "first", "One row for each key"),
        ("left_at", datetime(2031, 1, 1, 8), "lies in the future"),
        ("left_at", datetime(1970, 1, 1), "one of 1970-01-01 had no time at all"),
        ("left_at", datetime(2015, 1, 4, 23, 59), "others belong to another"),
        ("left_at", datetime(2015, 1, 12, 0, 0), "others belong to another"),
    ],
)
def test_events_that_are_not_of_their_delivery_break_the_contract(
    config, folder, tmp_path, column, value, says
):
    every, _ = weeks(1)
    table = every[WEEK]
    value = table[column][0].as_py() if value == "first" else value
    path = snapshot(put(table, column, 5, value), tmp_path / "f.parquet", config)
    report = validate_snapshot(
        path, table="features", config=config, contract=load_contract(folder, config), partition=WEEK,
        as_of="2015-02-01",
    )  # fmt: skip
    critical = [one for one in report.findings if one.severity == "critical" and one.column == column]
    assert any(says in one.why for one in critical), report.summary(5)


def test_an_event_at_either_edge_of_its_week_is_of_it(config, folder, tmp_path):
    every, _ = weeks(1)
    table = put(every[WEEK], "left_at", 5, datetime(2015, 1, 5, 0, 0))
    table = put(table, "left_at", 6, datetime(2015, 1, 11, 23, 59, 59, 999999))
    path = snapshot(table, tmp_path / "f.parquet", config)
    report = validate_snapshot(
        path, table="features", config=config, contract=load_contract(folder, config), partition=WEEK,
        as_of="2015-02-01",
    )  # fmt: skip
    assert report.passed, report.summary(5)


@pytest.mark.parametrize("column", ["flight", "route", "left_at"])
def test_an_event_without_a_key_is_refused(config, tmp_path, column):
    every, _ = weeks(1)
    with pytest.raises(DataError, match=rf"'{column}'.*Found row 6: nothing"):
        snapshot(put(every[WEEK], column, 5, None), tmp_path / "f.parquet", config)


def test_intervals_of_a_window_know_that_rows_share_an_entity(config):
    """Each row five times over says no more than once, so the interval stays as wide."""
    from include.data.labelled_rows import LabelledRows
    from include.monitoring.performance.evaluate_window import _measure

    rng = np.random.default_rng(1)
    scores = rng.random(400)
    target = (rng.random(400) < scores).astype(np.int8)

    def width(times, *, known):
        whose = pa.array(np.repeat(np.arange(400), times))
        count = 400 * times
        rows = LabelledRows(
            partition=WEEK, rows=np.arange(count), targets=np.repeat(target, times),
            held_out=np.ones(count, bool), entities=whose, keys=pa.array(np.arange(count)),
        )  # fmt: skip
        found = _measure(rows.targets, np.repeat(scores, times), config, None, rows=rows if known else None)
        return found["roc_auc"].high - found["roc_auc"].low

    assert width(5, known=True) == pytest.approx(width(1, known=True), rel=0.05)
    assert width(5, known=False) < 0.6 * width(5, known=True)
