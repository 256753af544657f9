"""Bad weights, and bad events: refused with place, found, expected and remedy, and the champion stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from include.errors import InfrastructureError, MlopsError
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from tests.integration.bad_inputs.documented import check_documented
from tests.world.dag_run import DagRun
from tests.world.edits import edit
from tests.world.tasks import TaskWorld, flights_world, next_day
from tests.world.world import make_light

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


@pytest.fixture
def world(
    tmp_path: Path, state: Path, mlflow_server: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> TaskWorld:
    make_light(monkeypatch)
    name = "".join(letter if letter.isalnum() else "_" for letter in tmp_path.name.lower())[-60:]
    return flights_world(tmp_path / "models", state / "source" / "credit_risk", f"t_{name}")


def refused(world: TaskWorld, number: int, task_id: str, what: str) -> str:
    """Return what refuses a delivery that the next training would learn from; the champion stays."""
    registry = ModelRegistry(MlflowHook(), world.folder.name)
    before = registry.aliases()
    run = DagRun(world.folder, as_of=next_day(world.days[number]), run_id=f"manual__{what}")
    with pytest.raises(MlopsError) as caught:
        run.run()
    assert run.begun == task_id, f"{run.begun}: {caught.value}"
    assert not isinstance(caught.value, InfrastructureError)
    assert registry.aliases() == before
    assert before[CHAMPION] == "1"
    said = " ".join(str(caught.value).split())
    check_documented(what, task_id, f"{type(caught.value).__name__}: {said}")
    return said


WEIGHTS = {
    "weight of text": ("extract", "heavy"),
    "weight missing in a row": ("validate", ""),
    "negative weight": ("validate", "-1"),
    "endless weight": ("validate", "inf"),
    "weights all 0": ("validate", "0"),
}


def test_weights_that_say_nothing_are_refused(world: TaskWorld) -> None:
    edit(
        world.folder / "model.yaml",
        ("time: {column: as_of}", "time: {column: as_of}\nweight: {column: seats}"),
    )

    def deliver(number: int, wrong: str | None = None, *, everywhere: bool = False) -> None:
        rows = world.draw(number)
        seats = (1 + rows["distance"] // 500).astype(str).tolist()
        if wrong is not None:
            seats[7:] = [wrong] * len(seats[7:]) if everywhere else [wrong, *seats[8:]]
        if everywhere:
            seats = [str(wrong)] * len(seats)
        rows = rows.assign(as_of=world.days[number], seats=seats)
        world.write("features", world.days[number], rows.drop(columns=world.target))
        world.write("labels", next_day(world.days[number]), rows[["row_id", "as_of", world.target]])

    for number in range(3):
        deliver(number)
    first = world.run("training", next_day(world.days[2]))
    assert first.verdict["decision"] == "promote", first.verdict["summary"]
    for what, (task_id, value) in WEIGHTS.items():
        deliver(3, value, everywhere=what == "weights all 0")
        message = refused(world, 3, task_id, what)
        assert "seats" in message, what
        assert world.days[3] in message, what


def as_events(world: TaskWorld, number: int) -> pd.DataFrame:
    """Flights of a week with a time of day in Berlin, several of each route."""
    rows = world.draw(number)
    last = date.fromisoformat(world.days[number])
    days = [last - timedelta(days=place % 7) for place in range(len(rows))]
    times = [f"{day} {place % 24:02}:{place % 60:02}:00" for place, day in enumerate(days)]
    route = rows["airline"] + "-" + (rows["distance"] // 50).astype(int).astype(str)
    return rows.assign(route=route, as_of=times)


EVENTS = {
    "row key twice": "validate",
    "event in the future": "validate",
    "event of 1970": "validate",
    "clocks with and without a zone": "extract",
    "hour that the clocks skipped": "extract",
    "hour that the clocks showed twice": "extract",
}
TIMES = {
    "event in the future": "2026-01-01 08:00:00",
    "event of 1970": "1970-01-01 00:00:00",
    "clocks with and without a zone": "2015-06-20T08:00:00+02:00",
    "hour that the clocks skipped": "2015-03-29 02:30:00",
    "hour that the clocks showed twice": "2015-10-25 02:30:00",
}


def test_events_that_can_not_be_are_refused(world: TaskWorld) -> None:
    edit(
        world.folder / "model.yaml",
        (
            "entity: {column: row_id, type: integer}",
            "entity: {column: route, type: string}\nrow: {key: row_id, type: integer}",
        ),
        (
            "time: {column: as_of}",
            "time: {column: as_of, type: timestamp, timezone: Europe/Berlin, every: week}",
        ),
    )

    def deliver(number: int, what: str = "") -> None:
        rows = as_events(world, number)
        if what == "row key twice":
            rows.loc[8, "row_id"] = rows.loc[7, "row_id"]
        elif what:
            rows.loc[8, "as_of"] = TIMES[what]
        world.write("features", world.days[number], rows.drop(columns=world.target))
        world.write("labels", next_day(world.days[number]), rows[["row_id", "as_of", world.target]])

    for number in range(3):
        deliver(number)
    first = world.run("training", next_day(world.days[2]))
    assert first.verdict["decision"] == "promote", first.verdict["summary"]
    for what, task_id in EVENTS.items():
        deliver(3, what)
        message = refused(world, 3, task_id, what)
        assert ("row_id" if what == "row key twice" else "as_of") in message, what
        assert world.days[3] in message, what
    deliver(3)
    world.run("scoring", world.days[3])
    world.run("monitoring", next_day(world.days[3]))
    assert np.isfinite(world.draw(3)["distance"]).all()
