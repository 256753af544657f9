"""Which days a delivery is about, and on which day a moment is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.data.days import days_of, first_day, to_text
from tests.world.model_config import make_config

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("every", "last", "first"),
    [
        ("day", "2015-07-05", "2015-07-05"),
        ("week", "2015-07-05", "2015-06-29"),
        ("month", "2015-02-28", "2015-02-01"),
        ("month", "2015-03-31", "2015-03-01"),
        ("month", "2015-01-31", "2015-01-01"),
        ("month", "2015-07-15", "2015-06-16"),
        ("month", "2015-03-30", "2015-03-01"),
    ],
)
def test_a_delivery_begins_after_the_one_before(every, last, first):
    assert first_day(last, make_config(time={"every": every})) == first


@settings(max_examples=200, deadline=None)
@given(
    moments=st.lists(st.datetimes(datetime(1920, 1, 1), datetime(2037, 12, 30)), min_size=1, max_size=5),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_a_moment_is_on_the_day_that_clocks_show(moments, zone):
    config = make_config(time={"type": "timestamp", "timezone": zone})
    moments = [moment.replace(tzinfo=UTC) for moment in moments]
    shown = [moment.astimezone(ZoneInfo(zone)).date().isoformat() for moment in moments]
    times = pa.chunked_array([pa.array(moments, pa.timestamp("us", "UTC"))])
    assert [to_text(day) for day in days_of(times, config).tolist()] == shown
