"""Wall time of the training DAG through the scheduler, against the same work without it. Goal: at most 1.5.

The yardstick is one plain Python process that does what the tasks do, plus a chain of as many empty tasks
through the same scheduler: what is over 1 is what this repository adds to Airflow and to the work itself. All
three run on the same servers, each on data and models of its own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from demo import servers  # noqa: E402
from demo.demo import dag_is_there, start_all  # noqa: E402
from demo.runs import task_instances, trigger, unpause  # noqa: E402
from demo.state import State  # noqa: E402
from mlops.cli.airflow_api import AirflowApi  # noqa: E402
from mlops.cli.settings import connection_environment, read_settings  # noqa: E402

GOAL = 1.5
AS_OF = "2005-05-31"
TASKS = (
    "extract",
    "validate",
    "prepare",
    "check_new_data",
    "train",
    "evaluate",
    "gate",
    "register",
    "promote",
)
EMPTY_CHAIN = """
from airflow.sdk import DAG, chain, task
with DAG("empty_chain", schedule=None, max_active_runs=1):
    @task
    def nothing():
        pass
    chain(*[nothing.override(task_id=f"nothing_{number}")() for number in range(%d)])
"""


def main() -> int:
    """Measure, print the tasks and the ratio, return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--airflow-port", type=int, default=18080)
    parser.add_argument("--mlflow-port", type=int, default=15000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-dag-") as scratch:
        dags = Path(scratch) / "dags"
        shutil.copytree(ROOT / "dags", dags)
        (dags / "empty_chain.py").write_text(EMPTY_CHAIN % len(TASKS))
        state = State(
            folder=Path(scratch) / "state",
            airflow_port=options.airflow_port,
            mlflow_port=options.mlflow_port,
            settings={"AIRFLOW__CORE__DAGS_FOLDER": str(dags)},
        )
        servers.claim(state)
        since = datetime.now(UTC)
        try:
            start_all(state)
            api = AirflowApi(state.airflow_url)
            servers.wait_until("empty_chain", lambda: dag_is_there(api, "empty_chain", since), state, 240)
            run_dag(api, "empty_chain", "warm", {})
            empty = run_dag(api, "empty_chain", "counted", {})
            ours = run_dag(api, "credit_risk_training", "counted", {"as_of": AS_OF})
            plain = run_plain(state)
        finally:
            servers.stop(state)
    ratio = report(ours, empty, plain)
    return int(ratio > GOAL)


def run_dag(api: AirflowApi, dag_id: str, run_id: str, conf: dict[str, Any]) -> dict[str, float]:
    """Trigger a run, wait for its end; return the seconds of each task and of the whole run."""
    unpause(api, dag_id)
    began = time.monotonic()
    trigger(api, dag_id, run_id, conf, "Started by a benchmark")
    while (run := api.call("GET", f"dags/{dag_id}/dagRuns/{run_id}"))["state"] not in {"success", "failed"}:
        time.sleep(0.1)
    wall = time.monotonic() - began
    if run["state"] == "failed":
        raise RuntimeError(f"{dag_id} failed")
    tasks = task_instances(api, dag_id, run_id)
    return {task["task_id"]: task["duration"] or 0.0 for task in tasks} | {"wall": wall}


def run_plain(state: State) -> dict[str, float]:
    """Do the work of all tasks in one new Python process, on a store, registry and MLflow experiment of its
    own."""
    folder = state.folder / "plain"
    model = folder / "models" / "credit_risk_plain"
    shutil.copytree(ROOT / "include" / "models" / "credit_risk", model)
    configuration = (
        (model / "model.yaml").read_text().replace("name: credit_risk\n", "name: credit_risk_plain\n")
    )
    (model / "model.yaml").write_text(configuration)
    settings = read_settings(ROOT / "airflow_settings.yaml", state.environment())
    connections = connection_environment(settings["connections"])
    text = json.dumps(connections).replace(f"{state.folder}/store", f"{folder}/store")
    connections = json.loads(text.replace(f"{state.folder}/registry.git", f"{folder}/registry.git"))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.plain_training", str(model), AS_OF],
        env={**state.environment(), **connections}, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": time.monotonic() - began}


def report(ours: dict[str, float], empty: dict[str, float], plain: dict[str, float]) -> float:
    """Print the table and return the ratio."""
    per_task = [seconds for name, seconds in empty.items() if name != "wall"]
    print(f"{'task':<12}{'DAG s':>8}{'plain s':>9}{'empty s':>9}")
    for task, nothing in zip(TASKS, per_task, strict=True):
        print(f"{task:<12}{ours[task]:>8.1f}{plain[task]:>9.1f}{nothing:>9.1f}")
    ratio = ours["wall"] / (plain["wall"] + empty["wall"])
    print(f"{'wall':<12}{ours['wall']:>8.1f}{plain['wall']:>9.1f}{empty['wall']:>9.1f}")
    print(f"DAG / (plain + empty) = {ratio:.2f}   goal {GOAL}   ({os.cpu_count()} cores)")
    return ratio


if __name__ == "__main__":
    sys.exit(main())
