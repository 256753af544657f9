"""MLflow down, slow or broken, before anything is answered or in between. The task is worth a retry, and the
retry ends as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import RetryAction

from include.errors import TrackingError
from mlops.defaults import RETRY_POLICY
from tests.integration.bad_inputs.faults import FaultyProxy
from tests.world.world import MODEL, connect_mlflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.bad_inputs.conftest import Printed
    from tests.integration.bad_inputs.faults import Fault
    from tests.world.dag_run import DagRun
    from tests.world.servers import MlflowProcess
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

When = Callable[[str, str], bool]
TALKS_TO_MLFLOW = ("check_new_data", "train", "evaluate", "gate", "register", "promote")
LENIENT = (("min_gain: 0.0\n", "min_gain: -0.5\n"), ("max_drop: 0.02", "max_drop: 1.0"))


@pytest.fixture
def proxy(
    world: World, mlflow_process: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyProxy]:
    """MLflow behind a proxy that can fail."""
    made = FaultyProxy(mlflow_process.port)
    connect_mlflow(monkeypatch, made.port)
    yield made
    made.stop()


def everything(method: str, path: str) -> bool:
    return True


def fail_once(
    world: World, proxy: FaultyProxy, pipeline: DagRun, task: str, fault: Fault, when: When = everything
) -> TrackingError:
    """Run a task while MLflow fails; return its error."""
    with pytest.MonkeyPatch.context() as patch:
        if fault == "slow":
            connect_mlflow(patch, proxy.port, timeout=1)
        proxy.fail(fault, when)
        with pytest.raises(TrackingError) as caught:
            pipeline.run_task(task)
        proxy.heal()
    world.hook.server.connect()  # patience again
    assert proxy.met or fault == "down"
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.RETRY
    for words in ("MLflow could not", f"127.0.0.1:{proxy.port}", "mlflow_default", "The task is retried"):
        assert words in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("down", "MLflow down"),
        ("500", "MLflow answers 500"),
        pytest.param("slow", "MLflow too slow", marks=pytest.mark.full),  # CI has each fault at one request,
        pytest.param("cut", "MLflow breaks off", marks=pytest.mark.full),  # in tests/adapter/hooks
    ],
)
def test_an_outage_in_any_task_is_retried_to_the_same_end(
    world: World, proxy: FaultyProxy, printed: Printed, fault: Fault, what: str
) -> None:
    world.edit(*LENIENT)
    pipeline = world.pipeline(as_of="2005-07-31")
    for task in pipeline.way_to("promote"):
        if task in TALKS_TO_MLFLOW:
            before = world.in_production()
            error = fail_once(world, proxy, pipeline, task, fault)
            assert world.in_production() == before
            printed(what, task, error)
        pipeline.run_task(task)
    check_one_promotion(world, pipeline)


def check_one_promotion(world: World, pipeline: DagRun) -> None:
    version = pipeline.results["register"]["version"]
    assert world.registry.aliases() == {"champion": version, "previous_champion": "1"}
    assert len(world.hook.client.search_model_versions(f"name = '{MODEL}'")) == 2
    runs = world.runs("training") + world.runs("decisions")
    assert len(runs) == 4
    assert {run.info.status for run in runs} == {"FINISHED"}


FAULTS: tuple[Fault, ...] = ("502", "cut")  # by turns
# Some of the requests only: the server is up and its artifact store, say, is not.
PARTLY: dict[str, list[When]] = {
    "train": [
        lambda method, path: method == "PUT" and "mlflow-artifacts" in path,
        lambda method, path: method == "PATCH" and "logged-models" in path,
        lambda method, path: "runs/log-batch" in path or "runs/log-inputs" in path,
        lambda method, path: "runs/update" in path,
    ],
    "evaluate": [
        lambda method, path: method == "GET" and "mlflow-artifacts" in path,
        lambda method, path: method == "PUT" and "mlflow-artifacts" in path,
    ],
    "gate": [lambda method, path: method == "PUT"],
    "register": [lambda method, path: "model-versions/create" in path],
    "promote": [
        lambda method, path: "runs/create" in path,
        lambda method, path: "alias" in path and method != "GET",
        lambda method, path: method == "PUT" and "mlflow-artifacts" in path,
        lambda method, path: "runs/update" in path,
    ],
}


def test_a_partial_outage_is_retried_to_the_same_end(world: World, proxy: FaultyProxy) -> None:
    world.edit(*LENIENT)
    pipeline, faults = world.pipeline(as_of="2005-07-31"), cycle(FAULTS)
    for task in pipeline.way_to("promote"):
        for when in PARTLY.get(task, []):
            fail_once(world, proxy, pipeline, task, next(faults), when)
        pipeline.run_task(task)
    check_one_promotion(world, pipeline)
