"""Kill a task before and after each of its requests to MLflow, run it again, and look at what is left.

The task runs in a forked process that kills itself with SIGKILL at its k-th request. Walking k from the first
request to the last goes through every point at which something outside of the process has changed and
something else has not yet.
"""

from __future__ import annotations

import copy
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.reproducibility import ReproducibilityResult
from tests.world.world import KEPT_BEFORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world.dag_run import DagRun

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

CHANGES_PRODUCTION = {"register", "promote"}  # killed at each request; of others CI tries a fifth
WRITES = {"POST", "PATCH", "PUT", "DELETE"}


@pytest.fixture
def pipeline(before: Callable[[str], DagRun]) -> DagRun:
    """A run that trains next."""
    return before("train")


def run_and_die(pipeline: DagRun, task: str, *, at: int, after: bool) -> bool:
    """Run a task in a fork that kills itself at its ``at``-th request that changes something; return whether
    it died."""
    child = os.fork()
    if child == 0:
        send, seen = requests.Session.request, 0

        def dying(self: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
            nonlocal seen
            changes = method.upper() in WRITES and "/search" not in url
            seen += changes
            if changes and seen == at and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = send(self, method, url, **kwargs)
            if changes and seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        requests.Session.request = dying  # type: ignore[method-assign]
        try:
            pipeline.run_task(task)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, f"{task} failed by itself"
    return False


def check_nothing_doubled_or_left_open(model: str) -> None:
    hook = MlflowHook()
    training = hook.client.search_runs([hook.experiment_id(f"{model}/training")])
    decisions = hook.client.search_runs([hook.experiment_id(f"{model}/decisions")])
    assert [run.info.status for run in training + decisions if run.info.status == "RUNNING"] == []
    assert len(training) == 1
    assert len(decisions) == 1
    logged = hook.client.search_logged_models([training[0].info.experiment_id])
    assert len(logged) == 1
    assert len(hook.client.search_model_versions(f"name = '{model}'")) == 1
    assert ModelRegistry(hook, model).aliases() == {CHAMPION: "1"}
    (entry,) = Ledger(hook, model).entries()
    assert entry.applied


@pytest.mark.parametrize(
    "after",  # dying after a request is dying before the next one: the last alone is new
    [pytest.param(False, id="before"), pytest.param(True, id="after", marks=pytest.mark.full)],
)
@pytest.mark.parametrize(
    "task",
    [
        "train",
        pytest.param("evaluate", marks=pytest.mark.full),  # these two change nothing in production
        pytest.param("gate", marks=pytest.mark.full),
        "register",
        "promote",
    ],
)
def test_a_task_killed_at_any_request_ends_as_if_it_had_not_been(
    before: Callable[[str], DagRun],
    task: str,
    after: bool,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    # The reproducibility check starts a new interpreter for ten seconds each time; it changes nothing,
    # and has tests of its own.
    fine = ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0)
    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", lambda order: fine)
    start = task if task in KEPT_BEFORE else "train"
    pipeline = before(start)
    model, way = pipeline.folder.name, pipeline.way_to("promote")
    for earlier in way[way.index(start) : way.index(task)]:
        pipeline.run_task(earlier)
    at, step = 1, 1 if task in CHANGES_PRODUCTION or request.config.getoption("--full-chaos") else 5
    while run_and_die(copy.deepcopy(pipeline), task, at=at, after=after):
        at += step
    assert at > 1, f"{task} was never killed: the test has lost its teeth"
    for rest in way[way.index(task) :]:
        pipeline.run_task(rest)
    pipeline.run_task("promote")  # cleared
    (event,) = pipeline.asset_events[f"mlops://models/{model}/champion"]
    assert (event["by"], event["version"]) == ("promotion", "1")
    check_nothing_doubled_or_left_open(model)


def test_a_training_that_is_stopped_is_marked_killed_and_resumed(
    pipeline: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Airflow does when somebody marks the task as failed, or its time is up: SIGTERM, then
    on_kill()."""
    hook, model = MlflowHook(), pipeline.folder.name
    operator = pipeline.operator("train")

    def stopped(*arguments: object, **keywords: object) -> None:
        operator.on_kill()

    with monkeypatch.context() as patch:
        patch.setattr("include.training.fit.fit", stopped)
        patch.setattr(pipeline, "operator", lambda task: operator)
        with pytest.raises(SystemExit):
            pipeline.run_task("train")
    (run,) = hook.client.search_runs([hook.experiment_id(f"{model}/training")])
    assert run.info.status == "KILLED"
    pipeline.run_task("train")
    (again,) = hook.client.search_runs([hook.experiment_id(f"{model}/training")])
    assert (again.info.run_id, again.info.status) == (run.info.run_id, "FINISHED")


def test_a_finished_training_is_not_done_again(pipeline: DagRun, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pipeline.run_task("train")
    monkeypatch.setattr("include.training.fit.fit", lambda *arguments: pytest.fail("trained again"))
    assert pipeline.run_task("train") == first


def test_a_task_cleared_after_its_data_changed_trains_anew(pipeline: DagRun) -> None:
    first = pipeline.run_task("train")
    labels = (
        pipeline.folder.parents[1]
        / "state"
        / "source"
        / "credit_risk"
        / "labels"
        / "known_on=2005-05-31"
        / "labels.csv"
    )
    header, *rows = labels.read_text().splitlines()
    turned = [f"{row[:-1]}{1 - int(row[-1])}" for row in rows[:50]]  # few enough for the contract
    labels.write_text("\n".join([header, *turned, *rows[50:]]) + "\n")
    again = pipeline.run("train") and pipeline.results["train"]
    assert again["run_id"] != first["run_id"]
    assert again["model_uri"] != first["model_uri"]
