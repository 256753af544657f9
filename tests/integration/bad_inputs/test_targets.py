"""Labels with a day of their own, and events within a horizon: days that can't be, and too little history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from include.errors import DataError
from tests.world.targets import EVENT, add_known_on, as_event, name_event, name_known_on
from tests.world.world import FIRST, NEXT

if TYPE_CHECKING:
    from tests.integration.bad_inputs.conftest import Refusal, Waits
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

ANNOUNCED = (date.today() + timedelta(days=3)).isoformat()


def test_events_that_cannot_be_are_refused(world: World, refused: Refusal) -> None:
    name_event(world, horizon_days=31)
    file = world.labels(NEXT)
    for day in (FIRST, NEXT):
        as_event(world.labels(day))
    fine = file.read_text()
    for what, day, says in (
        ("target event before its row", "2005-05-30", "earlier than their row (row 2: lost_on 2005-05-30"),
        ("target event of 1970", "1970-01-01", "are earlier than their row (row 2: lost_on 1970-01-01"),
        ("target event of the future", "2005-07-01", "future of 2005-06-30 (row 2: lost_on 2005-07-01"),
    ):  # fmt: skip
        lines = fine.splitlines()
        lines[2] = ",".join([*lines[2].split(",")[:2], day])
        file.write_text("\n".join(lines) + "\n")
        refused(what, world.pipeline(), "extract", DataError, f"known_on={NEXT}/labels.csv", says)


def test_labels_known_before_their_row_or_in_the_future_are_refused(world: World, refused: Refusal) -> None:
    name_known_on(world)
    add_known_on(world.labels(FIRST), lambda _: FIRST)
    file = world.labels(NEXT)
    for what, day, says in (
        ("known_on before its row", "2005-05-30", "earlier than their row (row 1: decided_on 2005-05-30"),
        ("known_on of the future", ANNOUNCED, "lie in the future of"),
    ):
        before = file.read_text()
        add_known_on(file, lambda _, day=day: day)
        refused(what, world.pipeline(), "extract", DataError, f"known_on={NEXT}/labels.csv", says)
        file.write_text(before)


def test_a_horizon_longer_than_the_history_waits_and_says_for_what_day(world: World, waits: Waits) -> None:
    name_event(world, horizon_days=720)
    for day in (FIRST, NEXT):
        as_event(world.labels(day))
    waits("horizon longer than the history", world.pipeline(), "due on 2007-04-20")


def test_the_event_has_a_column_of_its_own(world: World, refused: Refusal) -> None:
    name_event(world, horizon_days=31)
    refused(
        "target event without its column",
        world.pipeline(),
        "extract",
        DataError,
        f"column '{EVENT}' is missing",
    )
