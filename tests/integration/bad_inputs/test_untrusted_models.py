"""Models of unreviewed types, or that somebody changed in the artifact store, are not loaded."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import RetryAction

from include.errors import InfrastructureError, ModelError
from mlops.defaults import RETRY_POLICY
from mlops.hooks.mlflow_server import MlflowServer
from mlops.tracking.model_registry import CHALLENGER, CHAMPION
from mlops.tracking.tags import RUN_KEY
from tests.integration.bad_inputs.attacks import ATTACKS, TREES, swap_in_another_type
from tests.world.probe import probe_in_this_process
from tests.world.world import FIRST, REAL_PROBE, copied, reopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.bad_inputs.conftest import Printed, Refusal
    from tests.integration.conftest import Champion
    from tests.world.dag_run import DagRun
    from tests.world.servers import MlflowProcess
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

LISTED, NOTHING = f"trusted_types:\n    - {TREES}", "trusted_types: []"
BOOSTING = """\
  parameters:
    learning_rate: 0.06
    max_iter: 150
    max_leaf_nodes: 15
    l2_regularization: 1.0
"""
LINEAR = """
def build(config):
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(
        make_column_transformer((StandardScaler(), list(config.features.numeric))), LogisticRegression(C=0.5)
    )
"""


attacked = pytest.mark.parametrize(
    ("attack", "says"), ATTACKS.items(), ids=[attack.__name__ for attack in ATTACKS]
)


@pytest.fixture
def stored(mlflow_process: MlflowProcess) -> Iterator[Callable[[str], Path]]:
    """Find the folder of a model in the artifact store; what was changed there is undone afterwards."""
    saved: dict[Path, Path] = {}

    def find(uri: str) -> Path:
        (folder,) = mlflow_process.folder.glob(f"artifacts/*/models/{uri.rpartition('/')[2]}/artifacts")
        saved[folder] = folder.with_name("as-it-was")
        shutil.copytree(folder, saved[folder])
        return folder

    yield find
    for folder, copy in saved.items():
        shutil.rmtree(folder, ignore_errors=True)
        copy.rename(folder)


def test_a_type_that_is_not_on_the_list_is_not_saved(world: World, refused: Refusal) -> None:
    world.edit((LISTED, NOTHING))
    refused(
        "skops type not on the list", world.pipeline(), "train", ModelError, TREES, "have not been reviewed",
        "estimator.trusted_types of model.yaml", "there now: nothing",
    )  # fmt: skip
    (run,) = [run for run in world.runs("training") if "scheduled__next" in run.data.tags[RUN_KEY]]
    assert run.info.status == "FAILED"
    mine = f"source_run_id = '{run.info.run_id}'"
    assert world.hook.client.search_logged_models([run.info.experiment_id], filter_string=mine) == []


def test_a_champion_of_types_that_are_no_longer_trusted_blocks(world: World, printed: Printed) -> None:
    world.edit((LISTED, NOTHING))
    (world.folder / "estimator.py").write_text(LINEAR)
    world.edit((BOOSTING, ""))
    before = world.in_production()
    pipeline = world.pipeline()
    assert pipeline.run() == "alert"
    check_blocked(world, pipeline, TREES, before)
    printed("champion of a type not on the list", "gate", pipeline.verdict["summary"])


@pytest.fixture(scope="module")
def trained_by_force(
    first_champion: Champion, mlflow_process: MlflowProcess, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, DagRun]:
    """A world with a champion in which another candidate was trained, and the run that did."""
    made, pristine = first_champion
    kept = tmp_path_factory.mktemp("trained") / "kept"
    with pytest.MonkeyPatch.context() as patch:
        world = reopen(made, pristine, mlflow_process, patch)
        pipeline = world.pipeline(as_of=FIRST, force=True)
        pipeline.run("train")
        world.keep(kept, mlflow_process)
    return kept, pipeline


@attacked
def test_a_champion_that_was_tampered_with_blocks(
    first_champion: Champion, trained_by_force: tuple[Path, DagRun], mlflow_process: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch, stored: Callable[[str], Path], tmp_path: Path,
    attack: Callable[..., None], says: str,
) -> None:  # fmt: skip
    kept, trained = trained_by_force
    world, pipeline = reopen(first_champion[0], kept, mlflow_process, monkeypatch), copied(trained)
    attack(stored(world.champion_source), tmp_path / "mark")
    before = world.in_production()
    assert pipeline.run_task("evaluate")
    assert pipeline.run_task("gate") == "alert"
    check_blocked(world, pipeline, says, before)
    assert not (tmp_path / "mark").exists(), "code from the artifact store was run"


def check_blocked(world: World, pipeline: DagRun, says: str, before: object) -> None:
    assert pipeline.results["gate"] == "alert"
    assert pipeline.verdict["decision"] == "block"
    assert says in pipeline.verdict["summary"]
    assert "champion version 1 could not be scored" in pipeline.verdict["summary"]
    assert world.in_production() == before


@attacked
def test_a_candidate_that_was_tampered_with_is_refused_by_the_evaluation(
    world: World,
    evaluated: DagRun,
    stored: Callable[[str], Path],
    tmp_path: Path,
    attack: Callable[..., None],
    says: str,
) -> None:
    attack(stored(world.champion_source), tmp_path / "mark")
    with pytest.raises(ModelError, match=says) as caught:
        evaluated.run_task("evaluate")
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.FAIL
    assert not (tmp_path / "mark").exists(), "code from the artifact store was run"


def promote_in_vain(world: World, evaluated: DagRun, error: type[Exception], *says: str) -> Exception:
    """Promote with the real check: the version stays challenger, and champion and ledger stay as they are."""
    version, before = evaluated.results["register"]["version"], world.in_production()
    with pytest.raises(error) as caught:
        evaluated.run_task("promote")
    for words in says:
        assert words in str(caught.value)
    assert world.in_production() == before | {"aliases": {CHAMPION: "1", CHALLENGER: version}}
    return caught.value


@pytest.fixture
def real_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check as in production, but for the new interpreter."""
    probe_in_this_process(monkeypatch)


