"""A model with versions in a real MLflow, and servers that follow it."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.world.ports import free_port
from tests.world.served import fit_pipeline, log_another, log_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig
    from serving.server import ModelServer
    from tests.world.servers import MlflowProcess


@pytest.fixture(scope="session")
def config() -> ModelConfig:
    """The example's configuration."""
    from include.config.load import load_model
    from tests.conftest import ROOT

    return load_model(ROOT / "include" / "models" / "credit_risk")


@pytest.fixture(scope="session")
def pipelines(config: ModelConfig) -> list[Any]:
    """Three small models that answer differently."""
    return [fit_pipeline(config, seed) for seed in range(3)]


@dataclass
class Registered:
    """A registered model of a test's own, of which versions 1 to 3 are there.

    :param config: its configuration.
    :param url: of MLflow.
    :param uris: the model behind each version.
    """

    config: ModelConfig
    url: str
    pipelines: list[Any]
    uris: list[str] = field(default_factory=list)

    @property
    def client(self) -> Any:
        import mlflow

        return mlflow.MlflowClient(self.url, self.url)

    def point(self, version: int | str, alias: str = "champion") -> None:
        self.client.set_registered_model_alias(self.config.name, alias, str(version))

    def add(self, uri: str) -> str:
        kind, _, rest = uri.partition(":/")
        known = {"model_id": rest} if kind == "models" else {"run_id": rest.split("/")[0]}
        return str(self.client.create_model_version(self.config.name, uri, **known).version)


@pytest.fixture(scope="session")
def logged(
    mlflow_process: MlflowProcess,
    config: ModelConfig,
    pipelines: list[Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[str]:
    """The URIs of three logged models."""
    url, scratch = f"http://127.0.0.1:{mlflow_process.port}", tmp_path_factory.mktemp("models")
    first = log_version(url, pipelines[0], config)
    others = [log_another(url, first, one, config, scratch / f"{n}") for n, one in enumerate(pipelines[1:])]
    return [first, *others]


@pytest.fixture
def registered(
    mlflow_process: MlflowProcess, config: ModelConfig, pipelines: list[Any], logged: list[str]
) -> Registered:
    """A registered model for one test, with three versions."""
    name = f"m_{secrets.token_hex(6)}"
    own = config.model_copy(update={"name": name})
    found = Registered(own, f"http://127.0.0.1:{mlflow_process.port}", pipelines, logged)
    found.client.create_registered_model(name)
    for uri in logged:
        found.add(uri)
    found.point(1)
    return found


@dataclass
class Running:
    """A server in a thread of this process; a test polls by hand."""

    server: ModelServer
    url: str
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def step(self) -> Callable[[], bool]:
        return self.server.follower.step

    def post(self, body: Any = None, path: str = "/invocations", **more: Any) -> requests.Response:
        if body is not None:
            more["json"] = body
        return self.session.post(f"{self.url}{path}", timeout=30, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(f"{self.url}{path}", timeout=30, **more)

    def version(self) -> dict[str, Any]:
        return dict(self.get("/version").json())

    def figure(self, name: str) -> float:
        """The value of a metric; 0 where there is none of the name."""
        lines = [line for line in self.get("/metrics").text.splitlines() if line.startswith(f"{name} ")]
        return float(lines[0].rpartition(" ")[2]) if lines else 0.0


@pytest.fixture
def serve(registered: Registered, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start a server that follows the test's model and has polled once; options by name."""
    running: list[Any] = []

    def start(**options: Any) -> Running:
        from serving.server import ModelServer
        from serving.settings import Settings

        settings = Settings(**{
            "model": registered.config.name, "models": tmp_path, "mlflow": registered.url,
            "state": tmp_path / "state", "port": free_port(), **options,
        })  # fmt: skip
        server = ModelServer(settings, registered.config)
        server.follower.step()
        thread = threading.Thread(target=server.web.run, daemon=True)
        thread.start()
        running.append((server, thread))
        deadline = time.monotonic() + 30
        while not server.web.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return Running(server, f"http://127.0.0.1:{settings.port}")

    yield start
    for server, thread in running:
        server.web.should_exit = True
        thread.join(30)
        server.close()
