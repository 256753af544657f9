"""A deployment is killed before each of its writes and run again; two of them run at once."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from mlops.deployment.describe import mark_environment
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import CHAMPION
from tests.integration.deployment.killed import ended, start
from tests.world.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.deployment.conftest import Shipping
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(1800)]


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


@pytest.mark.parametrize("step", [7, 1])
def test_a_deployment_killed_before_any_write_is_finished_by_running_it_again(
    shipping: Shipping, empty_production: Path, production_server: MlflowProcess, step: int
) -> None:
    """Each time from an empty production."""
    evidence, at = shipping.collect(), 1
    while ended(start(shipping, evidence, at)) == signal.SIGKILL:
        assert shipping.deploy(evidence).decision == "deployed"
        check_deployed_once(shipping)
        at += step
        production_server.restore(empty_production)
        shutil.rmtree(shipping.environments.production)
        with shipping.environments.inside("production"):
            mark_environment("production")
    assert at > 30, "it was never killed near its end: the test has lost its teeth"


def test_one_that_is_killed_again_and_again_comes_further_each_time(shipping: Shipping) -> None:
    evidence, at, killed = shipping.collect(), 1, 0
    while ended(start(shipping, evidence, at)) == signal.SIGKILL:
        at, killed = at + 3, killed + 1
    assert killed > 1, "it was never killed: the test has lost its teeth"
    assert shipping.ship().decision == "deployed"
    check_deployed_once(shipping)


def test_two_processes_at_once_make_one_champion(shipping: Shipping) -> None:
    evidence = shipping.collect()
    children = [start(shipping, evidence) for _ in range(2)]
    assert [ended(child) for child in children] == [0, 0]
    assert shipping.ship().decision == "deployed"
    check_deployed_once(shipping)
