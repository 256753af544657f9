"""Run DAGs under ``dag.test()``: the files in ``dags/`` as they are, for the model folders of a test.

Each run is a process of its own, as a worker's is: what one leaves behind in memory (threads, patched
supervisors, MLflow's active run) can't reach the next, or the tests. They share the metadata database in the
tests' ``AIRFLOW_HOME``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class DagRunner:
    """Runs DAGs; what the last one logged is in ``output``.

    :param models: folder with the model folders for which the files in ``dags/`` build their DAGs.
    :param scratch: folder for what goes to and fro between the processes.
    """

    models: Path
    scratch: Path
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
        # A second of difference gives two runs of one day two ids; both have the same as-of date.
        logical_date = datetime.fromisoformat(as_of).replace(tzinfo=UTC) + timedelta(seconds=self.runs)
        content = {
            "dag_id": dag_id, "logical_date": logical_date.isoformat(), "conf": dict(conf or {}),
            "mark_success": mark_success, "models": str(self.models),
            "states": str(order.with_suffix(".states")),
        }  # fmt: skip
        order.write_text(json.dumps(content))
        log = order.with_suffix(".log")
        with log.open("wb") as stream:
            done = subprocess.run(
                [sys.executable, "-m", "tests.world.dag_test", str(order)],
                cwd=ROOT, stdout=stream, stderr=stream, timeout=seconds, check=False,
                env={**os.environ, "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False"},
            )  # fmt: skip
        self.output = log.read_text(errors="replace")
        assert done.returncode == 0, f"{dag_id} did not run to its end:\n{self.output[-5000:]}"
        return dict(json.loads(Path(content["states"]).read_text()))


def main(order: dict[str, Any]) -> None:
    from mlops import run_context

    run_context.MODELS_ROOT = Path(order["models"])  # before a DAG file asks for it

    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags"))
    dag = bag.dags.get(order["dag_id"])
    assert dag is not None, (
        f"no {order['dag_id']} among {sorted(bag.dags)}; broken files: {bag.import_errors}"
    )
    run = dag.test(
        logical_date=datetime.fromisoformat(order["logical_date"]),
        run_conf=order["conf"],
        mark_success_pattern=order["mark_success"],
    )
    states = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    Path(order["states"]).write_text(json.dumps(states))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
