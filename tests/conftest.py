"""The test environment is the development environment: airflow_settings.yaml with a state folder of its
own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_HOME = Path(tempfile.mkdtemp(prefix="mlops-tests-"))

# Before anything imports Airflow.
os.environ.update({
    "AIRFLOW_HOME": str(_HOME / "airflow"),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "OMP_WAIT_POLICY": "PASSIVE",
    "OMP_NUM_THREADS": "1",  # a process that has used more threads must not fork, and one test does
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
})
for name in [name for name in os.environ if name.startswith(("AIRFLOW_CONN_", "MLOPS_ENVIRONMENT"))]:
    del os.environ[name]

import fcntl  # noqa: E402
import logging  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from tests.world.databases import copy_database  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.servers import MlflowProcess

# Without a deadline: how long an example takes on a busy machine says nothing about the code. What fails
# prints how to reproduce it. Examples are new in each run, but with Hypothesis' own profile `ci`, which
# `make test` takes: there they are the same in each run of the same code.
settings.register_profile("tests", deadline=None, print_blob=True)
settings.load_profile("tests")
# 10,000 new examples of each property: `make properties`.
settings.register_profile("properties", max_examples=10_000, deadline=None, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full-chaos", action="store_true", help="kill every task, not only a share of them")
    parser.addoption("--scenario-seeds", type=int, default=1, help="worlds in which each scenario is played")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that workers that run side by side end together.

    What is marked as full is left to ``make chaos``; a mark is seen before fixtures start any server.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if not config.getoption("--full-chaos"):
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(pytest.mark.skip(reason="takes minutes more: make chaos"))


def pytest_sessionfinish() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_logger_is_left_quiet() -> Iterator[None]:
    """Fail a test that leaves a logger of the project at another level: a later one would miss lines."""
    yield
    left = {
        name: logger.level
        for name, logger in logging.root.manager.loggerDict.items()
        if name.partition(".")[0] in ("include", "mlops") and isinstance(logger, logging.Logger)
        if logger.level or logger.disabled
    }
    for name in left:
        logging.getLogger(name).setLevel(logging.NOTSET)
    assert not left, "the test, or what it ran in this process, left loggers at another level"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder, with the connections of airflow_settings.yaml leading into it; MLflow is not
    running."""
    from mlops.cli.settings import connection_environment, read_settings  # core tests run without Airflow

    folder = tmp_path / "state"
    names = {"MLOPS_STATE": str(folder), "MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": "9"}
    settings = read_settings(ROOT / "airflow_settings.yaml", names)
    for name, value in connection_environment(settings["connections"]).items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """A copy of the example's folder that a test may change."""
    folder = tmp_path / "models" / "credit_risk"
    shutil.copytree(ROOT / "include" / "models" / "credit_risk", folder)
    return folder


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's six months, laid out as a source."""
    from include.examples.credit_default.panel import write_panel

    folder = tmp_path_factory.mktemp("panel")
    write_panel(folder, None)
    return folder


@pytest.fixture
def source(panel: Path, state: Path) -> Path:
    """The deliveries, in place and free to be spoiled."""
    target = state / "source" / "credit_risk"
    shutil.copytree(panel, target)
    return target


@pytest.fixture(scope="session")
def mlflow_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowProcess]:
    """A server that the tests of one worker share, those of models that serve after those of DAGs.

    What a test of the world with a champion finds on it is what that world was kept with: nothing else stays.
    """
    from tests.world.ports import free_port
    from tests.world.servers import MlflowProcess

    server = MlflowProcess(tmp_path_factory.mktemp("mlflow"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated metadata database, to be copied; workers that run side by side make it once.

    It lies in the folder of this run of the tests: one of an earlier run may be another Airflow's.
    """
    own = tmp_path_factory.getbasetemp()
    home = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "migrated"
    home.mkdir(exist_ok=True)
    file, made = home / "airflow.db", home / "made"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            address = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{file}"}
            command = [sys.executable, "-m", "airflow", "db", "migrate"]
            subprocess.run(command, check=True, capture_output=True, env={**os.environ, **address})
            made.touch()
    return file


@pytest.fixture
def airflow_database(empty_database: Path) -> Path:
    """An empty metadata database in the tests' home, which dag.test() needs.

    Empty for each test: the runs of another test's DAGs, and what the policy remembers of a model that has
    the same name, would decide here what is decided.
    """
    file = Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    copy_database(empty_database, file)
    return file
