"""The small world with labels of other kinds: of an event within a horizon, or with a day of their own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world.world import World

EVENT, KNOWN_ON = "lost_on", "decided_on"
_TARGET = "target:\n  column: defaulted\n  delay_days: 31\n"
_LABELS = "    uri: labels/known_on={partition}/labels.csv\n    format: csv\n"


def name_event(world: World, horizon_days: int) -> None:
    """Let the model ask whether an event comes within a horizon; its contract has no rules for labels."""
    world.edit((_TARGET, f"target:\n  event: {EVENT}\n  horizon_days: {horizon_days}\n"))
    contract = world.folder / "contract.yaml"
    text = contract.read_text()
    contract.write_text(text[: text.index("\nlabels:\n")] + "\nlabels: []\n")


def name_known_on(world: World) -> None:
    """Let the rows of labels say since when they are known."""
    world.edit((_LABELS, f"{_LABELS}    known_on: {KNOWN_ON}\n"))


def as_event(file: Path, day: Callable[[int], str] | None = None) -> None:
    """Write labels as events: a default happened on the day after the row, or on another one.

    :param file: labels of (customer, date, 0 or 1).
    :param day: from the customer to the ISO date of the event of those who defaulted.
    """
    head, *lines = file.read_text().splitlines()
    rows = [line.split(",") for line in lines]
    found = [
        ",".join([key, time, (day(int(key)) if day else _next_day(time)) if value == "1" else ""])
        for key, time, value in rows
    ]
    file.write_text("\n".join([head.rsplit(",", 1)[0] + f",{EVENT}", *found]) + "\n")


def add_known_on(file: Path, day: Callable[[int], str]) -> None:
    """Add the column that says since when each label is known.

    :param file: labels of (customer, date, 0 or 1).
    :param day: from the customer to that ISO date.
    """
    head, *lines = file.read_text().splitlines()
    found = [f"{line},{day(int(line.split(',')[0]))}" for line in lines]
    file.write_text("\n".join([f"{head},{KNOWN_ON}", *found]) + "\n")


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
