"""CPU seconds of a day's runs, beside as many empty tasks: without preloading, and with it.

What counts is user and system time of the scheduler with all that it starts, so of the tasks; empty tasks go
through the same scheduler. `others` are MLflow and the other parts of Airflow meanwhile. Servers cost
something even if nothing runs; `net` is the ratio without that.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from benchmarks.bench_dag import run_dag, run_plain  # noqa: E402
from demo import servers  # noqa: E402
from demo.demo import dag_is_there, start_all  # noqa: E402
from demo.state import State  # noqa: E402
from mlops.cli.airflow_api import AirflowApi  # noqa: E402
from mlops.preloading.preload import SWITCH  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "credit_risk"
AS_OF = "2005-05-31"
CHAIN = """
from airflow.sdk import DAG, chain, task
for length in {lengths}:
    with DAG(f"empty_{{length}}", schedule=None, max_active_runs=1) as dag:
        @task
        def nothing():
            pass
        chain(*[nothing.override(task_id=f"nothing_{{number}}")() for number in range(length)])
    globals()[dag.dag_id] = dag
"""
# A run, the number of tasks that it executes, and how much it may cost beside as many empty ones.
TRAINING, SCORING, MONITORING = f"{MODEL}_training", f"{MODEL}_scoring", f"{MODEL}_monitoring"
GOALS = {"training, nothing new": 1.5, "monitoring, nothing new": 2.0, "whole training": 1.0}
LENGTHS = {
    "training, nothing new": 4,
    "scoring, nothing new": 3,
    "monitoring, nothing new": 6,
    "whole training": 9,
}
MODELS, MINUTES = 100, 15
IDLE_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class Cost:
    """CPU seconds.

    :param scheduler: of the scheduler and all that it starts.
    :param tasks: of its worker processes and the tasks in them alone.
    :param others: of MLflow and the other parts of Airflow.
    :param wall: seconds by the clock.
    """

    scheduler: float
    tasks: float
    others: float
    wall: float


def main() -> int:
    """Measure both settings and print the table; return 1 when a goal is missed with preloading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--airflow-port", type=int, default=18080)
    parser.add_argument("--mlflow-port", type=int, default=15000)
    parser.add_argument("--only", choices=["off", "on"], help="measure one setting only")
    parser.add_argument("--quick", action="store_true", help="leave the plain script out")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each task would compile the project anew
    missed = 0
    for setting in ["off", "on"] if options.only is None else [options.only]:
        with tempfile.TemporaryDirectory(prefix="bench-day-") as scratch:
            found = measure(Path(scratch), setting, options)
        missed = report(setting, found)
    return int(missed > 0)


def measure(scratch: Path, setting: str, options: argparse.Namespace) -> dict[str, Cost]:
    """Return what each run costs under one setting."""
    dags = scratch / "dags"
    shutil.copytree(ROOT / "dags", dags)
    (dags / "empty.py").write_text(CHAIN.format(lengths=sorted(set(LENGTHS.values()))))
    state = State(
        folder=scratch / "state",
        airflow_port=options.airflow_port,
        mlflow_port=options.mlflow_port,
        settings={"AIRFLOW__CORE__DAGS_FOLDER": str(dags), SWITCH: setting},
    )
    servers.claim(state)
    since = datetime.now(UTC)
    found: dict[str, Cost] = {}
    try:
        began = time.monotonic()
        start_all(state)
        api = AirflowApi(state.airflow_url)
        for dag_id in ("empty_4", SCORING, MONITORING):
            servers.wait_until(dag_id, lambda dag_id=dag_id: dag_is_there(api, dag_id, since), state, 240)
        found["start"] = Cost(**spent(state), wall=time.monotonic() - began)

        def run(dag_id: str, run_id: str, name: str | None = None) -> None:
            conf = {} if dag_id.startswith("empty") else {"as_of": AS_OF}
            cost = costs(state, lambda: run_dag(api, dag_id, run_id, conf))
            if name:
                found[name] = cost

        run("empty_9", "warm")
        found["idle"] = costs(state, lambda: time.sleep(IDLE_SECONDS))
        run("empty_9", "counted", "9 empty tasks")
        run(TRAINING, "first", "whole training")
        run(SCORING, "first")
        run(MONITORING, "first", "first monitoring")
        run(TRAINING, "second")  # with a champion, the held-out set is another than without one
        for length in sorted(set(LENGTHS.values()) - {9}):
            run(f"empty_{length}", "counted", f"{length} empty tasks")
        run(TRAINING, "third", "training, nothing new")
        run(SCORING, "second", "scoring, nothing new")
        run(MONITORING, "second", "monitoring, nothing new")
        if not options.quick:
            mine = own_children()
            wall = run_plain(state)["wall"]
            found["plain script"] = Cost(scheduler=own_children() - mine, tasks=0, others=0, wall=wall)
    finally:
        servers.stop(state)
    return found


