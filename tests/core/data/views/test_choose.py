"""Which deliveries of a view a delivery of features is joined with."""

from __future__ import annotations

import pytest

from include.data.views.choose import choose_deliveries
from tests.core.data.views.worlds import config_with

pytestmark = pytest.mark.core

DAYS = ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")


@pytest.mark.parametrize(
    ("max_age", "partition", "chosen"),
    [
        (None, "2026-03-31", DAYS[:3]),
        (None, "2026-01-30", ()),
        ("60d", "2026-04-30", DAYS[1:]),
        ("30d", "2026-03-31", DAYS[1:3]),
        ("1d", "2026-03-30", DAYS[1:2]),
        ("36h", "2026-04-30", DAYS[3:]),
    ],
)
def test_none_is_younger_than_the_rows_or_older_than_a_value_that_counts(
    max_age: str | None, partition: str, chosen: tuple[str, ...]
) -> None:
    view = {
        "key": {"id": "integer"}, "match": {"id": "customer_id"}, "event_time": {"column": "day"},
        "max_age": max_age, "columns": {"score": "numeric"},
    }  # fmt: skip
    config = config_with({"crm": view})
    assert choose_deliveries(DAYS, partition, config.features.views["crm"], config) == chosen
