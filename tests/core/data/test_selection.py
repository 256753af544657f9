from __future__ import annotations

import pytest

from include.data.selection import select_newest, select_partitions, waiting_for_labels
from include.errors import DataError

pytestmark = pytest.mark.core

MONTHS = ["2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31", "2005-09-30"]
DELIVERIES = {
    "features": {day: f"f-{day}" for day in MONTHS},
    "labels": {day: f"l-{day}" for day in [*MONTHS[1:], "2005-10-31"]},
}


def select(config, as_of: str) -> dict[str, list[str]]:
    chosen = select_partitions(DELIVERIES, as_of, config, origin="the source")
    return {table: list(days) for table, days in chosen.items()}


def test_nothing_delivered_after_the_day_is_taken(make_config):
    assert select(make_config(), "2005-06-30") == {"features": MONTHS[:3], "labels": MONTHS[1:3]}
    assert select(make_config(), "2005-06-29") == {"features": MONTHS[:2], "labels": MONTHS[1:2]}


def test_the_window_is_of_partitions_whose_labels_are_due_and_the_waiting_come_on_top(make_config):
    config = make_config(window={"partitions": 2}, monitoring={"policy": {"windows": 1}})
    assert select(config, "2005-09-30")["features"] == MONTHS[2:], "August and September wait"
    assert waiting_for_labels(MONTHS, "2005-09-30", config) == MONTHS[4:]


def test_what_monitoring_looks_at_is_there_even_if_training_needs_less(make_config):
    config = make_config(window={"partitions": 1}, monitoring={"policy": {"windows": 3}})
    chosen = select(config, "2005-09-30")
    assert chosen["features"] == MONTHS[1:], "three windows with labels, and two that wait"
    assert chosen["labels"] == MONTHS[1:], "every label that can be about them"


def test_scoring_needs_the_newest_features_alone():
    assert select_newest(DELIVERIES, "2005-06-29", origin="x") == {"features": {"2005-05-31": "f-2005-05-31"}}


def test_a_day_before_the_first_delivery_says_what_there_is(make_config):
    for select_some in (
        lambda: select_partitions(DELIVERIES, "2005-01-01", make_config(), origin="the source"),
        lambda: select_newest(DELIVERIES, "2005-01-01", origin="the source"),
    ):
        with pytest.raises(DataError, match="the source has no partition on or before 2005-01-01; it has 6"):
            select_some()
    with pytest.raises(DataError, match=r"the connection and the query in model\.yaml"):
        select_newest({"features": {}}, "2005-06-30", origin="sql://warehouse/m/queries/features.sql")
    with pytest.raises(DataError, match="has no partitions"):
        select_newest({"features": {}}, "2005-01-01", origin="the source")
