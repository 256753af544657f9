"""A replay lives through deliveries of a number, and of ten classes, as of any other task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from include.replay.local_deliveries import LocalDeliveries
from include.replay.outcome import Result
from include.replay.page import accounts_table
from include.replay.settings import read_settings
from include.replay.sweep import account_for, walk_all
from include.replay.walked import Past
from tests.world.tasks import digits_world, flights_world

if TYPE_CHECKING:
    from pathlib import Path

    from include.replay.cache import Cache

pytestmark = pytest.mark.core

WORLDS = {"regression": flights_world, "multiclass": digits_world}
DELIVERIES = 6


@pytest.mark.parametrize("task", WORLDS)
def test_a_replay_trains_scores_watches_and_accounts(task: str, tmp_path: Path, cache: Cache) -> None:
    world = WORLDS[task](tmp_path / "models", tmp_path / "source")
    for number in range(DELIVERIES):
        world.deliver(number)
    features, labels = (
        {file.stem: file for file in sorted((world.source / table).glob("*.csv"))}
        for table in ("features", "labels")
    )
    settings = read_settings(world.folder, ["window.partitions=4,2"])
    deliveries = LocalDeliveries.of_tables(settings[0].config, features, labels, cache)
    days = tuple(sorted({*features, *labels}))
    past = Past(folder=world.folder, deliveries=deliveries, cache=cache.folder, days=days, first=days[2])
    walked = walk_all(past, settings)
    last = walked[0].days[-1]
    assert any(one.result is Result.PROMOTED for day in walked[0].days for one in day.trained)
    assert last.champion is not None
    assert "good" in last.statuses.values()
    assert {day.drift for day in walked[0].days} - {None} <= {"no drift", "benign drift", "inconclusive"}
    accounts = account_for(past, walked, settings[0].config)
    assert all(math.isfinite(one.regret.value) and one.evaluated for one in accounts)
    shown = accounts_table(accounts)
    assert (" %" in shown) == (task == "regression"), "gains in minutes are shares"
