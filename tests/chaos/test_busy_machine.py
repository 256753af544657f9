"""Eight processes hammer Airflow's API, four DAGs run, a replay goes on, and no call fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo import servers
from demo.state import State
from mlops.cli.airflow_api import AirflowApi, AirflowApiError
from tests.chaos.hammer import KINDS
from tests.chaos.second_model import copy_with_second_model
from tests.world.ports import free_port

pytestmark = [pytest.mark.chaos, pytest.mark.full, pytest.mark.timeout(3600)]

PROCESSES, ROUNDS = 8, 3
SECONDS = int(os.environ.get("SECONDS_EACH", "60"))


def test_no_call_fails_beside_a_replay(tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    environment = copy_with_second_model(copy)
    state = State(folder=tmp_path / "replay", airflow_port=free_port(), mlflow_port=free_port())
    ports = ["--airflow-port", str(state.airflow_port), "--mlflow-port", str(state.mlflow_port)]
    replay = subprocess.Popen(
        [sys.executable, "-m", "demo", "replay", "--state", str(state.folder), *ports],
        cwd=copy, env=environment,
    )  # fmt: skip
    try:
        wait_for_a_run(state, replay)
        for number in range(ROUNDS):
            for told in hammer(state, copy, environment):
                sys.stderr.write(f"round {number + 1}: {told}\n")
                assert told["failed"] == []
                assert told["calls"] > 5
            assert replay.poll() is None, "the replay died beside the load"
    finally:
        replay.send_signal(signal.SIGINT)
        replay.wait(120)
        servers.stop(state)


def wait_for_a_run(state: State, replay: subprocess.Popen[bytes]) -> None:
    """Wait until the replay has started its first run, and Airflow knows the second model's DAGs."""
    api = AirflowApi(state.airflow_url, patience=0)
    while replay.poll() is None:
        try:
            known = {dag["dag_id"] for dag in api.call("GET", "dags?limit=50")["dags"]}
            others = {f"credit_second_{kind}" for kind in (*KINDS, "rollback")}
            if others <= known and api.call("GET", "dags/credit_risk_training/dagRuns")["dag_runs"]:
                return
        except AirflowApiError:
            pass
        time.sleep(1)
    pytest.fail(f"the replay ended with {replay.returncode} before it had begun")


def hammer(state: State, copy: Path, environment: dict[str, str]) -> list[dict[str, object]]:
    """Let eight processes hammer side by side; return what each of them saw."""
    script = Path(__file__).with_name("hammer.py")
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), state.airflow_url, str(SECONDS), str(number)],
            cwd=copy, env=environment, stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    answers = [process.communicate(timeout=SECONDS + 300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return [json.loads(answer) for answer in answers]
