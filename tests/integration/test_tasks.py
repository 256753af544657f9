"""The whole loop for models of other tasks than the example's: a number, and one of ten classes.

Training, champion, scoring, labels, monitoring, drift, retraining and rollback by the DAGs' own tasks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import ConfigError, InfrastructureError, MlopsError
from include.monitoring.drift.report import DriftReport
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.serving.smoke import read_golden
from mlops.tracking.champion import find_champion
from mlops.tracking.champion_profile import read_profile
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from tests.integration.bad_inputs.documented import check_documented
from tests.world.dag_run import DagRun
from tests.world.edits import edit
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


@pytest.fixture
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


def weigh(world: TaskWorld) -> None:
    """Let long flights count for more, by a column that the estimator is not given."""
    edit(
        world.folder / "model.yaml",
        ("time: {column: as_of}", "time: {column: as_of}\nweight: {column: seats}"),
    )
    draw = world.draw
    world.draw = lambda number: (rows := draw(number)).assign(seats=1 + rows["distance"] // 500)


@pytest.mark.parametrize(
    "world",
    ["multiclass", pytest.param("regression", marks=pytest.mark.full)],  # CI has one: test_boosting.py
    indirect=True,
)
def test_a_model_lives_through_the_whole_loop(world: TaskWorld, request: pytest.FixtureRequest) -> None:
    task = request.node.callspec.params["world"]
    change, days = CHANGES[task], world.days
    if task == "regression":
        weigh(world)
    for number in range(3):
        world.deliver(number)
    registry = ModelRegistry(MlflowHook(), world.folder.name)

    first = world.run("training", next_day(days[2]))
    assert first.verdict["decision"] == "promote", first.verdict["summary"]
    assert registry.aliases()[CHAMPION] == "1"
    golden = read_golden(registry, "1")
    assert golden.recorded.ndim == (1 if task == "regression" else 2)
    assert (golden.unit == 1) == (task == "multiclass")

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
    champion = find_champion(MlflowHook(), world.folder.name)
    assert champion is not None
    profile = read_profile(MlflowHook(), champion)
    assert profile.weight == ("seats" if task == "regression" else "")
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


def refused(world: TaskWorld, task_id: str, what: str) -> str:
    """Return what the task of training says that refuses what came in; nothing is in production after it."""
    run = DagRun(world.folder, as_of=next_day(world.days[2]), run_id="manual__bad")
    with pytest.raises(MlopsError) as caught:
        run.run()
    assert run.begun == task_id, f"{run.begun}: {caught.value}"
    assert not isinstance(caught.value, InfrastructureError)
    assert ModelRegistry(MlflowHook(), world.folder.name).aliases() == {}
    check_documented(what, task_id, f"{type(caught.value).__name__}: {caught.value}")
    return str(caught.value)


def put_last(column: str, value: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what puts a value into the last row."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        texts = rows[column].astype(str)
        return rows.assign(**{column: [*texts[:-1], value]})

    return change


only_numbers = pytest.mark.parametrize("world", ["regression"], indirect=True)
only_classes = pytest.mark.parametrize("world", ["multiclass"], indirect=True)


@only_numbers
@pytest.mark.parametrize("value", ["long", "inf"])
def test_a_number_that_is_text_or_endless_is_refused(world: TaskWorld, value: str) -> None:
    for number in range(3):
        world.deliver(number, put_last("air_time", value) if number == 1 else None)
    refusals = {
        "long": ("extract", "number to predict of text"),
        "inf": ("validate", "endless number to predict"),
    }
    message = refused(world, *refusals[value])
    assert "2015-06-10" in message
    assert "air_time" in message
    assert value in message


@only_classes
def test_a_class_that_is_not_listed_is_refused(world: TaskWorld) -> None:
    for number in range(3):
        world.deliver(number, put_last("digit", "d11") if number == 1 else None)
    message = refused(world, "validate", "class that is not listed")
    assert "digit" in message
    assert "d11" in message
    assert "2024-02-29" in message


@only_classes
def test_a_class_that_no_row_has_yet_is_waited_for(world: TaskWorld) -> None:
    """A model can't answer with a class that it never saw: the verdict names it, nothing is trained."""
    edit(world.folder / "model.yaml", ("d9]", "d9, d10]"))
    for number in range(3):
        world.deliver(number)
    run = DagRun(world.folder, as_of=next_day(world.days[2]), run_id="manual__bad")
    with pytest.raises(AirflowSkipException, match=r"training classes: .* 0 with digit = d10") as said:
        run.run()
    check_documented("class without rows", "prepare", f"AirflowSkipException: {said.value}")
    assert run.begun == "prepare"


@only_classes
def test_300_classes_are_a_configuration_error(world: TaskWorld) -> None:
    names = ", ".join(f"d{number}" for number in range(300))
    edit(world.folder / "model.yaml", (", ".join(f"d{number}" for number in range(10)), names))
    with pytest.raises(ConfigError, match=r"target.classes: found 300 entries; at most 100 are allowed"):
        DagRun(world.folder)


@only_numbers
def test_metrics_and_tasks_that_there_are_not_are_configuration_errors(world: TaskWorld) -> None:
    edit(world.folder / "model.yaml", ("primary: rmse", "primary: roc_auc"))
    with pytest.raises(ConfigError, match="'roc_auc' is a metric of task binary, and this is regression"):
        DagRun(world.folder)
    edit(world.folder / "model.yaml", ("task: regression", "task: ranking"))
    with pytest.raises(ConfigError, match=r"task: unknown value 'ranking'; allowed: .*regression"):
        DagRun(world.folder)
