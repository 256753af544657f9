"""Days, weeks and months, each named by its last day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.data.sources.periods import first_day, last_day

if TYPE_CHECKING:
    from include.config.data_schema import Period

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("day", "every", "first", "last"),
    [
        ("2024-02-29", "day", "2024-02-29", "2024-02-29"),
        ("2024-02-10", "month", "2024-02-01", "2024-02-29"),
        ("2023-02-28", "month", "2023-02-01", "2023-02-28"),
        ("2024-12-31", "week", "2024-12-30", "2025-01-05"),  # a Tuesday
        ("2025-01-05", "week", "2024-12-30", "2025-01-05"),
        ("2025-01-06", "week", "2025-01-06", "2025-01-12"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(day: str, every: Period, first: str, last: str) -> None:
    assert first_day(date.fromisoformat(day), every).isoformat() == first
    assert last_day(date.fromisoformat(day), every).isoformat() == last


@given(st.dates(date(1800, 1, 1), date(9000, 1, 1)), st.sampled_from(["day", "week", "month"]))
def test_periods_leave_no_day_out_and_none_is_in_two(day: date, every: Period) -> None:
    first, last = first_day(day, every), last_day(day, every)

    assert first <= day <= last
    assert {first_day(first, every), first_day(last, every)} == {first}
    assert first_day(last + timedelta(days=1), every) == last + timedelta(days=1)
