"""Start DAG runs through Airflow's API, and show their tasks in the terminal as they end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from include.errors import InfrastructureError
from mlops.cli.airflow_api import CONFLICT, NOT_FOUND, AirflowApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlops.cli.airflow_api import AirflowApi


RUN_SECONDS = 1800
_END_STATES = {"success", "failed"}
_MARKS = {"success": "done", "failed": "FAILED", "up_for_retry": "will be retried"}


def unpause(api: AirflowApi, dag_id: str) -> None:
    """Switch a DAG on."""
    api.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": False})


def pause(api: AirflowApi, dag_id: str) -> None:
    """Switch a DAG off; runs that have begun go on."""
    api.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": True})


def trigger(api: AirflowApi, dag_id: str, run_id: str, conf: Mapping[str, Any], note: str) -> None:
    """Start a manual run, which has no logical date; one that exists already is left as it is.

    The run's id is what makes this safe to repeat: Airflow has at most one run of an id.

    :param api: Airflow's API.
    :param dag_id: the DAG.
    :param run_id: id of the new run.
    :param conf: values for the DAG's params.
    :param note: what is shown beside the run.
    """
    body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf), "note": note}
    try:
        api.call("POST", f"dags/{dag_id}/dagRuns", body)
    except AirflowApiError as error:
        if error.status != CONFLICT:
            raise


def run_ids(api: AirflowApi, dag_id: str, prefix: str) -> list[str]:
    """Return the runs of a DAG whose ids begin so, the one that began first in front."""
    path = f"dags/{dag_id}/dagRuns?run_id_prefix_pattern={quote(prefix)}&order_by=id&limit=100"
    return [run["dag_run_id"] for run in api.call("GET", path)["dag_runs"]]


def run_state(api: AirflowApi, dag_id: str, run_id: str) -> str:
    """Return the state of a run."""
    return str(api.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])


def clear_failed(api: AirflowApi, dag_id: str, run_id: str) -> None:
    """Let the failed tasks of a run be tried again, with what follows from them."""
    body = {"dag_run_id": run_id, "dry_run": False, "only_failed": True, "reset_dag_runs": True}
    api.call("POST", f"dags/{dag_id}/clearTaskInstances", body)


def follow(
    api: AirflowApi, dag_id: str, run_id: str, *, watch: Callable[[], None] = lambda: None, page: str = ""
) -> str:
    """Show each task of a run as it ends; return the state in which the run ends.

    :param api: Airflow's API.
    :param dag_id: the DAG.
    :param run_id: its run.
    :param watch: called meanwhile; raises where waiting is in vain.
    :param page: address of Airflow's pages, for the message.
    :raises InfrastructureError: the run takes longer than half an hour.
    """
    shown: set[tuple[str, int, str]] = set()
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        run = api.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")
        tasks = task_instances(api, dag_id, run_id)
        for task in sorted(tasks, key=lambda task: task["end_date"] or "~"):
            key = (task["task_id"], task["try_number"], task["state"])
            if task["state"] in _MARKS and key not in shown:
                shown.add(key)
                say(f"  {task['task_id']:<18} {task['duration'] or 0:6.1f} s  {_MARKS[task['state']]}")
        if run["state"] in _END_STATES:
            skipped = [task["task_id"] for task in tasks if task["state"] == "skipped"]
            if skipped:
                say(f"  {'not needed':<18} {', '.join(sorted(skipped))}")
            return str(run["state"])
        _hint(next((task["task_id"] for task in tasks if task["state"] == "running"), "..."))
        watch()
        time.sleep(0.5)
    raise InfrastructureError(
        f"The run has not ended after {RUN_SECONDS} s: {page}/dags/{dag_id}/runs/{run_id}"
    )


def run_to_its_end(
    api: AirflowApi,
    dag_id: str,
    run_id: str,
    follow_run: Callable[[str, str], str],
    *,
    page: str = "",
    again: str,
) -> None:
    """Follow a run to its end. What had failed in it before is tried again first.

    :param api: Airflow's API.
    :param dag_id: the DAG.
    :param run_id: its run.
    :param follow_run: follows a run of a DAG and returns the state in which it ends.
    :param page: address of Airflow's pages, for the message.
    :param again: the command that goes on from there.
    :raises InfrastructureError: it failed before our eyes.
    """
    if run_state(api, dag_id, run_id) == "failed":
        say(f"  {run_id} had failed; what failed in it is tried again")
        clear_failed(api, dag_id, run_id)
    if follow_run(dag_id, run_id) != "success":
        raise InfrastructureError(
            f"{dag_id} failed in run {run_id}; the log of the failed task says why: {page}/dags/"
            f"{dag_id}/runs/{run_id}\nCorrect it, then `{again}` goes on from there."
        )


def task_instances(api: AirflowApi, dag_id: str, run_id: str) -> list[dict[str, Any]]:
    """Return the task instances of a run."""
    return list(api.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"])


def result(api: AirflowApi, dag_id: str, run_id: str, task: str, key: str = "return_value") -> dict[str, Any]:
    """Return the result of a task; an empty mapping if it has none."""
    found = xcom(api, dag_id, run_id, task, key)
    return found if isinstance(found, dict) else {}


def xcom(api: AirflowApi, dag_id: str, run_id: str, task: str, key: str) -> Any:
    """Return the XCom of a task under a key; None if there is none."""
    path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task}/xcomEntries/{key}?stringify=false"
    try:
        return api.call("GET", path)["value"]
    except AirflowApiError as error:
        if error.status != NOT_FOUND:
            raise
        return None


def say(text: str) -> None:
    """Write a line, over the hint on a terminal."""
    start = "\r" if sys.stdout.isatty() else ""
    sys.stdout.write(f"{start}{text}\n")
    sys.stdout.flush()


def _hint(task: str) -> None:
    """Show on a terminal what is running now; the next line overwrites it."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r  {task:<18}   running ")
        sys.stdout.flush()
