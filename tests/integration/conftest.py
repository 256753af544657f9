"""Real servers: MLflow with SQLite, S3 by moto, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops.cli.settings import connection_environment, read_settings
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.reproducibility import ReproducibilityResult
from tests.world.dag_run import DagRun
from tests.world.dag_test import DagRunner, ForkServer
from tests.world.ports import RETRIES, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer: {log.read_text()}")


def not_measured(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process whose coverage is not measured: it runs none of our code."""
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}


@dataclass
class MlflowProcess:
    """An MLflow server that a test may stop, freeze and start again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "server.log"
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--workers",
            "1",
            "--backend-store-uri",
            f"sqlite:///{self.folder}/mlflow.db",
            "--artifacts-destination",
            str(self.folder / "artifacts"),
            "--serve-artifacts",
        ]
        environment = {**not_measured(os.environ), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                command, stdout=stream, stderr=stream, env=environment, start_new_session=True
            )
        wait_for(f"http://127.0.0.1:{self.port}/health", self.process, log)

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(autouse=True)
def _forget_object_stores() -> None:
    """Airflow keeps a store for the life of a process, with the connection that it was first opened by."""
    from airflow.sdk.io import store

    store._STORE_CACHE.clear()


@pytest.fixture(scope="session")
def mlflow_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowProcess]:
    server = MlflowProcess(tmp_path_factory.mktemp("mlflow"), free_port())
    server.start()
    yield server
    server.stop()


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


@pytest.fixture
def own_mlflow(state: Path, tmp_path: Path, connect_mlflow: Callable[..., None]) -> Iterator[MlflowProcess]:
    """A server that one test has for itself."""
    server = MlflowProcess(tmp_path / "own-mlflow", free_port())
    server.start()
    connect_mlflow(server.port)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("s3") / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=stream,
            stderr=stream,
            env=not_measured(os.environ),
        )
    wait_for(f"http://127.0.0.1:{port}/moto-api/", process, log)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


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


def shrink(folder: Path) -> Path:
    """Name the example's model after its folder and give it limits that 3,000 customers can meet."""
    text = (folder / "model.yaml").read_text()
    changes = {
        "name: credit_risk\n": f"name: {folder.name}\n",
        "min_rows: 1000": "min_rows: 500",
        "resamples: 2000": "resamples: 200",
        "roc_auc: 0.84": "roc_auc: 0.70",
    }
    for old, new in changes.items():
        assert old in text, f"model.yaml no longer holds {old!r}"
        text = text.replace(old, new)
    (folder / "model.yaml").write_text(text)
    return folder


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


def make_champion(folder: Path, patch: pytest.MonkeyPatch) -> DagRun:
    """Return the run of 2005-05-31 that made version 1 champion, without what takes long and decides
    nothing."""
    fine = ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0)
    patch.setattr("mlops.tracking.reproducibility.check_in_new_process", lambda order: fine)
    patch.setattr("include.evaluation.plots.save_plots", lambda folder, *rest: folder.mkdir())
    patch.setattr("include.evaluation.importance.measure_importance", lambda *rest: {})
    pipeline = DagRun(folder, as_of="2005-05-31")
    assert pipeline.run() == "promote"
    return pipeline


@pytest.fixture
def own_champion(
    small_model: Path, small_source: Path, mlflow_server: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> DagRun:
    """A champion for a test that deletes it: MLflow can't bring a version back."""
    return make_champion(small_model, monkeypatch)


@dataclass(frozen=True)
class Trained:
    """A home (model folder and state) in which version 1 is champion, and a copy of it as it was.

    :param home: what a test works on.
    :param pristine: the copy.
    :param pipeline: the run that made the champion.
    """

    home: Path
    pristine: Path
    pipeline: DagRun

    def restore(self) -> None:
        """Undo what a test did to files, versions, aliases and the runs of windows."""
        hook, model = MlflowHook(), self.pipeline.folder.name
        registry = ModelRegistry(hook, model)
        shutil.rmtree(self.home)
        shutil.copytree(self.pristine, self.home)
        registry.set_alias(CHAMPION, "1")
        for version in hook.client.search_model_versions(f"name = '{model}'"):
            if version.version != "1":
                hook.client.delete_model_version(model, version.version)
        for run in hook.client.search_runs([hook.experiment_id(f"{model}/monitoring")]):
            hook.client.delete_run(run.info.run_id)


@pytest.fixture(scope="session")
def trained(
    small_panel: Path, mlflow_process: MlflowProcess, tmp_path_factory: pytest.TempPathFactory
) -> Trained:
    """A champion that is trained once and shared by all tests that only use it."""
    home, pristine = tmp_path_factory.mktemp("trained") / "home", tmp_path_factory.mktemp("pristine") / "home"
    folder = home / "models" / "watched"
    shutil.copytree(ROOT / "include" / "models" / "credit_risk", folder)
    shutil.copytree(small_panel, home / "state" / "source" / "credit_risk")
    with pytest.MonkeyPatch.context() as patch:
        lead_into(home / "state", mlflow_process.port, patch)
        pipeline = make_champion(shrink(folder), patch)
    shutil.copytree(home, pristine)
    return Trained(home, pristine, pipeline)


def lead_into(state: Path, port: int, patch: pytest.MonkeyPatch) -> None:
    """Let every connection of airflow_settings.yaml lead into a state folder and to an MLflow server."""
    names = {"MLOPS_STATE": str(state), "MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": str(port)}
    connections = read_settings(ROOT / "airflow_settings.yaml", names)["connections"]
    for name, value in connection_environment(connections).items():
        patch.setenv(name, value)


@pytest.fixture
def champion(trained: Trained, mlflow_process: MlflowProcess, monkeypatch: pytest.MonkeyPatch) -> DagRun:
    """The run of 2005-05-31 that made version 1 champion, in a world that a test may change but for version
    1."""
    lead_into(trained.home / "state", mlflow_process.port, monkeypatch)
    trained.restore()
    return deepcopy(trained.pipeline)


@pytest.fixture
def deliveries(champion: DagRun, trained: Trained) -> Path:
    """The source of the champion, free to be spoiled."""
    return trained.home / "state" / "source" / "credit_risk"


@pytest.fixture(scope="session")
def dag_server(airflow_database: None) -> Iterator[ForkServer]:
    """What forks a process for each run of a DAG."""
    server = ForkServer()
    yield server
    server.stop()


@pytest.fixture
def run_dag(
    dag_server: ForkServer, mlflow_server: MlflowProcess, small_model: Path, tmp_path: Path
) -> DagRunner:
    """Run the DAGs of ``small_model``: ``run_dag(dag_id, as_of, conf)`` returns the state of each task."""
    scratch = tmp_path / "dag-runs"
    scratch.mkdir()
    return DagRunner(models=small_model.parent, scratch=scratch, server=dag_server)
