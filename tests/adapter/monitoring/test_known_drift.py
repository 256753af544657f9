"""When the result of an earlier drift check is believed, and when a delivery is counted again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model
from include.lineage import SnapshotRef
from mlops.hooks.object_store import ObjectStoreHook
from mlops.monitoring import known_drift
from mlops.monitoring.known_drift import DriftMemory
from mlops.run_context import MODELS_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.adapter

CONFIG = load_model(MODELS_ROOT / "credit_risk")
REF = SnapshotRef(
    table="features", partition="2005-06-30", path="p", md5="a" * 32, size=1, commit="c", rows=1, source="s",
    source_sha256="d", schema_digest="e",
)  # fmt: skip
RESULT = {"partition": REF.partition, "run_id": "r", "run_url": "http://old/r", "decision": "no drift"}


class World:
    """An object store on disk, and an MLflow with the window's one run."""

    def __init__(self) -> None:
        self.store = ObjectStoreHook()
        self.run = SimpleNamespace(
            info=SimpleNamespace(run_id="r"),
            data=SimpleNamespace(tags={"mlops.drift.digest": "1", "mlops.groups.digest": "2"}),
        )
        self.hook = SimpleNamespace(run=lambda run_id: self.run, run_url=lambda run: "http://new/r")
        self.champion = SimpleNamespace(version="1", run_id="trained")
        self.config, self.ref = CONFIG, REF

    @property
    def memory(self) -> DriftMemory:
        hook: Any = self.hook
        champion: Any = self.champion
        return DriftMemory(hook, self.store, self.config, champion, self.ref)

    def path(self, ending: str) -> Any:
        kind, name = ending.split("/")
        partition = f"models/{CONFIG.name}/{kind}/{REF.partition}/v1-{REF.md5[:16]}"
        return self.store.resolve(partition + name)


@pytest.fixture
def world(state: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(known_drift, "find_window_run", lambda *key: made.run)
    made.store.write_text(made.path("monitoring/") / "drift.json", "{}")
    made.memory.keep(RESULT, "VERDICT")
    return made


def test_what_has_not_changed_is_believed_and_led_to_under_todays_address(world: World) -> None:
    known = world.memory.recall()
    assert known is not None
    assert known.result == {**RESULT, "run_url": "http://new/r"}
    assert known.verdict == "VERDICT"


def put(world: World, name: str, value: object) -> None:
    setattr(world, name, value)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda world: put(world, "ref", REF.__class__(**{**vars(REF), "md5": "b" * 32})), id="content"
        ),
        pytest.param(
            lambda world: put(world, "champion", SimpleNamespace(version="2", run_id="trained")),
            id="champion",
        ),
        pytest.param(
            lambda world: world.store.write_text(world.path("predictions/.parquet"), "x"),
            id="predictions came",
        ),
        pytest.param(
            lambda world: put(world, "config", CONFIG.model_copy(update={"description": "x"})), id="settings"
        ),
        pytest.param(lambda world: world.run.data.tags.pop("mlops.drift.digest"), id="the run is not whole"),
        pytest.param(
            lambda world: world.run.data.tags.update({"mlops.groups.digest": "3"}), id="other groups"
        ),
        pytest.param(lambda world: setattr(world.run.info, "run_id", "s"), id="another run"),
        pytest.param(
            lambda world: world.store.remove(world.path("monitoring/") / "drift.json"), id="no report"
        ),
    ],
)
def test_whatever_else_changes_is_counted_again(world: World, change: Callable[[World], object]) -> None:
    change(world)
    assert world.memory.recall() is None


def test_other_code_counts_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_drift, "_code_digest", lambda: "other")
    assert world.memory.recall() is None


@pytest.mark.parametrize("damage", ["", "[]", '{"result": {}}', "{"])
def test_a_damaged_memory_is_not_believed(world: World, damage: str) -> None:
    (kept,) = world.store.list(world.store.resolve(f"models/{CONFIG.name}/monitoring/computed/*.json"))
    Path(kept).write_text(damage)
    assert world.memory.recall() is None
