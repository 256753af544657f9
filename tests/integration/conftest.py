"""The world of the integration tests: real servers, a model with its deliveries, and a champion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.world.dag_test import DagRunner, ForkServer
from tests.world.evaluated import evaluate_once
from tests.world.ports import RETRIES
from tests.world.servers import moto_server
from tests.world.world import MODEL, World, connect, make_light, reopen, shrink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.world.dag_run import DagRun
    from tests.world.servers import MlflowProcess

    Champion = tuple[World, Path]


@pytest.fixture(autouse=True)
def _forget_object_stores() -> None:
    """Airflow keeps a store for the life of a process, with the connection that it was first opened by."""
    from airflow.sdk.io import store

    store._STORE_CACHE.clear()


@pytest.fixture(autouse=True, scope="session")
def _evaluate_each_snapshot_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        evaluate_once(patch)
        yield


@pytest.fixture
def connect_mlflow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Point mlflow_default at a port."""

    def connect(port: int, **extra: object) -> None:
        connection = {
            "conn_type": "http",
            "host": "127.0.0.1",
            "port": port,
            "extra": {"timeout": 5, "retries": 0, **extra},
        }
        monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", json.dumps(connection))

    return connect


@pytest.fixture
def mlflow_server(
    state: Path, mlflow_process: MlflowProcess, connect_mlflow: Callable[..., None]
) -> MlflowProcess:
    """A running server behind mlflow_default. Tests share it: each uses a model name of its own."""
    connect_mlflow(mlflow_process.port, retries=RETRIES)
    return mlflow_process


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def s3_store(s3_endpoint: str, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket behind object_store_default; return its root."""
    import boto3

    bucket = tmp_path.name.replace("_", "-").lower()[:60].strip("-")
    client = boto3.client(
        "s3",
        endpoint_url=s3_endpoint,
        aws_access_key_id="id",
        aws_secret_access_key="key",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=bucket)
    root = f"s3://{bucket}/mlops"
    connection = {
        "conn_type": "aws", "login": "id", "password": "key",
        "extra": {"root": root, "endpoint_url": s3_endpoint, "region_name": "us-east-1"},
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
    return root


@pytest.fixture
def small_model(model_folder: Path, tmp_path: Path) -> Path:
    """The example under a name of its own, with limits that 3,000 customers can meet."""
    name = "m_" + "".join(letter if letter.isalnum() else "_" for letter in tmp_path.name.lower())[-80:]
    return shrink(model_folder.rename(model_folder.with_name(name)))


@pytest.fixture(scope="session")
def small_panel(panel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deliveries of the first 3,000 customers."""
    target = tmp_path_factory.mktemp("small-panel")
    for file in panel.rglob("*.csv"):
        copy = target / file.relative_to(panel)
        copy.parent.mkdir(parents=True)
        lines = file.read_text().splitlines(keepends=True)
        copy.write_text("".join([lines[0], *(line for line in lines[1:] if int(line.split(",")[0]) <= 3000)]))
    return target


@pytest.fixture
def small_source(small_panel: Path, state: Path) -> Path:
    """Those deliveries, in place and free to be spoiled."""
    return Path(shutil.copytree(small_panel, state / "source" / "credit_risk"))


@pytest.fixture(scope="session")
def first_champion(
    small_panel: Path, mlflow_process: MlflowProcess, tmp_path_factory: pytest.TempPathFactory
) -> Champion:
    """Train the first champion; return its world and a copy of it, of MLflow too.

    Beside the copy lie those of the world as it was before some of its tasks.
    """
    home, pristine = tmp_path_factory.mktemp("world") / "home", tmp_path_factory.mktemp("pristine")
    shutil.copytree(ROOT / "include" / "models" / "credit_risk", home / "models" / MODEL)
    shutil.copytree(small_panel, home / "state" / "source" / "credit_risk")
    with pytest.MonkeyPatch.context() as patch:
        connect(patch, home, mlflow_process.port)
        world = World(home)
        shrink(world.folder)
        make_light(patch)
        world.make_first_champion(pristine / "before", mlflow_process)
        world.keep(pristine, mlflow_process)
        return world, pristine


@pytest.fixture
def world(first_champion: Champion, mlflow_process: MlflowProcess, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that a test has for itself, with a reproducibility check that always succeeds."""
    made, pristine = first_champion
    return reopen(made, pristine, mlflow_process, monkeypatch)


@pytest.fixture
def champion(world: World) -> DagRun:
    """The run of 2005-05-31 that made version 1 champion, in a world that a test may change but for version
    1."""
    return world.champion_run()


@pytest.fixture
def before(
    first_champion: Champion, mlflow_process: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], DagRun]:
    """Go back to where a task of ``KEPT_BEFORE`` is next: ``before("train")`` returns the run.

    It is the first run of its model, which a test has for itself, and nothing is left out of it from here on.
    """
    made, pristine = first_champion

    def go_back(task: str) -> DagRun:
        connect(monkeypatch, made.home, mlflow_process.port)
        World(made.home).restore(pristine / "before" / task, mlflow_process)
        return made.before(task)

    return go_back


@pytest.fixture
def deliveries(world: World) -> Path:
    """The source of the champion, free to be spoiled."""
    return world.source


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """What forks a process for each run of a DAG."""
    server = ForkServer()
    yield server
    server.stop()


@pytest.fixture
def dag_server(fork_server: ForkServer, airflow_database: Path) -> ForkServer:
    """It, with a metadata database in which nothing has run yet."""
    return fork_server


@pytest.fixture
def run_dag(
    dag_server: ForkServer, mlflow_server: MlflowProcess, small_model: Path, tmp_path: Path
) -> DagRunner:
    """Run the DAGs of ``small_model``: ``run_dag(dag_id, as_of, conf)`` returns the state of each task."""
    scratch = tmp_path / "dag-runs"
    scratch.mkdir()
    return DagRunner(models=small_model.parent, scratch=scratch, server=dag_server)
