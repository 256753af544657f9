"""Run a DAG's own tasks in this process, one by one, as Airflow would run them."""

from __future__ import annotations

import json
import sys
import time
from contextvars import copy_context
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import DownstreamTasksSkipped

from include.strict_json import to_json

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from mlops.by_hand.kept_run import KeptRun

RESULT = "return_value"


class HandRun:
    """The tasks of a DAG for a run by hand.

    An operator sees what it sees in a run of Airflow: its templates are rendered, what earlier tasks handed
    on is pulled, and the id of the run makes the keys under which MLflow runs, decisions and objects are
    found again. So a task that was killed is run again, and finishes what it began.

    :param dag: the DAG, with the tasks and their templates.
    :param kept: what tasks have handed on so far; each task that ends is added.
    :param user: who runs it.
    :param params: the trigger form's fields.
    """

    def __init__(self, dag: DAG, kept: KeptRun, user: str, params: dict[str, Any]) -> None:
        self.dag = dag
        self.kept = kept
        self.user = user
        self.params = params

    def run(self, task_id: str) -> Any:
        """Run a task; return what it returned, of a branch the task that follows, or None.

        :raises Exception: whatever the task raised.
        """
        began = time.monotonic()
        task: Any = self.dag.get_task(task_id).prepare_for_execution()
        instance = _Instance(self, task)
        context = self._context(task, instance)
        task.render_template_fields(context)
        try:
            task.pre_execute(context)
            result = _through_json(copy_context().run(_execute, task, context))
        except DownstreamTasksSkipped as left_out:
            skipped = {one if isinstance(one, str) else one[0] for one in left_out.tasks}
            result = next((one.task_id for one in task.downstream_list if one.task_id not in skipped), None)
        self.kept.results[task_id] = result
        self.kept.pushed[task_id] = instance.pushed
        sys.stderr.write(f"  {task_id:<16} {time.monotonic() - began:5.1f} s  done\n")
        return result

    def pushed(self, task_id: str, key: str) -> Any:
        """Return what a task pushed under a key, or None."""
        return self.kept.pushed.get(task_id, {}).get(key)

    def _context(self, task: Any, instance: _Instance) -> Any:
        moment = datetime.fromisoformat(self.kept.as_of).replace(tzinfo=UTC)
        run = SimpleNamespace(
            run_id=self.kept.run_id, dag_id=self.dag.dag_id, conf={}, run_after=moment,
            triggering_user_name=self.user,
        )  # fmt: skip
        return {
            "ti": instance, "task_instance": instance, "task": task, "dag": self.dag, "dag_run": run,
            "params": self.params, "data_interval_start": moment, "data_interval_end": moment,
            "run_id": self.kept.run_id,
        }  # fmt: skip


class _Instance:
    """As much of a task instance as the operators use."""

    map_index, try_number, log_url = -1, 1, ""

    def __init__(self, run: HandRun, task: Any) -> None:
        self._kept = run.kept
        self.task = task
        self.dag_id, self.run_id, self.task_id = run.dag.dag_id, run.kept.run_id, task.task_id
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        """Hand something on under a key."""
        self.pushed[key] = _through_json(value)

    def xcom_pull(self, task_ids: str, key: str = RESULT) -> Any:
        """Return what an earlier task handed on."""
        found = self._kept.results if key == RESULT else self._kept.pushed.get(task_ids, {})
        return found.get(task_ids if key == RESULT else key)


def _execute(task: Any, context: Any) -> Any:
    """Execute a task as Airflow's task runner does, which warns of anybody else."""
    ExecutorSafeguard.tracker.set(task)
    return task.execute(context)


def _through_json(value: Any) -> Any:
    """Return what comes out of an XCom that something was put into."""
    return json.loads(to_json(value))
