"""When a DAG of a model succeeded last: a listener in the scheduler, which alone knows how a run ended."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.observability import stats  # the scheduler's; a task's is another

if TYPE_CHECKING:
    from airflow.models import DagRun

log = logging.getLogger(__name__)

NAME = "mlops.dag.last_success_timestamp_seconds"
_OURS = "mlops"  # the tag of every DAG of this project


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:  # noqa: ARG001 - Airflow names it
    """Say when a run of one of our DAGs ended; whatever fails is a line in the scheduler's log.

    :param dag_run: the run; without its DAG, as where somebody marks it as a success, nothing is said.
    :param msg: why Airflow calls it a success.
    """
    try:
        dag, ended = getattr(dag_run, "dag", None), dag_run.end_date
        model, _, kind = dag_run.dag_id.rpartition("_")
        if dag is None or ended is None or not {_OURS, kind} <= set(dag.tags):
            return
        stats.gauge(NAME, ended.timestamp(), tags={"model": model, "kind": kind})
    except Exception as error:  # the scheduler has more important things to do
        log.warning("The metrics do not show this run: %s: %s", type(error).__name__, error)
