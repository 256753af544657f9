"""The example ``flight_time``: three weeks to learn from, then the days around 1 July."""

from __future__ import annotations

from include.examples.example import Example
from include.examples.flights_2015.days import write_days

EXAMPLE = Example(
    model="flight_time",
    deliver=write_days,
    first_day="2015-06-21",
    why="three weeks of flights, the last day's labels not yet known",
    days=(
        "2015-06-21", "2015-06-28", "2015-06-30", "2015-07-01", "2015-07-02", "2015-07-03", "2015-07-08",
        "2015-07-12",
    ),
)  # fmt: skip
