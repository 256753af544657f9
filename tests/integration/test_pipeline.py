"""The pipeline that DVC runs and the training DAG come to the same figures, to the last digit."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from include.examples.find import find_example
from include.pipeline import evaluate, featurize, prepare, settings, train
from include.pipeline.places import Places
from mlops.data.inputs import read_manifest
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from tests.conftest import ROOT
from tests.world.dag_run import DagRun
from tests.world.world import FIRST, make_light

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.servers import MlflowProcess
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

_OF_THE_MACHINE = ("fit_seconds", "fit_cpu_seconds", "system/")


def by_hand(root: Path, folder: Path, deliveries: Path, as_of: str) -> Places:
    """Run every stage of the pipeline on a model; return where its files are."""
    shutil.copytree(folder, root / "include" / "models" / folder.name)
    places = Places(root=root, model=folder.name)
    settings.run(places)
    prepare.run(places, deliveries, as_of)
    featurize.run(places)
    train.run(places)
    evaluate.run(places, "unknown", ())
    return places


def assert_the_same(places: Places, run: DagRun) -> None:
    """Compare what a pipeline made with what the tasks of a DAG handed on."""
    logged = MlflowHook().run(run.results["train"]["run_id"]).data.metrics
    figures: dict[str, Any] = {}
    for file in (places.training_figures, places.metrics):
        figures |= json.loads(file.read_text())
    assert figures == {name: value for name, value in logged.items() if not name.startswith(_OF_THE_MACHINE)}
    store, prepared = ObjectStoreHook(), run.results["prepare"]
    record = json.loads((places.dataset / "dataset.json").read_text())
    for name in ("digest", "train_digest", "test_digest"):
        assert record[name] == prepared[name]
    manifest = read_manifest(store, run.results["extract"]["manifest_key"])
    made = json.loads(places.manifest.read_text())["snapshots"]
    assert [(ref["table"], ref["partition"], ref["md5"]) for ref in made] == [
        (ref.table, ref.partition, ref.md5) for ref in manifest.snapshots
    ]
    stored = store.read_json(store.resolve(run.results["evaluate"]["evaluation_key"]))
    assert json.loads((places.evaluation / "evaluation.json").read_text()) == stored


def test_pipeline_and_dag_come_to_the_same_figures(world: World, tmp_path: Path) -> None:
    places = by_hand(tmp_path / "project", world.folder, world.source, FIRST)
    assert_the_same(places, world.first)


@pytest.mark.full  # CI has it of a model of the first example, on fewer rows
@pytest.mark.parametrize("model", ["credit_risk", "digits", "flight_time"])
def test_they_do_so_for_each_example(
    model: str, state: Path, tmp_path: Path, mlflow_server: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = find_example(model)
    assert example is not None
    make_light(monkeypatch)
    root = state / "source" / "credit_risk" if model == "credit_risk" else state / "source"
    example.deliver(state / "source" / model, None)
    folder = tmp_path / "models" / model
    shutil.copytree(ROOT / "include" / "models" / model, folder)
    run = DagRun(folder, as_of=example.first_day)
    assert run.run() in {"promote", "alert"}
    places = by_hand(tmp_path / "project", folder, root, example.first_day)
    assert_the_same(places, run)
