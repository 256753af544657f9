"""Run a task as a worker does: in a process that Airflow's supervisor forks, and whose log it writes.

The supervisor's API is Airflow's own for a dry run, which says yes to everything. What is between the task
and its log, and what happens when its process ends, is Airflow's.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

DAG_ID, TASK_ID = "m_training", "told"
DAG_FILE = '''
from airflow.sdk import DAG
from include.verdicts import Verdict
from mlops.operators.base import ModelOperator

class Told(ModelOperator):
    """Promotes version 3, and says so in the end."""

    shown = True

    def execute(self, context):
        verdict = Verdict(kind="promotion", decision="promote", subject="version 3", summary="the last line")
        self.note(verdict=verdict, tally={"serves": "3", "since": 1767225600.0, "promotions": 2})
        self.log.info("%s", verdict.to_text())

with DAG("m_training", schedule=None) as dag:
    Told(task_id="told", model_folder="/models/m")
'''


def run_task(folder: Path) -> dict[str, Any]:
    """Run the task; return its exit code, its log, and the seconds from the end of its work to its process's.

    :param folder: where the log goes.
    """
    import httpx
    import psutil
    from airflow.executors.workloads.base import BundleInfo
    from airflow.executors.workloads.task import TaskInstanceDTO
    from airflow.sdk.api.client import Client, noop_handler
    from airflow.sdk.execution_time.supervisor import supervise_task

    ended: dict[str, float] = {}
    moment = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    times = dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end", "start_date"), moment)
    run = {
        "dag_id": DAG_ID, "run_id": "r1", **times, "run_after": moment, "end_date": None, "state": "running",
        "run_type": "manual", "partition_key": None, "consumed_asset_events": [],
    }  # fmt: skip

    def watch() -> None:
        children = psutil.Process().children()
        while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in children):
            time.sleep(0.02)
        ended["process"] = time.monotonic()

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/run"):
            return httpx.Response(200, json={"dag_run": run, "max_tries": 0, "should_retry": False})
        if path.startswith("/store/asset"):
            return httpx.Response(204) if request.method == "PUT" else httpx.Response(404, json={
                "detail": {"reason": "not_found", "message": "nothing is kept"},
            })  # fmt: skip
        if path.endswith("/state"):
            ended["work"] = time.monotonic()
            threading.Thread(target=watch, daemon=True).start()
        return noop_handler(request)

    log = folder / f"{uuid4()}.log"
    code = supervise_task(
        ti=TaskInstanceDTO(
            id=uuid4(), task_id=TASK_ID, dag_id=DAG_ID, run_id="r1", try_number=1, dag_version_id=uuid4(),
            pool_slots=1, priority_weight=1,
        ),
        bundle_info=BundleInfo(name="told"), dag_rel_path="told.py", token="", log_path=str(log),
        client=Client(base_url=None, dry_run=True, token="", transport=httpx.MockTransport(answer)),
    )  # fmt: skip
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return {"code": code, "seconds": ended["process"] - ended["work"], "log": lines}


def main(folder: Path, environments: list[dict[str, str]]) -> None:
    """Run the task in each of some environments; write what :func:`run_task` returned of each."""
    dags = folder / "dags"
    dags.mkdir()
    (dags / "told.py").write_text(DAG_FILE)
    bundle = {"name": "told", "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle"}
    os.environ["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = json.dumps([
        {**bundle, "kwargs": {"path": str(dags)}}
    ])
    # Before the fork, as a worker that has preloaded the libraries of tasks.
    for name in (
        "airflow.dag_processing.dagbag",
        "airflow.sdk.execution_time.task_runner",
        "mlops.operators.base",
    ):
        importlib.import_module(name)
    found = []
    for environment in environments:
        os.environ.update(environment)
        found.append(run_task(folder))
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
