"""From the source to the gate with labels of other kinds: within a horizon, and with a day of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.world.targets import add_known_on, as_event, name_event, name_known_on
from tests.world.world import FIRST, NEXT

if TYPE_CHECKING:
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

APRIL, MAY, LATER = "2005-04-30", "2005-05-31", "2005-07-01"


def test_an_event_within_a_horizon_is_trained_on_and_gated_when_it_is_over(world: World) -> None:
    """The horizons of April and May are over on the day of June's delivery, whose events are 1 and 30 days
    later than their rows."""
    name_event(world, horizon_days=30)
    as_event(world.labels(FIRST))
    as_event(world.labels(NEXT), lambda customer: NEXT if customer % 2 else "2005-06-01")
    run = world.pipeline()
    run.run()
    prepared = run.results["prepare"]
    assert prepared["test_partitions"] == [MAY]
    assert run.verdict["decision"] in {"promote", "reject"}, run.verdict["summary"]
    early = world.pipeline(as_of="2005-06-29", run_id="scheduled__early")
    early.run(until="prepare")
    assert early.results["prepare"]["test_partitions"] == [APRIL], "May's horizon ends a day later"


def test_a_label_counts_from_its_own_day_on(world: World) -> None:
    """Half of May's labels are delivered in June, and known in July."""
    name_known_on(world)
    add_known_on(world.labels(FIRST), lambda _: FIRST)
    add_known_on(world.labels(NEXT), lambda customer: LATER if customer % 2 else NEXT)
    june, july = (world.pipeline(as_of=day, run_id=f"scheduled__{day}") for day in (NEXT, LATER))
    for run, tested in ((june, [APRIL]), (july, [MAY])):
        run.run(until="prepare")
        assert run.results["prepare"]["test_partitions"] == tested
    assert july.results["extract"]["changed"] == [], "the day alone has made labels known"
