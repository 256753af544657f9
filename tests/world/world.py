"""A world with a champion, into which a test delivers something bad."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlops.cli.settings import connection_environment, read_settings
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.reproducibility import ReproducibilityResult, check_in_new_process
from tests.conftest import ROOT
from tests.world.columns import accounts_file
from tests.world.dag_run import DagRun
from tests.world.edits import edit
from tests.world.ports import RETRIES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.world.servers import MlflowProcess

MODEL = "bad_inputs"
FIRST, NEXT = "2005-05-31", "2005-06-30"
KEPT_BEFORE = ("check_new_data", "train", "register", "promote")
SMALL = {
    "min_rows: 1000": "min_rows: 500",
    "roc_auc: 0.84": "roc_auc: 0.70",  # a floor is held against the end of the interval, wide on 1,000 rows
    "log_loss: 0.30": "log_loss: 0.40",
    "brier: 0.085": "brier: 0.12",
}
REAL_PROBE = check_in_new_process
NO_PICTURE = b"left out"
FINE = ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0)


def shrink(folder: Path) -> Path:
    """Name the example's model after its folder and give it limits that 3,000 customers can meet."""
    edit(folder / "model.yaml", ("name: credit_risk\n", f"name: {folder.name}\n"), *SMALL.items())
    return folder


def make_light(patch: pytest.MonkeyPatch) -> None:
    """Leave out what takes seconds and decides nothing: the check's own process, pictures, importances."""
    patch.setattr("mlops.tracking.reproducibility.check_in_new_process", lambda order: FINE)
    patch.setattr("include.evaluation.plots.save_plots", lambda folder, *_, **__: folder.mkdir())
    patch.setattr("include.evaluation.importance.measure_importance", lambda *rest: {})
    patch.setattr("mlops.monitoring.drift_log.draw_distributions", lambda *_, **__: NO_PICTURE)


def connect_mlflow(patch: pytest.MonkeyPatch, port: int, timeout: int = 20, retries: int = 0) -> None:
    """Let mlflow_default lead to a port, with so many seconds of patience, most often for one request."""
    extra = {"timeout": timeout, "retries": retries}
    connection = {"conn_type": "http", "host": "127.0.0.1", "port": port, "extra": extra}
    patch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", json.dumps(connection))


def connect(patch: pytest.MonkeyPatch, home: Path, port: int) -> None:
    """Let every connection of airflow_settings.yaml lead into a home, and to an MLflow server."""
    names = {"MLOPS_STATE": str(home / "state"), "MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": str(port)}
    connections = read_settings(ROOT / "airflow_settings.yaml", names)["connections"]
    for name, value in connection_environment(connections).items():
        patch.setenv(name, value)
    connect_mlflow(patch, port, retries=RETRIES)


