from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.config.schedule import (
    ON_ARRIVAL,
    PRESETS,
    clock_of,
    days_between,
    explain_schedule,
    tick_from,
    ticks_before,
)

pytestmark = pytest.mark.core

GOOD = [
    *PRESETS,
    ON_ARRIVAL,
    "* * * * *",
    "0 5 * * *",
    "*/15 0-6,18-23 1,15 * mon-fri",
    "0 0 1 JAN,jul *",
    "30 5 31 12 7",
    "0-30/10 * * * SUN",
    "0 0 1 */3 *",
    "5/15 * * * *",
    "0 0 29 2 *",
    "0 0 L * *",
    "0 6 * * 5#3",
    "0 0 30 2 mon",  # either of the two days
    "0 22-4 * * thu",
]
BAD = {
    "": "'' has 0 fields where a cron expression has 5",
    "daily": "'daily' has 1 fields where a cron expression has 5",
    "on arrival": "'on arrival' has 2 fields where a cron expression has 5",
    "ON_ARRIVAL": "'ON_ARRIVAL' has 1 fields where a cron expression has 5",
    "@on_arrival": "unknown preset '@on_arrival'",
    "@never": "unknown preset '@never'",
    "@once": "unknown preset '@once'",
    "@continuous": "unknown preset '@continuous'",
    "0 0 * *": "'0 0 * *' has 4 fields where a cron expression has 5",
    "0 0 * * * *": "'0 0 * * * *' has 6 fields where a cron expression has 5",
    "0 0 31 4 *": "'0 0 31 4 *' names a date that never comes",
    "0 0 30 2 *": "'0 0 30 2 *' names a date that never comes",
    "0 0 31 2,4,6 *": "'0 0 31 2,4,6 *' names a date that never comes",
    "R R * * *": "'R R * * *' has a field that is drawn at random, anew each time it is read",
    "h(0-9) 5 * * *": "'h(0-9) 5 * * *' has a field that is drawn at random, anew each time it is read",
    "60 0 * * *": "'60 0 * * *' can't be read: ",
    "0 24 * * *": "'0 24 * * *' can't be read: ",
    "0 0 0 * *": "'0 0 0 * *' can't be read: ",
    "0 0 * 13 *": "'0 0 * 13 *' can't be read: ",
    "0 0 * * 8": "'0 0 * * 8' can't be read: ",
    "0 0 * * mo": "'0 0 * * mo' can't be read: ",
    "*/0 * * * *": "'*/0 * * * *' can't be read: ",
    "*/ * * * *": "'*/ * * * *' can't be read: ",
    "1,,2 * * * *": "'1,,2 * * * *' can't be read: ",
    "-1 * * * *": "'-1 * * * *' can't be read: ",
    "1- * * * *": "'1- * * * *' can't be read: ",
    "٣ * * * *": "'٣ * * * *' can't be read: ",
    "x * * * *": "'x * * * *' can't be read: ",
    "? ? ? ? ?": "'? ? ? ? ?' can't be read: ",
    ",".join(map(str, range(60))) + " * * * *": f"'{','.join(map(str, range(60)))[:120]}",
}


@pytest.mark.parametrize("schedule", GOOD)
def test_a_schedule_that_airflow_takes_is_taken(schedule: str) -> None:
    assert explain_schedule(schedule) is None


@pytest.mark.parametrize(("schedule", "problem"), BAD.items(), ids=[schedule[:20] for schedule in BAD])
def test_a_schedule_is_refused_with_the_reason(schedule: str, problem: str) -> None:
    found = explain_schedule(schedule)
    assert found is not None
    assert found.startswith(problem)
    assert problem.endswith((": ", "120]")) or len(found) < 200


@pytest.mark.parametrize(
    ("schedule", "moment", "before", "after"),
    [
        (
            "30 5 * * mon-fri",
            "2026-11-30 05:30",
            ["2026-11-27 05:30", "2026-11-30 05:30"],
            "2026-11-30 05:30",
        ),
        (
            "30 5 * * mon-fri",
            "2026-11-29 12:00",
            ["2026-11-26 05:30", "2026-11-27 05:30"],
            "2026-11-30 05:30",
        ),
        ("@quarterly", "2026-11-29 12:00", ["2026-07-01 00:00", "2026-10-01 00:00"], "2027-01-01 00:00"),
    ],
)
def test_the_real_ticks_around_a_moment(schedule, moment, before, after):
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert [f"{tick:%Y-%m-%d %H:%M}" for tick in ticks_before(schedule, at, 2)] == before
    assert f"{tick_from(schedule, at):%Y-%m-%d %H:%M}" == after


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_has_ticks(preset):
    assert days_between(preset)


@pytest.mark.parametrize("schedule", [None, ON_ARRIVAL])
def test_without_a_clock_there_is_no_time_between_two_runs(schedule: str | None) -> None:
    assert days_between(schedule) is None
    assert clock_of(schedule) is None
    assert clock_of("@daily") == "@daily"
    assert days_between("@daily") == 1


def test_on_arrival_a_run_is_due_at_once_and_none_was_before():
    at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert tick_from(ON_ARRIVAL, at) == at
    assert ticks_before(ON_ARRIVAL, at, 5) == []
