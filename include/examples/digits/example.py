"""The example ``digits``: six weeks to learn from, then six weeks of other hands."""

from __future__ import annotations

from include.examples.digits.weeks import write_weeks
from include.examples.example import Example

EXAMPLE = Example(
    model="digits",
    deliver=write_weeks,
    first_day="2024-02-18",
    why="seven weeks of images, the last one's digits not yet read",
    days=(
        "2024-02-18", "2024-02-25", "2024-03-03", "2024-03-10", "2024-03-17", "2024-03-24", "2024-03-31",
    ),
)  # fmt: skip
