"""``kill -9`` for the worker of a task, through a real scheduler; Airflow's own retry has to end it well.

``make chaos`` kills every one, and then the worker's supervisor as well, which Airflow notices by missing
heartbeats only. CI has its share in tests/integration/test_crashes.py.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from demo import servers
from demo.demo import start_all
from demo.state import State
from mlops.cli.airflow_api import AirflowApi
from mlops.cli.settings import connection_environment, read_settings
from mlops.run_context import PROJECT_ROOT
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAG_ID = "credit_risk_training"
pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.timeout(1800)]

SHARE = ["train", "register", "promote"]
MOMENT = 0.3  # seconds of silence in its log after which a task is in the middle of something
ALL = ["extract", "validate", "prepare", "check_new_data", "train", "evaluate", "gate", "register", "promote"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """A demo of its own, with a quick eye for workers that are gone."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # what dies here is measured elsewhere
    state = State(
        folder=tmp_path / "state",
        airflow_port=free_port(),
        mlflow_port=free_port(),
        settings={
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "MLOPS_PRELOAD": "0",  # tasks that need not import anything are over before they are killed
        },
    )
    servers.claim(state)
    try:
        start_all(state)
        yield state
    finally:
        servers.stop(state)


def worker_of(task: dict[str, Any]) -> psutil.Process | None:
    """Return the process that runs a task: Airflow writes the task instance's id into its title."""
    for process in psutil.process_iter(["cmdline"]):
        title = " ".join(process.info["cmdline"] or [])
        if title.strip() == f"airflow worker -- {task['id']}":
            return process
    return None


def is_at_work(state: State, task: dict[str, Any]) -> bool:
    """Return whether a task's log says that ``execute`` has begun, a moment ago at least."""
    log = (
        state.folder / "airflow" / "logs" / f"dag_id={DAG_ID}" / "run_id=chaos" / f"task_id={task['task_id']}"
    )
    file = log / "attempt=1.log"
    return (
        file.exists() and "::endgroup::" in file.read_text() and time.time() - file.stat().st_mtime > MOMENT
    )


def kill_worker(task: dict[str, Any], *, with_supervisor: bool) -> bool:
    """Kill a task's worker; return whether there was one."""
    worker = worker_of(task)
    if worker is None:
        return False
    victims = [worker, *([worker.parent()] if with_supervisor else [])]
    for victim in reversed(victims):
        if victim is not None:
            os.kill(victim.pid, signal.SIGKILL)
    return True


def run_and_kill(
    state: State, to_kill: list[str], *, with_supervisor: bool = False
) -> dict[str, dict[str, Any]]:
    """Run the training DAG, killing each of these tasks once; return its task instances by name."""
    api, run_id, killed = AirflowApi(state.airflow_url), "chaos", set()
    api.call("PATCH", f"dags/{DAG_ID}?update_mask=is_paused", {"is_paused": False})
    body = {"dag_run_id": run_id, "logical_date": None, "conf": {"as_of": "2005-05-31"}}
    api.call("POST", f"dags/{DAG_ID}/dagRuns", body)
    while api.call("GET", f"dags/{DAG_ID}/dagRuns/{run_id}")["state"] not in {"success", "failed"}:
        for task in api.call("GET", f"dags/{DAG_ID}/dagRuns/{run_id}/taskInstances")["task_instances"]:
            name = task["task_id"]
            wanted = name in to_kill and name not in killed and task["state"] == "running"
            if wanted and is_at_work(state, task) and kill_worker(task, with_supervisor=with_supervisor):
                killed.add(name)
        time.sleep(0.1)
    assert killed == set(to_kill), f"never killed: {sorted(set(to_kill) - killed)}"
    tasks = api.call("GET", f"dags/{DAG_ID}/dagRuns/{run_id}/taskInstances")["task_instances"]
    return {task["task_id"]: task for task in tasks}


def check_one_champion(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """One version, one training run, one entry in the ledger, nothing RUNNING, no alias half moved."""
    from mlops.hooks.mlflow import MlflowHook
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry

    settings = read_settings(PROJECT_ROOT / "airflow_settings.yaml", state.environment())
    for name, value in connection_environment(settings["connections"]).items():
        monkeypatch.setenv(name, value)
    hook = MlflowHook()
    runs = hook.client.search_runs([
        experiment.experiment_id for experiment in hook.client.search_experiments()
    ])
    assert [run.info.run_id for run in runs if run.info.status == "RUNNING"] == []
    training = hook.experiment_id("credit_risk/training")
    assert len([run for run in runs if run.info.experiment_id == training]) == 1
    assert len(hook.client.search_model_versions("name = 'credit_risk'")) == 1
    assert ModelRegistry(hook, "credit_risk").aliases() == {"champion": "1"}
    (entry,) = Ledger(hook, "credit_risk").entries()
    assert (entry.kind, entry.applied) == ("promotion", True)
    check_one_event(AirflowApi(state.airflow_url), entry.decision_id)


def check_one_event(api: AirflowApi, decision: str) -> None:
    """Airflow has one event for the promotion, and one still when somebody has cleared the task."""
    (asset,) = api.call("GET", "assets?uri_pattern=mlops://models/credit_risk/champion")["assets"]
    for cleared in (False, True):
        if cleared:
            body = {"dag_run_id": "chaos", "task_ids": ["promote"], "dry_run": False, "only_failed": False}
            api.call("POST", f"dags/{DAG_ID}/clearTaskInstances", body)
            while api.call("GET", f"dags/{DAG_ID}/dagRuns/chaos")["state"] != "success":
                time.sleep(0.5)
        events = api.call("GET", f"assets/events?asset_id={asset['id']}")["asset_events"]
        assert [event["extra"]["key"] for event in events] == [decision], f"{cleared=}"


@pytest.mark.full  # CI kills the same tasks at each request, in tests/integration/test_crashes.py
def test_killed_workers_are_retried_to_one_champion(
    state: State, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    to_kill = ALL if request.config.getoption("--full-chaos") else SHARE
    tasks = run_and_kill(state, to_kill)
    for name in ALL:
        assert tasks[name]["state"] == "success"
        assert tasks[name]["try_number"] == (2 if name in to_kill else 1)
    check_one_champion(state, monkeypatch)


@pytest.mark.full
def test_a_supervisor_killed_with_its_worker_is_noticed(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = run_and_kill(state, ["train", "promote"], with_supervisor=True)
    assert {task["state"] for name, task in tasks.items() if name != "alert"} == {"success"}
    check_one_champion(state, monkeypatch)
