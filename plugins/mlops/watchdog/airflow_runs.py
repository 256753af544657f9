"""What Airflow tells a task of other DAGs: whether they are paused, and which scheduled runs there were."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRuntimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NOT_FOUND = 404
_ENDED = {"success", "failed"}


def is_switched_off(instance: Any, dag_id: str) -> bool:
    """Tell whether a DAG is paused, or unknown to Airflow.

    :param instance: the task instance that asks.
    :param dag_id: id of the DAG.
    :raises AirflowRuntimeError: Airflow's API server did not answer.
    """
    return _or_gone(lambda: bool(instance.get_dag(dag_id).is_paused))


def has_ended(instance: Any, dag_id: str, run_id: str) -> bool:
    """Tell whether a run has ended, or is gone.

    :param instance: the task instance that asks.
    :param dag_id: id of its DAG.
    :param run_id: its id.
    :raises AirflowRuntimeError: Airflow's API server did not answer.
    """
    return _or_gone(lambda: str(instance.get_dagrun_state(dag_id, run_id)) in _ENDED)


def scheduled_runs(
    instance: Any, dag_id: str, task_id: str, ticks: Sequence[datetime]
) -> dict[datetime, str | None]:
    """Return which of some moments of its schedule a DAG has a run of, and how far a task is there.

    :param instance: the task instance that asks.
    :param dag_id: id of the DAG.
    :param task_id: the task.
    :param ticks: the moments: the logical dates of scheduled runs.
    :return: moment to state; None where the task has not begun.
    """
    if not ticks:
        return {}
    states = instance.get_task_states(dag_id=dag_id, task_ids=[task_id], logical_dates=list(ticks))
    found = {}
    for run_id, tasks in states.items():
        moment = _tick(run_id)
        if moment is not None and moment in ticks:
            found[moment] = tasks.get(task_id)
    return found


def _or_gone(ask: Callable[[], bool]) -> bool:
    """Return what Airflow answers; true where it does not know what it is asked about."""
    try:
        return ask()
    except AirflowRuntimeError as error:
        if _status(error) == _NOT_FOUND:
            return True
        raise


def _tick(run_id: str) -> datetime | None:
    """Return the moment in the id of a scheduled run, such as ``scheduled__2026-11-28T05:30:00+00:00``."""
    try:
        return datetime.fromisoformat(run_id.partition("__")[2])
    except ValueError:
        return None


def _status(error: AirflowRuntimeError) -> int | None:
    """Return the HTTP status behind an error of the execution API."""
    detail = getattr(getattr(error, "error", None), "detail", None) or {}
    return detail.get("status_code") if isinstance(detail, dict) else None
