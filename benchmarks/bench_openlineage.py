"""What OpenLineage events cost a task: DAG runs in pairs, without events and with them. Goal: at most 3 %.

Each run is a fork of one process that has preloaded what tasks import, as the scheduler's is, and trains anew
(``force``). The runs of a pair follow each other, in turns with events first and without. What counts is the
CPU of the process and all that it starts; a clock in the listener says how long tasks waited for events.
Those of the DAG itself are the scheduler's and are left out. The backend is a thread that answers at once.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

if TYPE_CHECKING:
    from tests.world.lineage_backend import Backend

MODEL, AS_OF, GOAL = "credit_risk", "2005-05-31", 0.03
CLOCK = """
import functools, os, time
if os.environ.get("BENCH_CLOCK"):
    from airflow.providers.openlineage.plugins.listener import OpenLineageListener as Listener

    def timed(method):
        @functools.wraps(method)
        def call(self, task_instance, *rest):
            began = time.monotonic()
            try:
                return method(self, task_instance, *rest)
            finally:
                with open(os.environ["BENCH_CLOCK"], "a") as file:
                    print(task_instance.task_id, time.monotonic() - began, file=file)
        return call

    for name in ("running", "success", "failed", "skipped"):
        method = getattr(Listener, f"_on_task_instance_{name}")
        if not hasattr(method, "__wrapped__"):  # Airflow and its SDK both load this file
            setattr(Listener, f"_on_task_instance_{name}", timed(method))
"""


class Cost(NamedTuple):
    """What a DAG run took, in seconds.

    :param cpu: of its process and all that it starts.
    :param wall: by the clock.
    :param waited: what its tasks waited for their events.
    :param events: how many events its tasks sent.
    """

    cpu: float
    wall: float
    waited: float = 0.0
    events: int = 0


def main() -> int:
    """Measure, print the pairs, return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3, help="counted pairs of runs (default: 3)")
    parser.add_argument("--small", action="store_true", help="3,000 customers, not 30,000: shorter tasks")
    parser.add_argument("--fork", action="store_true", help="let the provider fork for each event")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-openlineage-") as scratch:
        os.environ["AIRFLOW_HOME"] = str(Path(scratch) / "airflow")
        pairs = measure(Path(scratch), options)
    names = ("without: CPU", "wall", "with: CPU", "wall", "CPU", "waited, s", "share", "events")
    print("".join(f"{name:>14}" for name in names))
    for off, on in pairs:
        figures = (f"{off.cpu:.2f}", f"{off.wall:.2f}", f"{on.cpu:.2f}", f"{on.wall:.2f}")
        ratios = (f"{on.cpu / off.cpu - 1:+.1%}", f"{on.waited:.2f}", f"{on.waited / on.wall:.1%}", on.events)
        print("".join(f"{figure:>14}" for figure in (*figures, *ratios)))
    cpu = median(on.cpu / off.cpu - 1 for off, on in pairs)
    waited = median(on.waited / on.wall for _, on in pairs)
    print(f"median: CPU {cpu:+.1%}, waited {waited:.1%} of the run; goal {GOAL:.0%}")
    return int(waited > GOAL)


def measure(scratch: Path, options: argparse.Namespace) -> list[tuple[Cost, Cost]]:
    """Return the costs of each pair: without events, with them."""
    from mlops.preloading.preload import load_libraries
    from tests.world.lineage_backend import lineage_backend
    from tests.world.ports import free_port
    from tests.world.servers import MlflowProcess

    home = scratch / "home"
    (scratch / "plugins").mkdir()
    (scratch / "plugins" / "clock.py").write_text(CLOCK)
    os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(scratch / "plugins")  # before Airflow is imported
    prepare(home, small=options.small)
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
    mlflow = MlflowProcess(scratch / "mlflow", free_port())
    try:
        mlflow.start()
        connect(home, mlflow.port)
        load_libraries()
        run_once(scratch, home, {}, 0)  # the champion; compiles what is not compiled
        with lineage_backend("works") as backend:
            settings = events_settings(backend, fork=options.fork)
            run_once(scratch, home, settings, 1)
            pairs = []
            for turn in range(options.pairs):
                costs = {}
                for place, on in enumerate((False, True) if turn % 2 else (True, False)):
                    backend.events.clear()
                    found = run_once(scratch, home, settings if on else {}, 2 + 2 * turn + place)
                    costs[on] = found._replace(events=len(backend.events))
                pairs.append((costs[False], costs[True]))
            return pairs
    finally:
        mlflow.stop()


def prepare(home: Path, *, small: bool) -> None:
    """Lay out the model and its source."""
    from include.examples.credit_default.panel import write_panel

    shutil.copytree(ROOT / "include" / "models" / MODEL, home / "models" / MODEL)
    source = home / "state" / "source" / MODEL
    write_panel(source, None)
    if small:
        for file in source.rglob("*.csv"):
            head, *lines = file.read_text().splitlines(keepends=True)
            file.write_text("".join([head, *(line for line in lines if int(line.split(",")[0]) <= 3000)]))
        from tests.world.edits import edit
        from tests.world.world import SMALL

        edit(home / "models" / MODEL / "model.yaml", *SMALL.items())


def connect(home: Path, port: int) -> None:
    """Let every connection lead into a home, and to an MLflow server."""
    from mlops.cli.settings import connection_environment, read_settings

    names = {"MLOPS_STATE": str(home / "state"), "MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": str(port)}
    connections = read_settings(ROOT / "airflow_settings.yaml", names)["connections"]
    os.environ.update(connection_environment(connections))


def events_settings(backend: Backend, *, fork: bool) -> dict[str, str]:
    """Return the environment of a run that sends events of its tasks."""
    policy = [{"scope": {}, "controls": {"emit_dag_events": False}}]
    return {
        **backend.settings,
        "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": json.dumps(policy),
        "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD": str(not fork),
    }


def run_once(scratch: Path, home: Path, settings: dict[str, str], number: int) -> Cost:
    """Train once in a fork of this process; return what it took."""
    from tests.world.dag_test import run_in_child

    clock, order = scratch / f"clock-{number}", scratch / f"run-{number}.json"
    moment = datetime.fromisoformat(AS_OF).replace(tzinfo=UTC) + timedelta(seconds=number)
    content = {
        "dag_id": f"{MODEL}_training", "logical_date": moment.isoformat(), "conf": {"force": True},
        "mark_success": None, "models": str(home / "models"), "states": str(order.with_suffix(".states")),
        "log": str(order.with_suffix(".log")),
        "environment": {**os.environ, **settings, **({"BENCH_CLOCK": str(clock)} if settings else {})},
    }  # fmt: skip
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        run_in_child(content)
    _, status, usage = os.wait4(child, 0)
    wall, log = time.monotonic() - began, Path(content["log"]).read_text(errors="replace")
    states = json.loads(Path(content["states"]).read_text()) if status == 0 else {}
    if not states or set(states.values()) - {"success", "skipped"}:
        raise RuntimeError(f"the run ended as {states}:\n{log[-3000:]}")
    lines = clock.read_text().splitlines() if clock.exists() else []
    if settings and len(lines) < len(states):
        raise RuntimeError(f"the clock saw {len(lines)} events of {len(states)} tasks: was it loaded?")
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        waited=sum(float(line.split()[1]) for line in lines),
    )


if __name__ == "__main__":
    sys.exit(main())
