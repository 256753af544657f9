"""A replay decides day by day as the tasks would."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model
from include.replay.engine import Replay, replay_tables
from include.replay.local_deliveries import Arrival, LocalDeliveries
from include.replay.outcome import Kind, Result

if TYPE_CHECKING:
    from pathlib import Path

    from include.replay.cache import Cache
    from include.replay.outcome import Day

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"


@pytest.fixture(scope="module")
def turned(folder: Path, world: Any, cache: Cache) -> dict[str, Day]:
    """A world in which the signal turns in June."""
    made = world(turned_from=JUNE)
    days = replay_tables(folder, features=made.features, labels=made.labels, cache=cache.folder)
    return {day.day: day for day in days}


def test_waits_for_labels_then_trains_scores_and_watches(turned: dict[str, Day]) -> None:
    assert [one.result for one in turned[APRIL].trained] == [Result.WAIT]
    assert turned[APRIL].champion is None
    assert turned[APRIL].scored is None
    first = turned[MAY]
    assert [(one.kind, one.result) for one in first.trained] == [(Kind.TRAINING, Result.PROMOTED)]
    assert (first.champion, first.scored, first.scored_by) == ("1", MAY, "1")
    assert first.policy == "wait"
    assert first.statuses[MAY] == "not mature"


def test_retrains_once_performance_is_worse(turned: dict[str, Day]) -> None:
    assert turned[JUNE].statuses[MAY] == "good"
    day = turned[JULY]
    assert day.statuses[JUNE] == "worse"
    assert day.policy == "retrain"
    assert day.retraining is not None
    assert day.retraining.fitted
    assert day.retraining.evaluation is not None
    assert day.retraining.evaluation.champion_info == {"version": "1"}
    assert (day.retraining.version is not None) == (day.champion == "2")


def test_a_second_walk_fits_nothing_and_decides_the_same(
    turned: dict[str, Day], folder: Path, world: Any, cache: Cache
) -> None:
    made, config = world(turned_from=JUNE), load_model(folder)
    deliveries = LocalDeliveries.of_tables(config, made.features, made.labels, cache)
    again = Replay(config, folder, deliveries, cache)
    days = {day.day: day for day in again.walk(list(turned))}
    assert again.models.work.fits == 0
    for name, day in turned.items():
        assert (days[name].policy, days[name].drift, days[name].statuses) == (
            day.policy, day.drift, day.statuses,
        )  # fmt: skip
        assert days[name].champion == day.champion


def test_a_broken_delivery_is_quarantined_watched_around_and_stops_learning(
    folder: Path, world: Any, cache: Cache
) -> None:
    made, config = world(), load_model(folder)
    june = made.features[JUNE]
    ages = june.schema.get_field_index("age")
    broken = june.set_column(ages, "age", [[-5.0] * len(june)])
    deliveries = LocalDeliveries(
        config,
        [
            *(Arrival(table="features", partition=day, content=made.features[day]) for day in (APRIL, MAY)),
            Arrival(table="features", partition=JUNE, content=broken),
            Arrival(table="features", partition=JUNE, content=june, on="2005-07-02"),
            *(Arrival(table="labels", partition=day, content=made.labels[day]) for day in (MAY, JUNE)),
        ],
        cache,
    )
    replay = Replay(config, folder, deliveries, cache)
    days = {day.day: day for day in replay.walk([MAY, JUNE, "2005-07-01", "2005-07-02"])}
    assert days[JUNE].quarantined == ("features/2005-06-30",)
    assert days[JUNE].policy == "alert"
    assert days[JUNE].scored is None
    assert [one.task for one in days[JUNE].failures] == ["validate"]
    assert "policy: alert" in days[JUNE].notified
    assert "policy: alert" not in days["2005-07-01"].notified, "people are notified once"
    assert days["2005-07-02"].quarantined == ()
    assert days["2005-07-02"].scored == JUNE
    assert days["2005-07-02"].policy == "wait"


def test_a_delivery_that_cannot_be_read_or_is_gone_is_named(
    folder: Path, world: Any, cache: Cache, tmp_path: Path
) -> None:
    made, config = world(), load_model(folder)
    bad = tmp_path / "accounts.csv"
    bad.write_text("customer_id,as_of\n1,2005-05-31\n")
    deliveries = LocalDeliveries(
        config,
        [
            Arrival(table="features", partition=APRIL, content=made.features[APRIL]),
            Arrival(table="features", partition=MAY, content=bad),
            Arrival(table="features", partition=MAY, content=None, on="2005-06-01"),
            Arrival(table="labels", partition=MAY, content=made.labels[MAY]),
        ],
        cache,
    )
    days = {day.day: day for day in Replay(config, folder, deliveries, cache).walk([MAY, "2005-06-01"])}
    assert days[MAY].policy == "alert"
    assert days[MAY].watched is not None
    assert [one.reason for one in days[MAY].watched.missing] == ["can't be read"]
    gone = days["2005-06-01"].watched
    assert gone is not None
    assert [one.reason for one in gone.missing] == ["is gone from its source"]


def test_labels_in_the_features_table_are_known_when_they_are_due(
    folder: Path, world: Any, cache: Cache, tmp_path: Path
) -> None:
    own = tmp_path / folder.name
    shutil.copytree(folder, own)
    text = (own / "model.yaml").read_text()
    labels = text[text.index("  labels:\n") : text.index("entity:")]
    (own / "model.yaml").write_text(text.replace(labels, "\n"))
    (own / "contract.yaml").write_text((own / "contract.yaml").read_text().replace("labels: []\n", ""))
    made = world(turned_from=JUNE)
    months = dict(zip((APRIL, MAY), (MAY, JUNE), strict=True))
    features = {
        month: made.features[month].append_column("defaulted", made.labels[known]["defaulted"])
        for month, known in months.items()
    }
    days = {
        day.day: day
        for day in replay_tables(
            own, features=features, days=[MAY, "2005-06-30", "2005-07-01"], cache=cache.folder
        )
    }
    assert days[MAY].champion == "1", "April's labels are due on 31 May"
    assert days["2005-06-30"].statuses[MAY] == "not mature"
    assert days["2005-07-01"].statuses[MAY] == "good"


def test_nothing_later_than_the_day_is_used(folder: Path, world: Any, cache: Cache) -> None:
    made = world(turned_from=JUNE)
    until = [
        replay_tables(
            folder,
            features={day: table for day, table in made.features.items() if day <= JUNE},
            labels={day: table for day, table in made.labels.items() if day <= JUNE},
            days=[MAY, JUNE],
            cache=cache.folder,
        ),
        replay_tables(
            folder, features=made.features, labels=made.labels, days=[MAY, JUNE], cache=cache.folder
        ),
    ]
    known, all_of_it = (
        [(day.policy, day.drift, day.statuses, day.champion) for day in days] for days in until
    )
    assert known == all_of_it
