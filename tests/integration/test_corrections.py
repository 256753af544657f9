"""Correct what is wrong, clear the failed task: it passes, whichever task it was, and nothing is redone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import ConfigError, InputError, ModelError, StaleDecisionError
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import SUPERSEDED_BY, TRAIN_RESULT, TRAINING_KEY
from mlops.tracking.training_runs import PARAMETERS_FILE, RESULT_FILE
from tests.world.dag_run import DagRun
from tests.world.world import make_light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlflow.entities import Run

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(600)]

TYPE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


@pytest.fixture
def pipeline(before: Callable[[str], DagRun], monkeypatch: pytest.MonkeyPatch) -> DagRun:
    """A run that trains next."""
    make_light(monkeypatch)
    return before("train")


def edit(pipeline: DagRun, old: str, new: str, file: str = "model.yaml") -> None:
    path = pipeline.folder / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def runs(pipeline: DagRun) -> list[Run]:
    """Return the training's MLflow runs, oldest first."""
    hook = MlflowHook()
    found = hook.client.search_runs(
        [hook.experiment_id(f"{pipeline.folder.name}/training")], order_by=["attributes.start_time ASC"]
    )
    return list(found)


def fails(pipeline: DagRun, task: str, kind: type[InputError]) -> str:
    with pytest.raises(kind) as caught:
        pipeline.run_task(task)
    return str(caught.value)


