"""A hundred models on a real Airflow: all are trained, and then monitored in the same minute, on four slots.

The project is copied with a folder for each model, each of which takes its tasks' slots from one pool. All
learn from the same deliveries of a few thousand customers. Then all 100 monitoring runs are triggered at
once. Nothing may be lost: every run ends with success, no task is tried twice, each model has its champion,
its predictions and the verdict of one monitoring run, and never do more tasks run than there are slots.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bench_parse import MODEL, ROOT, copy_model

if TYPE_CHECKING:
    from mlops.cli.airflow_api import AirflowApi

POOL = "models"
CUSTOMERS = 3_000
STEPS = (("training", "2005-05-31"), ("scoring", "2005-05-31"), ("monitoring", "2005-06-30"))
_INSIDE = "BENCH_MODELS_PROJECT"
_SECONDS = 7_200


def main() -> int:
    """Measure in a copy of the project, print a table, return 1 when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100, help="model folders (default: 100)")
    parser.add_argument("--slots", type=int, default=4, help="slots of their pool (default: 4)")
    options = parser.parse_args()
    if _INSIDE in os.environ:
        return measure(options.slots)
    with tempfile.TemporaryDirectory(prefix="bench-models-") as scratch:
        project = Path(scratch) / "project"
        make_project(project, options.models)
        paths = [str(project), str(project / "plugins"), str(project / "config")]
        return subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_models", f"--slots={options.slots}"],
            check=False, cwd=project,
            env={**os.environ, _INSIDE: scratch, "PYTHONPATH": os.pathsep.join(paths)},
        ).returncode  # fmt: skip


def make_project(project: Path, models: int) -> None:
    """Copy the project, and its example model to so many folders."""
    for part in ("benchmarks", "config", "dags", "demo", "include", "plugins"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "airflow_settings.yaml", project)
    folders = project / "include" / "models"
    for folder in folders.iterdir():
        if folder.is_dir() and folder.name != MODEL:
            shutil.rmtree(folder)
    file = folders / MODEL / "model.yaml"
    file.write_text(file.read_text() + f"\nairflow: {{pool: {POOL}}}\n")
    for number in range(1, models):
        copy_model(folders, f"model_{number:03}")


def measure(slots: int) -> int:
    """Run every model's DAGs on a real Airflow of this project's."""
    from demo.demo import start_all
    from demo.runs import connect
    from demo.servers import claim, stop
    from demo.state import State
    from include.config.load import model_folders
    from include.examples.credit_default.panel import write_panel
    from mlops.cli.settings import read_settings
    from mlops.run_context import MODELS_ROOT, PROJECT_ROOT

    state = State(folder=Path(os.environ[_INSIDE]) / "state", airflow_port=18090, mlflow_port=15090)
    models = [folder.name for folder in model_folders(MODELS_ROOT)]
    small = Path(os.environ[_INSIDE]) / "deliveries"
    write_panel(small, None)
    keep_some(small)
    try:
        claim(state)
        start_all(state)
        api = connect(state)
        pool = [{"pool_name": POOL, "pool_slot": slots}]
        settings = read_settings(PROJECT_ROOT / "airflow_settings.yaml", state.environment())
        (source,) = [one for one in settings["connections"] if one["conn_id"] == f"{MODEL}_source"]
        source["conn_extra"]["root"] = f"file://{small}"
        api.apply_settings({**settings, "pools": pool})
        wait_for_dags(api, models)
        lost = [found for step, as_of in STEPS for found in run_all(api, models, step, as_of)]
        lost += count_verdicts(state.environment(), models)
    finally:
        stop(state)
    print("\n".join(lost) or "nothing was lost")
    return int(bool(lost))


def keep_some(deliveries: Path) -> None:
    """Leave the first customers in each delivery."""
    for file in deliveries.rglob("*.csv"):
        head, *lines = file.read_text().splitlines()
        kept = [line for line in lines if int(line.partition(",")[0]) <= CUSTOMERS]
        file.write_text("\n".join([head, *kept]) + "\n")


def wait_for_dags(api: AirflowApi, models: list[str]) -> None:
    """Wait until Airflow knows every DAG of every model."""
    wanted, deadline = 5 * len(models), time.monotonic() + _SECONDS
    while (found := api.call("GET", "dags?limit=1")["total_entries"]) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Airflow knows {found} of {wanted} DAGs")
        time.sleep(1)


def run_all(api: AirflowApi, models: list[str], step: str, as_of: str) -> list[str]:
    """Trigger one DAG of each model at once, wait for all, and return what went wrong."""
    from mlops.cli.dag_runs import trigger, unpause

    dags, run_id = [f"{model}_{step}" for model in models], f"bench__{as_of}"
    for dag_id in dags:
        unpause(api, dag_id)
    began, most = time.monotonic(), 0
    for dag_id in dags:
        trigger(api, dag_id, run_id, {"as_of": as_of}, "benchmark")
    triggered = time.monotonic()
    while True:
        most = max(most, int(api.call("GET", f"pools/{POOL}")["occupied_slots"]))
        path = f"dags/~/dagRuns?run_id_prefix_pattern={run_id}&limit=100"
        states = [
            run["state"]
            for place in range(0, 5 * len(models), 100)
            for run in api.call("GET", f"{path}&offset={place}")["dag_runs"]
            if run["dag_id"] in dags
        ]
        if len(states) == len(dags) and not {"queued", "running"} & set(states):
            break
        if time.monotonic() - began > _SECONDS:
            return [f"{step}: after {_SECONDS} s still {states.count('running')} runs are running"]
        time.sleep(2)
    seconds = time.monotonic() - began
    print(
        f"{step:<12}{len(dags):>5} runs, triggered within {triggered - began:.0f} s, done after "
        f"{seconds:.0f} s ({seconds / len(dags):.1f} s each); at most {most} slots taken",
        flush=True,
    )
    slots = int(api.call("GET", f"pools/{POOL}")["slots"])
    lost = [f"{step}: {states.count('failed')} runs failed"] if "failed" in states else []
    lost += [f"{step}: {most} slots were taken of {slots}"] if most > slots else []
    for dag_id in dags:
        tasks = api.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        lost += [
            f"{dag_id}.{task['task_id']}: {task['state']}, try {task['try_number']}"
            for task in tasks
            if task["try_number"] > 1 or task["state"] not in {"success", "skipped"}
        ]
    return lost


def count_verdicts(environment: dict[str, str], models: list[str]) -> list[str]:
    """Return which model has no champion, or no monitoring run, or more than one of a delivery."""
    from mlflow import MlflowClient

    client = MlflowClient(f"http://{environment['MLFLOW_HOST']}:{environment['MLFLOW_PORT']}")
    lost = []
    for model in models:
        version = client.get_model_version_by_alias(model, "champion").version
        experiment = client.get_experiment_by_name(f"{model}/monitoring")
        runs = client.search_runs([experiment.experiment_id]) if experiment else []
        names = [run.info.run_name for run in runs]
        if version != "1" or not names or len(names) != len(set(names)):
            lost.append(f"{model}: champion {version}, monitoring runs {sorted(names)}")
    return lost


if __name__ == "__main__":
    sys.exit(main())
