"""A replay with an event in the features table, which is delivered again each month with what came since."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from include.replay.local_deliveries import Arrival, LocalDeliveries
from include.replay.outcome import Result
from include.replay.settings import read_settings
from include.replay.sweep import account_for, walk_all
from include.replay.walked import Past
from tests.core.replay.conftest import MONTHS

if TYPE_CHECKING:
    from pathlib import Path

    from include.replay.cache import Cache

pytestmark = pytest.mark.core

HORIZON = 30
EVENT = f"target: {{event: lost_on, horizon_days: {HORIZON}}}\n"


@pytest.fixture
def model(folder: Path, tmp_path: Path) -> Path:
    """A model folder whose target is an event within a month."""
    own = tmp_path / folder.name
    shutil.copytree(folder, own)
    text = (own / "model.yaml").read_text()
    labels = text[text.index("  labels:\n") : text.index("entity:")]
    target = text[text.index("target:\n") : text.index("\nfeatures:\n")]
    (own / "model.yaml").write_text(text.replace(labels, "\n").replace(target, EVENT))
    (own / "contract.yaml").write_text((own / "contract.yaml").read_text().replace("labels: []\n", ""))
    return own


def with_events(made: Any, month: str, seen_on: str) -> pa.Table:
    """The accounts of a month with the events that have come by a day: a few days after it, if at all."""
    accounts, (_, lost) = made.features[month], made.month(month, seed=MONTHS.index(month))
    days = np.random.default_rng(MONTHS.index(month)).integers(1, HORIZON + 1, len(accounts))
    events = [
        date.fromisoformat(month) + timedelta(days=int(day)) if one else None
        for one, day in zip(lost.to_pylist(), days, strict=True)
    ]
    known = [day if day is not None and day.isoformat() <= seen_on else None for day in events]
    return accounts.append_column("lost_on", pa.array(known, pa.date32()))


def test_events_that_come_later_are_learned_from_watched_and_evaluated_when_the_horizon_is_over(
    model: Path, world: Any, cache: Cache
) -> None:
    made, months = world(), MONTHS[:4]
    arrivals = [
        Arrival(table="features", partition=month, content=with_events(made, month, seen), on=seen)
        for seen in months
        for month in months
        if month <= seen
    ]
    settings = read_settings(model, [])
    deliveries = LocalDeliveries(settings[0].config, arrivals, cache)
    past = Past(folder=model, deliveries=deliveries, cache=cache.folder, days=months, first=months[0])
    walked = walk_all(past, settings)
    days = dict(zip(months, walked[0].days, strict=True))
    assert [one.result for one in days[MONTHS[0]].trained] == [Result.WAIT], "no horizon is over"
    assert [one.result for one in days[MONTHS[1]].trained] == [Result.PROMOTED]
    assert days[MONTHS[3]].statuses[MONTHS[2]] == "good"
    account = account_for(past, walked, settings[0].config)[0]
    assert account.evaluated == len(months) - 2, "scored from the second month on; the last is not over"
