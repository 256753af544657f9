from __future__ import annotations

import pytest

from include.config.cron import PRESETS, explain_schedule

pytestmark = pytest.mark.core

GOOD = [
    *PRESETS,
    "* * * * *",
    "0 5 * * *",
    "*/15 0-6,18-23 1,15 * mon-fri",
    "0 0 1 JAN,jul *",
    "30 5 31 12 7",
    "0-30/10 * * * SUN",
    "0 0 1 */3 *",
    "5/15 * * * *",
]
BAD = {
    "": "'' has 0 fields where a cron expression has 5",
    "daily": "'daily' has 1 fields where a cron expression has 5",
    "@never": "unknown preset '@never'",
    "@once": "unknown preset '@once'",
    "0 0 * *": "'0 0 * *' has 4 fields where a cron expression has 5",
    "0 0 * * * *": "'0 0 * * * *' has 6 fields where a cron expression has 5",
    "60 0 * * *": "'60' is no minute (0 to 59)",
    "0 24 * * *": "'24' is no hour (0 to 23)",
    "0 0 0 * *": "'0' is no day of month (1 to 31)",
    "0 0 * 13 *": "'13' is no month (1 to 12)",
    "0 0 * * 8": "'8' is no day of week (0 to 7)",
    "0 0 * * mo": "'mo' is no day of week (0 to 7)",
    "0 6-3 * * *": "'6-3' is no hour (0 to 23)",
    "*/0 * * * *": "'*/0' is no minute (0 to 59)",
    "*/ * * * *": "'*/' is no minute (0 to 59)",
    "1,,2 * * * *": "'' is no minute (0 to 59)",
    "-1 * * * *": "'-1' is no minute (0 to 59)",
    "1- * * * *": "'1-' is no minute (0 to 59)",
    "٣ * * * *": "'٣' is no minute (0 to 59)",
    "x * * * *": "'x' is no minute (0 to 59)",
}


@pytest.mark.parametrize("schedule", GOOD)
def test_a_schedule_that_airflow_takes_is_taken(schedule: str) -> None:
    assert explain_schedule(schedule) is None


@pytest.mark.parametrize(("schedule", "problem"), BAD.items(), ids=BAD.keys())
def test_a_schedule_is_refused_with_the_field_at_fault(schedule: str, problem: str) -> None:
    assert explain_schedule(schedule) == problem


@pytest.mark.parametrize("schedule", [schedule for schedule in GOOD if not schedule.startswith("@")])
def test_what_is_taken_here_is_taken_by_the_library_that_airflow_uses(schedule: str) -> None:
    croniter = pytest.importorskip("croniter").croniter

    assert croniter.is_valid(schedule)
