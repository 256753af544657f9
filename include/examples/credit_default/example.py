"""The example ``credit_risk``: from the first month's labels on, to the month that breaks."""

from __future__ import annotations

from include.examples.credit_default.panel import write_panel
from include.examples.example import Example

EXAMPLE = Example(
    model="credit_risk",
    deliver=write_panel,
    first_day="2005-05-31",
    why="the day on which the first month's labels are known",
    # On each day the labels of the month before arrive, and (but for the last) the accounts of the month.
    days=(
        "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-01", "2005-08-31", "2005-09-30", "2005-10-31",
        "2005-11-01",
    ),
)  # fmt: skip
