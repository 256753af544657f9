"""Walk through a scenario with the product's own replay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from include.config.load import load_model
from include.replay.engine import Replay
from include.replay.local_deliveries import LocalDeliveries
from tests.core.scenarios.events import events_of
from tests.core.scenarios.plan import Plan
from tests.core.scenarios.stories import STORIES
from tests.core.scenarios.world import iso

if TYPE_CHECKING:
    from include.replay.cache import Cache

MODEL = Path(__file__).with_name("churn")


def walk(name: str, seed: int, cache: Cache) -> dict[int, list[str]]:
    """Return what happens in a scenario: day to events.

    :param name: its name.
    :param seed: seed of the world.
    :param cache: what scenarios have in common is computed once.
    """
    plan = Plan(seed=seed)
    STORIES[name](plan)
    config = load_model(MODEL)
    deliveries = LocalDeliveries(config, plan.arrivals(), cache)
    replay = Replay(config, MODEL, deliveries, cache, runs=plan.runs)
    return events_of(replay.walk(iso(day) for day in range(plan.until)))