def test_each_task_fails_by_a_wrong_model_yaml_and_passes_once_it_is_corrected(
    small_model: Path, small_source: Path, mlflow_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_light(monkeypatch)
    pipeline = DagRun(small_model)
    for task in pipeline.way_to("promote"):
        edit(pipeline, "primary: roc_auc", "primary: rok_auc")
        assert "unknown metric 'rok_auc'" in fails(pipeline, task, ConfigError)
        edit(pipeline, "primary: rok_auc", "primary: roc_auc")
        pipeline.run_task(task)
    assert ModelRegistry(MlflowHook(), pipeline.folder.name).champion() is not None
    assert [run.info.status for run in runs(pipeline)] == ["FINISHED"]


def test_train_with_a_type_that_was_not_reviewed(
    before: Callable[[str], DagRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_light(monkeypatch)
    pipeline = before("check_new_data")
    edit(pipeline, f"  trusted_types:\n    - {TYPE}", "  trusted_types: []")
    pipeline.run_task("check_new_data")
    assert TYPE in fails(pipeline, "train", ModelError)
    edit(pipeline, "  trusted_types: []", f"  trusted_types:\n    - {TYPE}")
    pipeline.run_task("train")
    failed, trained = runs(pipeline)
    assert (failed.info.status, trained.info.status) == ("FAILED", "FINISHED")
    assert failed.data.tags[SUPERSEDED_BY] == trained.info.run_id
    assert not failed.data.params, "nothing of a model that can't be saved is logged"
    for task in ("evaluate", "gate", "register", "promote"):
        pipeline.run_task(task)
    champion = ModelRegistry(MlflowHook(), pipeline.folder.name).champion()
    assert champion is not None
    assert champion.tags[TRAINING_KEY] == trained.data.tags[TRAINING_KEY]
    assert pipeline.pushed["check_new_data"]["training_key"] != champion.tags[TRAINING_KEY]
    again = DagRun(pipeline.folder, run_id="manual__2")
    assert again.run(until="check_new_data") == "check_new_data"
    assert again.results["check_new_data"] is None, "the corrected model is known, and not trained again"


@pytest.mark.parametrize(
    ("old", "new", "file"),
    [
        ("max_leaf_nodes: 15", "max_leaf_nodes: 1", "model.yaml"),
        pytest.param("max_leaf_nodes: 15", "max_leaf_nodez: 15", "model.yaml", marks=pytest.mark.full),
        pytest.param(
            "def build(", "import no_such_library\ndef build(", "estimator.py", marks=pytest.mark.full
        ),
        ("    return Pipeline(", "    return 5\n    return Pipeline(", "estimator.py"),
    ],
)
def test_train_with_a_parameter_or_an_estimator_that_fails(
    pipeline: DagRun, old: str, new: str, file: str
) -> None:
    edit(pipeline, old, new, file)
    fails(pipeline, "train", InputError)
    edit(pipeline, new, old, file)
    pipeline.run_task("train")
    assert runs(pipeline)[-1].info.status == "FINISHED"
    assert {run.info.status for run in runs(pipeline)} <= {"FINISHED", "FAILED"}


@pytest.mark.full  # CI has one correction of each kind, above
def test_train_after_parameters_were_changed_once_more(pipeline: DagRun) -> None:
    pipeline.run_task("train")
    edit(pipeline, "max_leaf_nodes: 15", "max_leaf_nodes: 7")
    pipeline.run_task("train")
    first, second = runs(pipeline)
    assert second.data.params["estimator.max_leaf_nodes"] == "7"
    assert first.info.status == "FINISHED"
    assert first.data.tags[SUPERSEDED_BY] == second.info.run_id
    edit(pipeline, "max_leaf_nodes: 7", "max_leaf_nodes: 15")
    assert pipeline.run_task("train")["run_id"] == first.info.run_id, "what is trained is not trained again"


def test_train_on_a_dataset_of_another_definition_says_what_to_clear(pipeline: DagRun) -> None:
    edit(pipeline, "test_share: 0.3333", "test_share: 0.4")
    assert "clear prepare and all that follows it" in fails(pipeline, "train", StaleDecisionError)
    for task in ("prepare", "check_new_data", "train"):
        pipeline.run_task(task)


def test_a_result_and_parameters_of_any_length_are_kept_whole(
    pipeline: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.training import fit
    from mlops.tracking import training_log

    real = fit.fit

    def talkative(*arguments: Any, **keywords: Any) -> fit.Fitted:
        return replace(real(*arguments, **keywords), warnings=("w" * 100,) * 200)

    monkeypatch.setattr(fit, "fit", talkative)
    monkeypatch.setattr(training_log, "_parameters", lambda *rest: {"long": list(range(5000)), "a//b": 1, "": 2, "c": 3} | {f"p{place}": place for place in range(250)})  # fmt: skip  # noqa: E501
    pipeline.run_task("train")
    (run,) = runs(pipeline)
    hook = MlflowHook()
    assert run.data.tags[TRAIN_RESULT] == RESULT_FILE
    assert pipeline.run_task("train") == json.loads(hook.read_text(run.info.run_id, RESULT_FILE))
    assert pipeline.results["train"]["warnings"] == ["w" * 100] * 200
    assert run.data.params["c"] == "3"
    assert run.data.params["p249"] == "249"
    assert "see train/parameters.json" in run.data.params["long"]
    assert json.loads(hook.read_text(run.info.run_id, PARAMETERS_FILE))["long"] == list(range(5000))


def test_a_result_that_mlflow_cut_is_trained_again(pipeline: DagRun) -> None:
    pipeline.run_task("train")
    (run,) = runs(pipeline)
    hook = MlflowHook()
    whole = json.dumps(pipeline.results["train"])
    hook.set_tags(run.info.run_id, {TRAIN_RESULT: whole})  # as earlier versions kept it
    assert pipeline.run_task("train") == json.loads(whole)
    hook.set_tags(run.info.run_id, {TRAIN_RESULT: whole[:-20]})
    assert pipeline.run_task("train")["run_id"] == run.info.run_id
    assert hook.run(run.info.run_id).data.tags[TRAIN_RESULT] == RESULT_FILE


@pytest.mark.full  # CI has results and parameters of any length, above
def test_a_long_tag_is_kept_whole_beside_it(pipeline: DagRun) -> None:
    pipeline.run_task("train")
    (run,) = runs(pipeline)
    hook = MlflowHook()
    hook.set_tags(run.info.run_id, {"mlflow.note.content": "n" * 9000, "short": "s"})
    tags = hook.run(run.info.run_id).data.tags
    assert tags["mlflow.note.content"].endswith("9,000 characters; the whole: tags/mlflow.note.content.txt")
    assert hook.read_text(run.info.run_id, "tags/mlflow.note.content.txt") == "n" * 9000


def test_the_model_names_the_libraries_that_its_code_uses(pipeline: DagRun) -> None:
    (pipeline.folder / "encoders.py").write_text("import polars\n")
    edit(pipeline, "def build(", "import yaml\nfrom . import encoders\ndef build(", "estimator.py")
    pipeline.run_task("train")
    from pathlib import Path

    import mlflow

    model = Path(mlflow.artifacts.download_artifacts(pipeline.results["train"]["model_uri"]))
    lines = (model / "requirements.txt").read_text().splitlines()
    named = {line.partition("==")[0] for line in lines}
    assert {"polars", "PyYAML", "scikit-learn", "skops"} <= named
