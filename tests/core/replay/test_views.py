"""A replay joins what was known then: no value of the future enters training, scoring or monitoring."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from include.config.load import load_model
from include.replay.engine import Replay, replay_tables
from include.replay.local_deliveries import Arrival, LocalDeliveries
from tests.core.replay.conftest import small_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.replay.cache import Cache
    from include.replay.outcome import Day

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"
DAYS = (APRIL, MAY, JUNE, JULY)
DAY = timedelta(days=1)
LEAKED = -7_777.0
ACTIVITY = """\
description: What a customer did.
owner: crm
source: {connection: crm, uri: "activity/{partition}.parquet", format: parquet}
key: {customer_id: integer}
event_time: {column: day}
known_at: {column: seen}
columns: {signal: numeric}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose strongest feature comes from a view."""
    home = tmp_path_factory.mktemp("views")
    folder = small_model(home / "models" / "small")
    (home / "features").mkdir()
    (home / "features" / "activity.yaml").write_text(ACTIVITY)
    file = folder / "model.yaml"
    own = "  categorical: [sex, education, marital_status]\n"
    text = file.read_text()
    assert own in text
    text = text.replace(own, f"{own}  views:\n    activity: [signal]\n")
    file.write_text(text.replace("credit_limit, age, pay_status, ", "credit_limit, age, "))
    return folder


def activity(accounts: pa.Table, month: str, signal: Any = None, seen: int = -1, day: int = -1) -> pa.Table:
    """What a view says of the customers of a month: by default what was known a day before."""
    at = date.fromisoformat(month)
    count = len(accounts)
    return pa.table({
        "customer_id": accounts["customer_id"],
        "day": pa.array([at + day * DAY] * count, pa.date32()),
        "seen": pa.array([at + seen * DAY] * count, pa.date32()),
        "signal": accounts["pay_status"] if signal is None else pa.array([signal] * count),
    })  # fmt: skip


def walked(model: Path, made: Any, views: dict[str, pa.Table], cache: Cache) -> dict[str, Day]:
    days = replay_tables(
        model,
        features={day: made.features[day] for day in DAYS},
        labels={day: made.labels[day] for day in DAYS[1:]},
        views={"activity": views},
        days=DAYS,
        cache=cache.folder,
    )
    return {day.day: day for day in days}


def doors(days: dict[str, Day]) -> list[Any]:
    """What training, scoring and monitoring made of it, day by day."""
    return [
        (
            [(one.model, one.test_digest, one.result, one.evaluation) for one in day.trained],
            (day.scored, day.scored_by, day.champion),
            day.watched and (day.watched.drift, day.watched.windows, day.watched.policy),
        )
        for day in days.values()
    ]


@pytest.fixture(scope="module")
def honest(world: Any) -> tuple[Any, dict[str, pa.Table]]:
    """A world whose signal turns in June, and what its view knew in time."""
    made = world(turned_from=JUNE)
    return made, {day: activity(made.features[day], day) for day in DAYS}


def late_knowledge(accounts: pa.Table, month: str) -> pa.Table:
    """A correction of which somebody heard on the day itself, and not before."""
    return activity(accounts, month, LEAKED, seen=0)


def late_event(accounts: pa.Table, month: str) -> pa.Table:
    """What happened on the day itself."""
    return activity(accounts, month, LEAKED, seen=0, day=0)


def older_than_it_is(accounts: pa.Table, month: str) -> pa.Table:
    """What claims in a later delivery to have been known in time for the one before, as its newest value."""
    before = (date.fromisoformat(month).replace(day=1) - 2 * DAY) - date.fromisoformat(month)
    return activity(accounts, month, LEAKED, seen=before.days, day=before.days)


@pytest.mark.parametrize("leak", [late_knowledge, late_event, older_than_it_is])
def test_a_value_of_the_future_enters_by_no_door(
    leak: Callable[[pa.Table, str], pa.Table],
    honest: tuple[Any, dict[str, pa.Table]],
    model: Path,
    cache: Cache,
) -> None:
    made, views = honest
    spoiled = {day: pa.concat_tables([table, leak(made.features[day], day)]) for day, table in views.items()}
    before, after = walked(model, made, views, cache), walked(model, made, spoiled, cache)
    assert before[MAY].champion == "1"
    assert before[JULY].policy == "retrain", "the days must have something to decide"
    assert doors(after) == doors(before)


def test_values_that_were_known_do_enter(
    honest: tuple[Any, dict[str, pa.Table]], model: Path, cache: Cache
) -> None:
    """What the doors let through if the same values were known a day earlier: they are no walls."""
    made, views = honest
    known = {
        day: pa.concat_tables([
            activity(made.features[day], day, seen=-3, day=-3), activity(made.features[day], day, LEAKED),
        ])
        for day in views
    }  # fmt: skip
    before, after = walked(model, made, views, cache), walked(model, made, known, cache)
    pairs = list(zip(doors(before), doors(after), strict=True))[1:]  # in April there is nothing to learn from
    assert all(one != other for one, other in pairs)


def test_a_view_that_does_not_come_any_more_shows_as_age_and_a_long_month_does_not(
    honest: tuple[Any, dict[str, pa.Table]], model: Path, cache: Cache
) -> None:
    made, views = honest
    late = {day: table for day, table in views.items() if day < JULY}
    for given, status in ((views, "no drift"), (late, "drifted")):
        day = walked(model, made, given, cache)[JULY]
        assert day.watched is not None
        assert day.watched.drift is not None
        (age,) = [one for one in day.watched.drift.columns if one.name == "activity__age_days"]
        assert age.status == status
        assert age.changes == (
            ("100.0% of the values are above 1.5, the largest of training (0.0% in training)",)
            if status == "drifted"
            else ()
        )


def arrivals(made: Any, views: dict[str, pa.Table], *more: Arrival) -> list[Arrival]:
    tables = {"features": made.features, "labels": made.labels, "activity": views}
    known = [
        Arrival(table=table, partition=day, content=content)
        for table, by_day in tables.items()
        for day, content in by_day.items()
        if day in DAYS
    ]
    return [*known, *more]


def signals(deliveries: LocalDeliveries, day: str) -> list[tuple[str, float | None]]:
    """Since when each version of a delivery of features was known, and the sum of its joined values."""
    return [
        (
            one.known_on,
            one.ref and pc.sum(pq.read_table(deliveries.file(one.ref))["activity__signal"]).as_py(),
        )
        for one in deliveries.versions
        if (one.table, one.partition) == ("features", day)
    ]


@pytest.fixture(scope="module")
def config(model: Path) -> ModelConfig:
    return load_model(model)


def test_a_restated_view_makes_a_version_beside_the_one_that_was_trained_on(
    honest: tuple[Any, dict[str, pa.Table]], config: ModelConfig, model: Path, cache: Cache
) -> None:
    made, views = honest
    restated = activity(made.features[MAY], MAY, 5.0)
    more = Arrival(table="activity", partition=MAY, content=restated, on="2005-06-15")
    deliveries = LocalDeliveries(config, arrivals(made, views, more), cache)
    before = pc.sum(made.features[MAY]["pay_status"]).as_py()
    assert signals(deliveries, MAY) == [(MAY, before), ("2005-06-15", 5.0 * len(restated))]
    assert [day for day, _ in signals(deliveries, APRIL)] == [APRIL], "no younger delivery is joined"
    assert [day for day, _ in signals(deliveries, JUNE)] == [JUNE], "June's own values are newer"
    (first,) = Replay(config, model, deliveries, cache).walk([MAY])
    assert doors({MAY: first}) == doors({MAY: walked(model, made, views, cache)[MAY]})


def test_a_correction_that_says_when_it_became_known_changes_no_past(
    honest: tuple[Any, dict[str, pa.Table]], config: ModelConfig, cache: Cache
) -> None:
    made, views = honest
    corrected = pa.concat_tables([views[MAY], activity(made.features[MAY], MAY, 5.0, seen=15)])
    more = Arrival(table="activity", partition=MAY, content=corrected, on="2005-06-15")
    deliveries = LocalDeliveries(config, arrivals(made, views, more), cache)
    assert [day for day, _ in signals(deliveries, MAY)] == [MAY]


def test_a_view_that_comes_late_is_missing_until_then_and_one_that_goes_stays(
    honest: tuple[Any, dict[str, pa.Table]], config: ModelConfig, cache: Cache
) -> None:
    made, views = honest
    own = {day: table for day, table in views.items() if day != MAY}
    late = Arrival(table="activity", partition=MAY, content=views[MAY], on="2005-06-02")
    gone = Arrival(table="activity", partition=APRIL, content=None, on="2005-06-03")
    deliveries = LocalDeliveries(config, arrivals(made, own, late, gone), cache)
    april, may = (pc.sum(made.features[day]["pay_status"]).as_py() for day in (APRIL, MAY))
    assert signals(deliveries, MAY) == [(MAY, april), ("2005-06-02", may)]
    assert signals(deliveries, APRIL) == [(APRIL, april)]


def test_a_view_that_is_broken_or_not_there_costs_the_features_that_need_it(
    honest: tuple[Any, dict[str, pa.Table]], config: ModelConfig, cache: Cache
) -> None:
    made, views = honest
    twice = pa.concat_tables([views[JUNE], activity(made.features[JUNE], JUNE, 1.0)])
    own = {MAY: views[MAY], JUNE: twice}
    deliveries = LocalDeliveries(config, arrivals(made, own), cache)
    errors = {
        one.partition: one.error for one in deliveries.versions if one.table == "features" and one.error
    }
    assert set(errors) == {APRIL, JUNE, JULY}
    assert errors[APRIL] == "the view activity has no delivery on or before 2005-04-30; expected one at least"
    assert "rows of one key and times have other values" in errors[JUNE]
    assert errors[JULY] == errors[JUNE], "without max_age each older delivery is read"