@dataclass
class World:
    """A state folder and a model folder in which version 1 is champion as of 2005-05-31.

    :param home: holds the model folder and the state: what a test may change, and gets back as it was.
    :param first: the run that made the champion.
    :param halfway: that run as it was before each task of ``KEPT_BEFORE``.
    """

    home: Path
    first: DagRun | None = None
    halfway: dict[str, DagRun] = field(default_factory=dict)
    hook: MlflowHook = field(default_factory=MlflowHook)

    @property
    def folder(self) -> Path:
        """The model folder."""
        return self.home / "models" / MODEL

    @property
    def store(self) -> Path:
        """The object store's root."""
        return self.home / "state" / "store"

    @property
    def remote(self) -> Path:
        """The data registry."""
        return self.home / "state" / "registry.git"

    @property
    def source(self) -> Path:
        """Where deliveries arrive."""
        return self.home / "state" / "source" / "credit_risk"

    @property
    def registry(self) -> ModelRegistry:
        """The model's versions and aliases."""
        return ModelRegistry(self.hook, MODEL)

    @property
    def ledger(self) -> Ledger:
        """The model's decisions."""
        return Ledger(self.hook, MODEL)

    @property
    def champion_source(self) -> str:
        """The URI of the champion's model."""
        champion = self.registry.champion()
        assert champion is not None
        return str(champion.source)

    def accounts(self, day: str = NEXT) -> Path:
        """The features delivered on a day."""
        return accounts_file(self.source, day)

    def labels(self, day: str = NEXT) -> Path:
        """The labels delivered on a day."""
        return self.source / "labels" / f"known_on={day}" / "labels.csv"

    def edit(self, *changes: tuple[str, str], file: str = "model.yaml") -> None:
        """Replace text in a file of the model folder."""
        edit(self.folder / file, *changes)

    def pipeline(self, as_of: str = NEXT, run_id: str = "scheduled__next", **conf: Any) -> DagRun:
        """A run of the training DAG; what the form holds is given by name."""
        return DagRun(self.folder, as_of=as_of, run_id=run_id, conf=conf)

    def runs(self, kind: str) -> list[Any]:
        """The MLflow runs of an experiment: ``training`` or ``decisions``."""
        return list(self.hook.client.search_runs([self.hook.experiment_id(f"{MODEL}/{kind}")]))

    def new_version(self) -> tuple[str, str]:
        """Register the champion's model once more, under a run of its own; return the version and the run."""
        run = self.hook.client.create_run(self.hook.experiment_id(f"{MODEL}/training"))
        self.hook.close_run(run.info.run_id)
        version, _ = self.registry.register(
            run_id=run.info.run_id, source=self.champion_source, tags={}, description="again"
        )
        return version, run.info.run_id

    def champion_run(self, run_id: str = "scheduled__next") -> DagRun:
        """The run that made the champion, with all that its tasks handed on, under another id."""
        assert self.first is not None
        return replace(copied(self.first), run_id=run_id)

    def candidate(self, compared_with: str | None = "1") -> DagRun:
        """A run whose candidate, the champion's own model again, is registered and about to be promoted."""
        version, run_id = self.new_version()
        run = self.champion_run()
        run.results["train"]["run_id"] = run_id
        run.results["register"] |= {"version": version, "run_id": run_id}
        run.results["evaluate"] |= {"champion_version": compared_with, "run_id": run_id}
        return run

    def in_production(self) -> dict[str, Any]:
        """What must not change when something bad comes in."""
        versions = self.hook.client.search_model_versions(f"name = '{MODEL}'")
        return {
            "aliases": self.registry.aliases(),
            "versions": sorted(version.version for version in versions),
            "ledger": sorted((entry.decision_id, entry.applied) for entry in self.ledger.entries()),
        }

    def keep(self, folder: Path, mlflow: MlflowProcess) -> None:
        """Copy its files, and all that MLflow holds, for :meth:`restore`."""
        shutil.copytree(self.home, folder / "home")
        mlflow.keep(folder / "mlflow")

    def make_first_champion(self, kept: Path, mlflow: MlflowProcess) -> None:
        """Run the tasks that make version 1 champion.

        :param kept: folder for the world as it was before each task of ``KEPT_BEFORE``.
        :param mlflow: the server.
        """
        run = DagRun(self.folder, as_of=FIRST)
        for task in run.way_to("promote"):
            if task in KEPT_BEFORE:
                self.keep(kept / task, mlflow)
                self.halfway[task] = copied(run)
            run.run_task(task)
        self.first = run

    def before(self, task: str) -> DagRun:
        """The run that made the champion, with what the tasks before one of ``KEPT_BEFORE`` handed on."""
        return copied(self.halfway[task])

    def restore(self, pristine: Path, mlflow: MlflowProcess) -> None:
        """Make its files, and all that MLflow holds, what they were.

        :param pristine: holds them, as ``home`` and ``mlflow``.
        :param mlflow: the server.
        """
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(pristine / "home", self.home)
        mlflow.restore(pristine / "mlflow")

    def shown(self, message: str) -> str:
        """Return a message on one line, without the folders of this test run."""
        for folder, name in ((self.home / "state", "<state>"), (self.home, "<home>")):
            message = message.replace(str(folder), name)
        return " / ".join(line.strip() for line in message.strip().splitlines())


def copied(run: DagRun) -> DagRun:
    """Return a run that goes on from where another is, on its own."""
    parts = ("results", "pushed", "skipped", "asset_states", "asset_events")
    own = {name: deepcopy(getattr(run, name)) for name in parts}
    return replace(run, operators={}, **own)


def reopen(made: World, kept: Path, mlflow: MlflowProcess, patch: pytest.MonkeyPatch) -> World:
    """Return a world as it was kept, with its connections, and a reproducibility check that always succeeds.

    :param made: the world that was kept, or the one that it was made from.
    :param kept: holds it, as :meth:`World.keep` has left it.
    :param mlflow: the server.
    :param patch: takes the connections back.
    """
    connect(patch, made.home, mlflow.port)
    make_light(patch)
    world = World(made.home, made.first)
    world.restore(kept, mlflow)
    return world
