"""The whole loop for models of other tasks than the example's: a number, and one of ten classes.

Training, champion, scoring, labels, monitoring, drift, retraining and rollback by the DAGs' own tasks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.monitoring.drift.report import DriftReport
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from tests.world.tasks import TaskWorld, digits_world, flights_world, next_day
from tests.world.world import make_light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

WORLDS = {"regression": flights_world, "multiclass": digits_world}


def slow_flights(rows: pd.DataFrame) -> pd.DataFrame:
    """Wind from ahead: the same flights take longer, and longer ones are flown."""
    return rows.assign(distance=rows["distance"] + 900, air_time=1.3 * (rows["air_time"] + 115))


def dark_digits(rows: pd.DataFrame) -> pd.DataFrame:
    """A scanner that shows everything darker, and digits that are mixed up."""
    pixels = [name for name in rows if name.startswith("p")]
    moved = rows.assign(**{name: (rows[name] * 0.5).round(3) for name in pixels})
    return moved.assign(digit=rows["digit"].map({f"d{one}": f"d{(one + 1) % 10}" for one in range(10)}))


CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "regression": slow_flights, "multiclass": dark_digits,
}  # fmt: skip


@pytest.fixture(params=WORLDS)
def world(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    state: Path,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> TaskWorld:
    make_light(monkeypatch)
    name = "".join(letter if letter.isalnum() else "_" for letter in tmp_path.name.lower())[-60:]
    return WORLDS[request.param](tmp_path / "models", state / "source" / "credit_risk", f"t_{name}")


def test_a_model_lives_through_the_whole_loop(world: TaskWorld, request: pytest.FixtureRequest) -> None:
    task = request.node.callspec.params["world"]
    change, days = CHANGES[task], world.days
    for number in range(3):
        world.deliver(number)
    registry = ModelRegistry(MlflowHook(), world.folder.name)

    first = world.run("training", next_day(days[2]))
    assert first.verdict["decision"] == "promote", first.verdict["summary"]
    assert registry.aliases()[CHAMPION] == "1"

    world.deliver(3)
    world.run("scoring", days[3])
    world.run("monitoring", days[3], "drift_check")
    calm = world.run("monitoring", next_day(days[3]))
    assert calm.results["drift_check"]["decision"] != "impactful drift"
    primary = "rmse" if task == "regression" else "log_loss"
    estimated = calm.results["drift_check"]["estimated"][primary]
    window = calm.results["performance_check"]["windows"][-1]
    assert window["status"] == "good"
    realised = window["metrics"][primary] if "metrics" in window else None
    assert estimated["low"] < estimated["value"] < estimated["high"]
    assert realised is None or estimated["low"] < realised["value"] < estimated["high"]

    world.deliver(4, change)
    world.run("scoring", days[4])
    changed = world.run("monitoring", next_day(days[4]), "policy")
    assert changed.results["drift_check"]["decision"] == "impactful drift"
    assert changed.results["performance_check"]["windows"][-1]["status"] == "worse"
    assert changed.results["policy"] == "retrain"
    store = ObjectStoreHook()
    report = DriftReport.from_dict(
        store.require_json(store.resolve(f"{changed.results['drift_check']['report_key']}/drift.json"))
    )
    assert (report.shift_unit != "") == (task == "regression")
    assert (report.shift_of != "") == (task == "multiclass")

    world.deliver(5, change)
    again = world.run("retraining", next_day(days[5]))
    assert again.verdict["decision"] == "promote", again.verdict["summary"]
    assert registry.aliases()[CHAMPION] == "2"
    assert ("%" in again.verdict["summary"]) == (task == "regression")

    world.deliver(6, change)
    world.run("scoring", days[6])
    world.run("monitoring", next_day(days[6]))
    back = world.run("rollback", days[6], target="previous_champion", reason="the loop's end")
    assert back.results["rollback"]["version"] == "1"
    assert registry.aliases()[CHAMPION] == "1"


def failing(world: TaskWorld, task_id: str, as_of: str) -> str:
    """Return the message of the task of training that fails."""
    from tests.world.dag_run import DagRun

    run = DagRun(world.folder, as_of=as_of, run_id="manual__bad")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the message is what is looked at
        run.run()
    assert run.begun.endswith(task_id), f"{run.begun}: {caught.value}"
    return str(caught.value)
