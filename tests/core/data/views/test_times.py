"""Which times of a view's delivery are refused: file, row, what was found, what was expected, what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include.data.views.times import check_times
from include.errors import DataError
from tests.core.data.views.worlds import config_with, value_columns, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

TOMORROW = date(2026, 4, 1)
DAY, BEFORE = date(2026, 3, 31), date(2026, 3, 30)
TAIPEI = {"type": "timestamp", "timezone": "Asia/Taipei"}
NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)


def check(folder: Path, rows: list[tuple[Any, Any]], **changes: Any) -> None:
    """Check a delivery with these times of event and knowledge."""
    said = {
        "key": {"id": "integer"}, "match": {"id": "customer_id"}, "columns": {"score": "numeric"},
        "event_time": {"column": "day"}, "known_at": {"column": "seen"}, **changes,
    }  # fmt: skip
    view = config_with({"crm": said}).features.views["crm"]
    values = [{"id": number, "day": day, "seen": seen} for number, (day, seen) in enumerate(rows)]
    write(folder / "values.parquet", values, value_columns(view), rows_per_group=2)
    check_times(folder / "values.parquet", view, "2026-03-31", "crm/2026-03-31.csv")


@pytest.mark.parametrize(
    ("rows", "changes", "says"),
    [
        (
            [(BEFORE, BEFORE), (BEFORE, DAY), (BEFORE, date(2026, 3, 1)), (BEFORE, date(2026, 2, 1))],
            {},
            r"^crm/2026-03-31.csv: column 'seen' has values that became known before they held, by 'day'\. "
            r"Found 2 such as 2026-03-01, held from 2026-03-30 on, in row 3\. .*announced: true",
        ),
        ([(DAY, DAY), (TOMORROW, TOMORROW)], {}, r"'day' has events after .* 2026-04-01, in row 2"),
        ([(date(1970, 1, 1), DAY)], {}, r"'day' has times at the beginning of time in computers\. Found 1"),
        ([(DAY, date(1970, 1, 1))], {}, r"'seen' has times at the beginning of time in computers"),
        (
            [(datetime(1970, 1, 1, tzinfo=UTC), DAY)],
            {"event_time": {"column": "day", **TAIPEI}},
            r"'day' has times at the beginning of time .* in row 1",
        ),
        (
            [(datetime(2026, 3, 31, 16, tzinfo=UTC), DAY)],
            {"event_time": {"column": "day", **TAIPEI}},
            r"'day' has events after the delivery's day\. Found 1 such as 2026-03-31 16:00:00\+00:00",
        ),
        (
            [(NOON, datetime(2026, 3, 30, 11, 59, 59, 999999, tzinfo=UTC))],
            {"event_time": {"column": "day", **TAIPEI}, "known_at": {"column": "seen", **TAIPEI}},
            r"'seen' has values that became known before they held",
        ),
        (
            [(NOON, date(2026, 3, 28))],
            {"event_time": {"column": "day", **TAIPEI}},
            r"'seen' has values that became known before they held",
        ),
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused(
    rows: list[tuple[Any, Any]], changes: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=says):
        check(tmp_path, rows, **changes)


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        ([(BEFORE, BEFORE), (DAY, DAY), (BEFORE, date(2026, 4, 2))], {}),
        ([(BEFORE, date(2026, 3, 1))], {"announced": True}),
        ([(date(2026, 3, 1), None)], {"known_at": None}),
        ([(datetime(2026, 3, 31, 15, 59, tzinfo=UTC), DAY)], {"event_time": {"column": "day", **TAIPEI}}),
        (
            [(NOON, NOON)],
            {"event_time": {"column": "day", **TAIPEI}, "known_at": {"column": "seen", **TAIPEI}},
        ),
        ([(NOON, BEFORE), (NOON, date(2026, 3, 29))], {"event_time": {"column": "day", **TAIPEI}}),
        ([(DAY, NOON)], {"known_at": {"column": "seen", "type": "timestamp"}}),
        ([(DAY, BEFORE)], {"event_time": {"column": "day", "timezone": "Asia/Taipei"}}),
    ],
)  # fmt: skip
def test_a_time_that_can_be_is_not(
    rows: list[tuple[Any, Any]], changes: dict[str, Any], tmp_path: Path
) -> None:
    check(tmp_path, rows, **changes)
