"""A champion, trained once, and the checks that go with every refusal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Protocol

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowSkipException

from mlops.defaults import RETRY_POLICY
from tests.conftest import ROOT
from tests.integration.bad_inputs.documented import check_documented
from tests.world.world import FIRST, MODEL, SMALL, World, connect, make_light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.errors import MlopsError
    from tests.integration.conftest import MlflowProcess
    from tests.world.dag_run import DagRun

    Champion = tuple[World, Path, dict[str, str], set[str]]


class Refusal(Protocol):
    """Run until a task refuses what came in, and check everything that goes with it."""

    def __call__(
        self,
        what: str,
        pipeline: DagRun,
        task: str,
        error: type[MlopsError],
        *says: str,
        retried: bool = False,
    ) -> str: ...


class Waits(Protocol):
    """Run until there is not enough to go on with, and check everything that goes with it."""

    def __call__(self, what: str, pipeline: DagRun, *says: str) -> None: ...


class Printed(Protocol):
    """Compare an error or a summary with the page for on-call; it is kept in the test's report, too."""

    def __call__(self, what: str, task: str, said: Exception | str) -> None: ...


@pytest.fixture(scope="package")
def first_champion(
    small_panel: Path, mlflow_process: MlflowProcess, tmp_path_factory: pytest.TempPathFactory
) -> Champion:
    """Train the first champion; return its world, a copy of it, its aliases and its MLflow runs."""
    home, pristine = tmp_path_factory.mktemp("world") / "home", tmp_path_factory.mktemp("pristine") / "home"
    shutil.copytree(ROOT / "include" / "models" / "credit_risk", home / "models" / MODEL)
    shutil.copytree(small_panel, home / "state" / "source" / "credit_risk")
    with pytest.MonkeyPatch.context() as patch:
        connect(patch, home, mlflow_process.port)
        make_light(patch)
        world = World(home)
        world.edit(*SMALL.items())
        world.first = world.pipeline(as_of=FIRST, run_id="scheduled__first")
        assert world.first.run() == "promote"
        runs = {run.info.run_id for run in world.runs("training") + world.runs("decisions")}
        shutil.copytree(home, pristine)
        return world, pristine, world.registry.aliases(), runs


@pytest.fixture
def world(first_champion: Champion, mlflow_process: MlflowProcess, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that a test has for itself, with a reproducibility check that always succeeds."""
    made, pristine, aliases, runs = first_champion
    connect(monkeypatch, made.home, mlflow_process.port)
    make_light(monkeypatch)
    world = World(made.home, made.first)
    world.restore(pristine, aliases, runs)
    return world


@pytest.fixture
def judged(world: World) -> DagRun:
    """A registered candidate, the champion's own model again, whose test set and scores lie in the store."""
    return world.candidate()


@pytest.fixture
def printed(world: World, record_property: Callable[[str, object], None]) -> Printed:
    """Compare what a task printed with the catalogue behind docs/bad-input.md."""

    def check(what: str, task: str, said: Exception | str) -> None:
        text = world.shown(said if isinstance(said, str) else f"{type(said).__name__}: {said}")
        record_property("bad_input", f"{what} | {task} | {text}")
        check_documented(what, task, text)

    return check


@pytest.fixture
def waits(world: World, printed: Printed) -> Waits:
    """Check that `prepare` ends the run, green, with what words, and what stays."""

    def check(what: str, pipeline: DagRun, *says: str) -> None:
        before = world.standing()
        with pytest.raises(AirflowSkipException) as caught:
            pipeline.run()
        assert pipeline.begun == "prepare"
        for words in says:
            assert words in str(caught.value), f"{words!r} is not in: {caught.value}"
        assert world.standing() == before, "waiting moved something in production"
        printed(what, "prepare", f"skipped: {caught.value}")

    return check


@pytest.fixture
def refused(world: World, printed: Printed) -> Refusal:
    """Check that a task refuses: which one, with what words, what Airflow does next, and what stays."""

    def check(
        what: str, pipeline: DagRun, task: str, error: type[MlopsError], *says: str, retried: bool = False
    ) -> str:
        before = world.standing()
        with pytest.raises(error) as caught:
            pipeline.run()
        message = str(caught.value)
        assert pipeline.begun == task, f"{pipeline.begun} refused, not {task}: {message}"
        assert type(caught.value) is error, message
        for words in says:
            assert words in message, f"{words!r} is not in: {message}"
        decision = RETRY_POLICY.evaluate(caught.value, 1, 4)
        assert decision.action is (RetryAction.RETRY if retried else RetryAction.FAIL)
        assert world.standing() == before, "a bad input moved something in production"
        printed(what, task, caught.value)
        return message

    return check
