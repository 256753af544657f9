"""Two environments: the kept world is staging; production has a server and a store of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mlops.cli.chosen_environment import enter_environment
from mlops.deployment.describe import mark_environment
from tests.world.ports import free_port
from tests.world.servers import MlflowProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world.world import World


@pytest.fixture(scope="session")
def production_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowProcess]:
    server = MlflowProcess(tmp_path_factory.mktemp("production"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def empty_production(production_server: MlflowProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server held before anything was deployed."""
    folder = tmp_path_factory.mktemp("empty-production") / "mlflow"
    folder.mkdir()
    (folder / "artifacts").mkdir()
    production_server.artifacts.mkdir(exist_ok=True)
    production_server.keep(folder / "kept")
    return folder / "kept"


@dataclass(frozen=True)
class Environments:
    """Both.

    :param folder: their files.
    :param world: what is in staging.
    :param production: the state folder of production.
    """

    folder: Path
    world: World
    production: Path

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Let this process work in one of them, as a process of its own would."""
        from airflow.sdk.io import store

        before = dict(os.environ)
        store._STORE_CACHE.clear()
        try:
            enter_environment(name)
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            store._STORE_CACHE.clear()


def write(folder: Path, name: str, state: Path, port: int) -> None:
    (folder / f"{name}.yaml").write_text(f"embedded: {{state: {state}, mlflow_port: {port}}}\n")


@pytest.fixture
def environments(
    world: World,
    mlflow_process: MlflowProcess,
    production_server: MlflowProcess,
    empty_production: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Environments:
    """Both, marked; in staging version 1 is champion, production is empty."""
    folder, production = tmp_path / "environments", tmp_path / "production"
    folder.mkdir()
    production_server.restore(empty_production)
    write(folder, "staging", world.home / "state", mlflow_process.port)
    write(folder, "production", production, production_server.port)
    monkeypatch.setenv("MLOPS_ENVIRONMENTS", str(folder))
    monkeypatch.setattr("mlops.run_context.MODELS_ROOT", world.folder.parent)
    both = Environments(folder, world, production)
    for name in ("staging", "production"):
        with both.inside(name):
            mark_environment(name)
    return both