def costs(state: State, work: Callable[[], Any]) -> Cost:
    """Return what the servers spent while something was done."""
    before, began = spent(state), time.monotonic()
    work()
    wall = time.monotonic() - began
    time.sleep(0.5)  # a task's process ends after its state is known
    after = spent(state)
    return Cost(**{name: after[name] - before[name] for name in before}, wall=wall)


def spent(state: State) -> dict[str, float]:
    """Return the CPU seconds that the servers and their children have spent so far."""
    found = {"scheduler": 0.0, "tasks": 0.0, "others": 0.0}
    for name, server in servers.running(state).items():
        children = [cpu(child) for child in server.children(recursive=True)]
        found["scheduler" if name == "scheduler" else "others"] += cpu(server) + sum(children)
        if name == "scheduler":
            found["tasks"] = sum(children)
    return found


def cpu(process: psutil.Process) -> float:
    """Return user and system time of a process and of its children that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def own_children() -> float:
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)


def report(setting: str, found: dict[str, Cost]) -> int:
    """Print one setting's table; return how many goals it misses."""
    heads = "".join(f"{head:>8}" for head in ("sched.", "tasks", "others", "wall", "ratio", "net"))
    print(f"\npreloading {setting}\n{'':<24}{heads}")
    idle = found.pop("idle")
    missed = 0
    for name, cost in found.items():
        line = f"{name:<24}{cost.scheduler:>8.2f}{cost.tasks:>8.2f}{cost.others:>8.2f}{cost.wall:>8.1f}"
        if name in LENGTHS:
            empty, plain = found[f"{LENGTHS[name]} empty tasks"], 0.0
            if name == "whole training" and "plain script" in found:
                plain = found["plain script"].scheduler
            ratio = cost.scheduler / (empty.scheduler + plain)
            caused = net(cost, idle)[0] / (net(empty, idle)[0] + plain)
            line += f"{ratio:>8.2f}{caused:>8.2f}"
            if name in GOALS:
                missed += ratio > GOALS[name]
                line += f"   goal {GOALS[name]}"
        print(line)
    day = [found[name] for name in LENGTHS if name != "whole training"]
    tasks, all_of_it = (
        sum(parts) * MODELS / 60 for parts in zip(*(net(cost, idle) for cost in day), strict=True)
    )
    missed += tasks > MINUTES
    print(f"{MODELS} models without news, {MODELS} times one, net: {tasks:.1f} minutes (goal {MINUTES})")
    print(f"  {all_of_it:.1f} minutes with the API server and MLflow. Idle servers spend, per second,")
    rates = idle.scheduler / idle.wall, idle.others / idle.wall
    print(f"  {rates[0]:.3f} s in the scheduler and {rates[1]:.3f} s in the others", flush=True)
    return missed


def net(cost: Cost, idle: Cost) -> tuple[float, float]:
    """Return what a run costs beyond idle servers: in the scheduler and its tasks, and everywhere."""
    ours = cost.scheduler - idle.scheduler * cost.wall / idle.wall
    return ours, ours + cost.others - idle.others * cost.wall / idle.wall


if __name__ == "__main__":
    sys.exit(main())
