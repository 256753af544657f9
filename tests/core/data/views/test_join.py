"""What the join promises beside the value of each row: no leak, the same bytes, and no need of a delivery."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from include.data.views.join import join_views
from tests.core.data.views.test_join_oracle import joined
from tests.core.data.views.worlds import random_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

FUTURE = timedelta(days=400)


@pytest.mark.parametrize("seed", range(20))
def test_a_value_of_the_future_never_enters(seed: int, tmp_path: Path) -> None:
    """Each value once more, with other content, an event or a knowledge of a year later."""
    world = random_world(seed)
    later = [
        {**value, "score": 1e9, "visits": 10**9, "plan": "leaked", "active": 1, clock: value[clock] + FUTURE}
        for delivery in world.deliveries
        for value in delivery
        for clock in (("day", "seen") if world.view.known_at else ("day",))
    ]
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    before = joined(world, tmp_path / "before")
    assert joined(replace(world, deliveries=[*world.deliveries, later]), tmp_path / "after") == before


@pytest.mark.parametrize("seed", range(5))
def test_the_same_rows_give_the_same_bytes_in_chunks_of_any_size(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    digests = set()
    for number, budget in enumerate((1, 600, 10**9)):
        folder = tmp_path / str(number)
        folder.mkdir()
        rows, paths = world.write(folder)
        target = folder / "joined.parquet"
        found = join_views(rows, target, world.config, {"crm": paths}, scratch=folder, budget=budget)
        digests.add((hashlib.sha256(target.read_bytes()).hexdigest(), found["crm"].none, found["crm"].old))
    assert len(digests) == 1


def test_without_any_delivery_every_value_is_missing(tmp_path: Path) -> None:
    world = replace(random_world(3), deliveries=[])
    rows = joined(world, tmp_path)
    assert {row[name] for row in rows for name in row if name.startswith("crm__")} == {None}
