"""Models of LightGBM and XGBoost through training, gate, registry, scoring, labels and monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from tests.world.edits import edit
from tests.world.tasks import TaskWorld, digits_world, flights_world, next_day
from tests.world.world import make_light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

TREES = "[sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor]"
ROUNDS = "max_iter: {}, learning_rate: 0.15, max_leaf_nodes: 8"


def use(world: TaskWorld, old: str, new: str, rounds: int, parameters: str, types: str) -> None:
    """Let another library's estimator be at the end of the pipeline."""
    edit(
        world.folder / "model.yaml",
        (TREES, types), (ROUNDS.format(rounds), parameters),
    )  # fmt: skip
    library, _, name = new.rpartition(".")
    edit(
        world.folder / "estimator.py",
        (f"from sklearn.ensemble import {old}", f"from {library} import {name}"),
        (f"{old}(", f"{name}("),
        ("early_stopping=False, ", ""),
    )  # fmt: skip


def lightgbm(home: Path, source: Path, name: str) -> TaskWorld:
    """Digits, which are ten classes."""
    world = digits_world(home, source, name)
    use(
        world, "HistGradientBoostingClassifier", "lightgbm.LGBMClassifier", 25,
        "n_estimators: 25, learning_rate: 0.15, num_leaves: 8, n_jobs: 1, verbose: -1, deterministic: true, "
        "force_row_wise: true",
        "[collections.OrderedDict, lightgbm.basic.Booster, lightgbm.sklearn.LGBMClassifier]",
    )  # fmt: skip
    return world


def xgboost(home: Path, source: Path, name: str) -> TaskWorld:
    """Minutes in the air; a part of the airlines is missing, and long flights count for more."""
    world = flights_world(home, source, name)
    use(
        world, "HistGradientBoostingRegressor", "xgboost.XGBRegressor", 60,
        "n_estimators: 60, learning_rate: 0.15, max_leaves: 8, n_jobs: 1",
        "[xgboost.core.Booster, xgboost.sklearn.XGBRegressor]",
    )  # fmt: skip
    edit(
        world.folder / "model.yaml",
        ("time: {column: as_of}", "time: {column: as_of}\nweight: {column: seats}"),
    )
    draw = world.draw
    world.draw = lambda number: (rows := draw(number)).assign(
        seats=1 + rows["distance"] // 500, airline=rows["airline"].where(rows["row_id"] % 50 != 0)
    )
    return world


@pytest.mark.parametrize(("library", "make", "primary"), [
    pytest.param("lightgbm", lightgbm, "log_loss", marks=pytest.mark.full),  # CI has the other library
    ("xgboost", xgboost, "rmse"),
])  # fmt: skip
def test_a_model_of_a_boosting_library_goes_into_production_and_is_watched(
    library: str,
    make: Callable[..., TaskWorld],
    primary: str,
    tmp_path: Path,
    state: Path,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip(library, reason=f"requirements-boosting.txt is not installed: no {library}")
    make_light(monkeypatch)
    world = make(tmp_path / "models", state / "source" / "credit_risk", f"of_{library}")
    days = world.days
    for number in range(4):
        world.deliver(number)

    first = world.run("training", next_day(days[2]))
    assert first.verdict["decision"] == "promote", first.verdict["summary"]
    assert ModelRegistry(MlflowHook(), world.folder.name).aliases()[CHAMPION] == "1"

    world.run("scoring", days[3])
    world.run("monitoring", days[3], "drift_check")
    watched = world.run("monitoring", next_day(days[3]))
    assert watched.results["drift_check"]["decision"] != "impactful drift"
    estimated = watched.results["drift_check"]["estimated"][primary]
    assert estimated["low"] < estimated["value"] < estimated["high"]
    assert watched.results["performance_check"]["windows"][-1]["status"] == "good"
