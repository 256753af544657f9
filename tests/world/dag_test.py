"""Run DAGs under ``dag.test()``: the files in ``dags/`` as they are, for the model folders of a test.

Each run is a process of its own, as a worker's is: what one leaves behind in memory (threads, patched
supervisors, MLflow's active run) can't reach the next, or the tests. As Airflow's LocalExecutor does, a
process that has preloaded the libraries of tasks forks for each run. The runs share the metadata database in
the tests' ``AIRFLOW_HOME``.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]


class ForkServer:
    """A process that forks for each DAG run."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def run(self, order: Path, seconds: float) -> int:
        """Run a DAG as a file says; return the exit status of its process.

        :raises TimeoutError: it did not end in time; it was killed.
        """
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.world.dag_test"], cwd=ROOT, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{order}\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], seconds)[0]:
            os.killpg(process.pid, 9)
            self.process = None
            raise TimeoutError(f"{order} did not end within {seconds:g} seconds")
        return int(process.stdout.readline())

    def stop(self) -> None:
        """Let the process end, once there is nothing more to run."""
        if self.process is not None:
            self.process.communicate(timeout=60)
            self.process = None


@dataclass
class DagRunner:
    """Runs DAGs; what the last one logged is in ``output``.

    :param models: folder with the model folders for which the files in ``dags/`` build their DAGs.
    :param scratch: folder for what goes to and fro between the processes.
    :param server: forks a process for each run.
    """

    models: Path
    scratch: Path
    server: ForkServer
    output: str = ""
    runs: int = field(default=0, init=False)

    def __call__(
        self,
        dag_id: str,
        as_of: str,
        conf: Mapping[str, Any] | None = None,
        *,
        mark_success: str | None = None,
        seconds: float = 500,
    ) -> dict[str, str]:
        """Run one DAG to its end and return the state of each task by its id.

        :param dag_id: such as ``<name of the model>_training``.
        :param as_of: ISO date on which the data interval ends: the as-of date of a scheduled run.
        :param conf: what somebody puts into the form.
        :param mark_success: regular expression of task ids that are set to success without running.
        :param seconds: after which it is given up.
        """
        self.runs += 1
        order = self.scratch / f"run-{self.runs}.json"
        log = order.with_suffix(".log")
        # A second of difference gives two runs of one day two ids; both stand on the same day.
        logical_date = datetime.fromisoformat(as_of).replace(tzinfo=UTC) + timedelta(seconds=self.runs)
        content = {
            "dag_id": dag_id, "logical_date": logical_date.isoformat(), "conf": dict(conf or {}),
            "mark_success": mark_success, "models": str(self.models),
            "states": str(order.with_suffix(".states")), "log": str(log),
            "environment": {**os.environ, "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False"},
        }  # fmt: skip
        order.write_text(json.dumps(content))
        status = self.server.run(order, seconds)
        self.output = log.read_text(errors="replace")
        sys.stdout.write(f"{dag_id} as of {as_of} decided:\n{self.verdicts}\n")  # a failed test shows it
        assert status == 0, f"{dag_id} did not run to its end:\n{self.output[-5000:]}"
        return dict(json.loads(Path(content["states"]).read_text()))

    def play(self, steps: dict[str, list[Any]], dags: Path, **environment: str) -> dict[str, dict[str, Any]]:
        """Play the scheduler, the workers and a person with the DAGs of a folder, step by step.

        :param steps: by what the test calls it, name and arguments of each in
            :mod:`tests.world.airflow_steps`.
        :param dags: folder with DAG files.
        :param environment: for them.
        :return: what Airflow's database holds after each step.
        """
        self.runs += 1
        order = self.scratch / f"steps-{self.runs}.json"
        log, found = order.with_suffix(".log"), order.with_suffix(".found")
        settings = {"AIRFLOW__CORE__DAGS_FOLDER": str(dags), "STEPS_HOW": str(order.with_suffix(".how"))}
        content = {
            "steps": steps, "states": str(found), "log": str(log),
            "environment": {**os.environ, **settings, **environment},
        }  # fmt: skip
        order.write_text(json.dumps(content))
        status = self.server.run(order, 500)
        self.output = log.read_text(errors="replace")
        assert status == 0, self.output[-5000:]
        return dict(json.loads(found.read_text()))

    @property
    def verdicts(self) -> str:
        """Every verdict that the last run logged, with its reasons: why its tasks ended as they did."""
        shown: list[str] = []
        inside = False
        for line in self.output.splitlines():
            inside = "VERDICT " in line or (inside and line.startswith("  "))
            if inside:
                shown.append(line)
        return "\n".join(dict.fromkeys(shown))  # a task's log and the server's both have it


def main(order: dict[str, Any]) -> None:
    if "steps" in order:
        from tests.world.airflow_steps import play

        Path(order["states"]).write_text(json.dumps(play(order["steps"])))
        return

    from mlops import run_context

    run_context.MODELS_ROOT = Path(order["models"])  # before a DAG file asks for it

    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags"))
    dag = bag.dags.get(order["dag_id"])
    assert dag is not None, (
        f"no {order['dag_id']} among {sorted(bag.dags)}; broken files: {bag.import_errors}"
    )
    # At the end of a run Airflow 3.3.2 looks for deadlines by an id, which only a stored DAG has for them.
    dag.deadline = []
    run = dag.test(
        logical_date=datetime.fromisoformat(order["logical_date"]),
        run_conf=order["conf"],
        mark_success_pattern=order["mark_success"],
    )
    states = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    Path(order["states"]).write_text(json.dumps(states))


def build_execution_api() -> None:
    """Build the API that ``dag.test()`` answers its tasks by, once for all runs: seconds of pure computing.

    Airflow would build it in each process at the first request.
    """
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    in_process_api_server().app._cadwyn_initialize()


def serve() -> None:
    """Fork for each order whose path is read, and answer with the exit status."""
    from mlops.preloading.preload import load_libraries

    with redirect_stdout(sys.stderr):
        load_libraries()
        build_execution_api()
    assert "polars" not in sys.modules
    assert threading.active_count() == 1, threading.enumerate()
    for line in sys.stdin:
        order = json.loads(Path(line.strip()).read_text())
        child = os.fork()
        if child == 0:
            run_in_child(order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def run_in_child(order: dict[str, Any]) -> None:
    """Run a DAG in a process that ends with it; what is printed goes to the order's log."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    status = 1
    try:
        main(order)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
