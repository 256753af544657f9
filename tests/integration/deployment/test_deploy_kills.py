"""A deployment is killed before each of its writes and run again; two of them run at once."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mlops.deployment.deploy import deploy
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.model_registry import CHAMPION
from tests.integration.test_crashes import WRITES
from tests.world.world import MODEL

if TYPE_CHECKING:
    from include.deployment.evidence import Evidence
    from tests.integration.deployment.conftest import Shipping

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]


def die_at(at: int) -> None:
    """Let this process kill itself before its ``at``-th write, to MLflow or to the object store."""
    send, put, seen = requests.Session.request, ObjectStoreHook._put, 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def request(self: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
        if method.upper() in WRITES and "/search" not in url:
            count()
        return send(self, method, url, **kwargs)

    def write(self: ObjectStoreHook, *arguments: Any, **kwargs: Any) -> bool:
        count()
        return put(self, *arguments, **kwargs)

    requests.Session.request = request  # type: ignore[method-assign]
    ObjectStoreHook._put = write  # type: ignore[method-assign]


def start(shipping: Shipping, evidence: Evidence, at: int = 0) -> int:
    """Deploy in a process of its own; return its id."""
    child = os.fork()
    if child == 0:
        try:
            with shipping.environments.inside("production"):
                if at:
                    die_at(at)
                deploy(shipping.target(evidence))
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def ended(child: int) -> int:
    """Return how a process ended: 0, or the signal that killed it."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    assert os.WEXITSTATUS(status) == 0, "the deployment failed by itself"
    return 0


def check_deployed_once(shipping: Shipping) -> None:
    assert shipping.state("production") == (
        {CHAMPION: "1"}, [("promotion", "applied"), ("deployment", "applied")],
    )  # fmt: skip
    with shipping.environments.inside("production"):
        hook = MlflowHook()
        versions = hook.client.search_model_versions(f"name = '{MODEL}'")
        assert [one.version for one in versions] == ["1"]
        runs = hook.client.search_runs([hook.experiment_id(f"{MODEL}/training")])
        assert [run.info.status for run in runs] == ["FINISHED"]


def kill_and_finish(shipping: Shipping, step: int) -> None:
    evidence, at, killed = shipping.collect(), 1, 0
    while ended(start(shipping, evidence, at)) == signal.SIGKILL:
        at, killed = at + step, killed + 1
    assert killed > 1, "it was never killed: the test has lost its teeth"
    assert shipping.ship().decision == "deployed"
    check_deployed_once(shipping)


def test_a_killed_deployment_is_finished_by_running_it_again(shipping: Shipping) -> None:
    kill_and_finish(shipping, step=30)


@pytest.mark.full
def test_a_deployment_killed_before_any_write_is_finished_by_running_it_again(shipping: Shipping) -> None:
    kill_and_finish(shipping, step=1)


def test_two_processes_at_once_make_one_champion(shipping: Shipping) -> None:
    evidence = shipping.collect()
    children = [start(shipping, evidence) for _ in range(2)]
    assert [ended(child) for child in children] == [0, 0]
    assert shipping.ship().decision == "deployed"
    check_deployed_once(shipping)
