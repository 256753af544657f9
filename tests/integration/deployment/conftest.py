"""Two environments: the kept world is staging; production has a server and a store of its own."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model
from mlops.cli import environment_actions
from mlops.cli.chosen_environment import enter_environment
from mlops.cli.deploy import Answered, run
from mlops.cli.environments_known import find_environment
from mlops.deployment.abandon import abandon_in_source, abandon_in_target
from mlops.deployment.collect import collect_version
from mlops.deployment.deploy import deploy
from mlops.deployment.describe import mark_environment
from mlops.deployment.source_entry import close_deployment
from mlops.deployment.target import Target
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from tests.world.dag_run import through_json
from tests.world.ports import free_port
from tests.world.servers import MlflowProcess
from tests.world.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.deployment.evidence import Evidence
    from include.promotion.approval import Answer
    from include.verdicts import Verdict
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


NOBODY = Answered(approved_by=None, rejected_by=None, comment="")


@dataclass(frozen=True)
class Shipping:
    """A deployment from staging to production, step by step in this process."""

    environments: Environments
    folder: Path

    def collect(self, which: str = "champion") -> Evidence:
        """Collect a version in staging, anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        with self.environments.inside("staging"):
            hook = MlflowHook()
            return collect_version(
                ModelRegistry(hook, MODEL), Ledger(hook, MODEL), ObjectStoreHook(), which, self.folder,
                source="staging", target="production", decided_by="a test",
            )  # fmt: skip

    def target(self, evidence: Evidence, answer: Answer | None = None) -> Target:
        """What a deployment works with; only inside of production."""
        hook = MlflowHook()
        return Target(
            evidence=evidence, folder=self.folder, registry=ModelRegistry(hook, MODEL),
            ledger=Ledger(hook, MODEL), store=ObjectStoreHook(),
            config=load_model(self.environments.world.folder), decided_by="a test", answer=answer,
        )  # fmt: skip

    def deploy(self, evidence: Evidence, answer: Answer | None = None) -> Verdict:
        """Deploy what was collected, and close the entry in staging."""
        with self.environments.inside("production"):
            verdict = deploy(self.target(evidence, answer))
        with self.environments.inside("staging"):
            close_deployment(Ledger(MlflowHook(), MODEL), evidence.deployment, verdict)
        return verdict

    def ship(self, which: str = "champion", answer: Answer | None = None) -> Verdict:
        """All of it."""
        return self.deploy(self.collect(which), answer)

    def abandon(self) -> Verdict:
        """End what is under way, in both."""
        with self.environments.inside("production"):
            verdict = abandon_in_target(Ledger(MlflowHook(), MODEL), "staging", "production")
        with self.environments.inside("staging"):
            abandon_in_source(Ledger(MlflowHook(), MODEL), "production", verdict)
        return verdict

    def command(self, which: str = "champion", **options: Any) -> int:
        """Return the exit code of ``bin/mlops deploy``; what it asks of others is done in this process."""
        given: dict[str, Any] = {"answered": NOBODY, "abandon": False, "as_json": False, **options}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("mlops.cli.deploy.ask", self._act)
            return run(f"{MODEL}@{which}", source="staging", target="production", **given)

    def _act(self, environment: str, action: str, request: dict[str, Any]) -> dict[str, Any]:
        with self.environments.inside(environment):
            entered = find_environment(environment)
            done: dict[str, Any] = through_json(
                getattr(environment_actions, action)(entered, through_json(request))
            )
            return done

    def state(self, name: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Return the aliases of an environment, and its ledger's deployments and promotions, newest first."""
        with self.environments.inside(name):
            hook = MlflowHook()
            entries = Ledger(hook, MODEL).entries()
            kinds = [(one.kind, str(one.state)) for one in entries if one.kind in {"deployment", "promotion"}]
            return ModelRegistry(hook, MODEL).aliases(), kinds


@pytest.fixture
def shipping(environments: Environments, tmp_path: Path) -> Shipping:
    return Shipping(environments, tmp_path / "evidence")