def test_the_probe_refuses_what_was_swapped_after_the_evaluation(
    world: World, evaluated: DagRun, stored: Callable[[str], Path], tmp_path: Path, real_probe: None,
    printed: Printed,
) -> None:  # fmt: skip
    swap_in_another_type(stored(world.champion_source), tmp_path / "mark")
    error = promote_in_vain(
        world,
        evaluated,
        ModelError,
        "failed its reproducibility check",
        "have not been reviewed: shutil.rmtree",
    )
    printed("model swapped in the artifact store", "promote", error)


def test_the_probe_refuses_a_model_that_predicts_something_else(
    world: World, evaluated: DagRun, real_probe: None, printed: Printed
) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = world.store / evaluated.results["evaluate"]["scores_key"]
    scores = pq.read_table(file)
    moved = pc.multiply(scores["mlops_candidate"], pa.scalar(1.0 + 1e-6))
    pq.write_table(
        scores.set_column(scores.column_names.index("mlops_candidate"), "mlops_candidate", moved), file
    )
    error = promote_in_vain(
        world,
        evaluated,
        ModelError,
        "does not repeat the predictions of its evaluation",
        "reproducibility_check.tolerance",
        "It stays challenger",
    )
    assert RETRY_POLICY.evaluate(error, 1, 4).action is RetryAction.FAIL
    printed("registered model predicts something else", "promote", error)


def test_an_outage_during_the_probe_is_worth_a_retry(
    world: World, evaluated: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is there for the task and gone for the process of the reproducibility check."""
    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", REAL_PROBE)
    to_dict = MlflowServer.to_dict
    monkeypatch.setattr(
        MlflowServer, "to_dict", lambda server: to_dict(server) | {"tracking_uri": "http://127.0.0.1:9"}
    )
    error = promote_in_vain(world, evaluated, InfrastructureError, "Connection refused", "retried")
    assert RETRY_POLICY.evaluate(error, 1, 4).action is RetryAction.RETRY


@pytest.mark.parametrize("killed", ["out of memory", "too slow"])
def test_a_probe_that_was_killed_is_worth_a_retry(
    world: World, evaluated: DagRun, real_probe: None, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    done = subprocess.CompletedProcess([], returncode=-9, stdout="", stderr="")

    def run(*arguments: object, **keywords: object) -> subprocess.CompletedProcess[str]:
        if killed == "too slow":
            raise subprocess.TimeoutExpired("python", 600)
        return done

    with monkeypatch.context() as patch:
        patch.setattr("mlops.tracking.reproducibility.subprocess.run", run)
        error = promote_in_vain(world, evaluated, InfrastructureError, "retried")
    assert RETRY_POLICY.evaluate(error, 1, 4).action is RetryAction.RETRY
