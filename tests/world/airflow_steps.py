"""An Airflow of a database and nothing else: what scheduler, workers and people do with DAGs, step by step.

A worker is a process of its own, so that it can be killed.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.asset import AssetEvent, AssetModel
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskinstance import TaskInstance, clear_task_instances
from airflow.models.xcom import XComModel
from airflow.sdk.api.datamodels._generated import TaskInstance as SentInstance
from airflow.sdk.execution_time.supervisor import run_task_in_process
from airflow.utils.session import create_session
from airflow.utils.sqlalchemy import prohibit_commit
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType


@cache
def bag() -> DagBag:
    """Parse the DAG files, once."""
    if models := os.environ.get("STEPS_MODELS"):
        from mlops import run_context

        run_context.MODELS_ROOT = Path(models)  # before a DAG file asks for it
    return DagBag(dag_folder=os.environ["AIRFLOW__CORE__DAGS_FOLDER"])


def parse() -> None:
    """Do what the DAG processor does."""
    assert not bag().import_errors, bag().import_errors
    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(bag(), "dags-folder", None)
    with create_session() as session:
        session.query(DagModel).update({"is_paused": False, "bundle_name": "dags-folder"})


def trigger(dag_id: str, run_id: str) -> None:
    """Start a run, as a person does."""
    with create_session() as session:
        dag = SerializedDagModel.get_dag(dag_id, session=session)
        assert dag is not None
        dag.create_dagrun(
            run_id=run_id, run_type=DagRunType.MANUAL, run_after=datetime.now(UTC), logical_date=None,
            data_interval=None, state=DagRunState.RUNNING, triggered_by=DagRunTriggeredByType.TEST,
            session=session,
        )  # fmt: skip


def work(dag_id: str, run_id: str, how: str = "ok") -> None:
    """Run what is to be run, as a worker does."""
    Path(os.environ["STEPS_HOW"]).write_text(how)
    with create_session() as session:
        instances = {
            one.task_id: one for one in session.query(TaskInstance).filter_by(dag_id=dag_id, run_id=run_id)
        }
        for task in bag().dags[dag_id].topological_sort():
            session.expire_all()
            if {instances[before].state for before in task.upstream_task_ids} - {TaskInstanceState.SUCCESS}:
                continue
            one = instances[task.task_id]
            one.try_number += 1
            one.state = TaskInstanceState.QUEUED
            session.flush()
            sent = SentInstance(
                id=UUID(str(one.id)), task_id=one.task_id, dag_id=dag_id, run_id=run_id, map_index=-1,
                try_number=one.try_number, dag_version_id=UUID(str(one.dag_version_id)),
            )  # fmt: skip
            session.commit()
            worker = os.fork()
            if worker == 0:
                run_task_in_process(sent, task)
                os._exit(0)
            _, status = os.waitpid(worker, 0)
            assert os.waitstatus_to_exitcode(status) == (-9 if how == "kill" else 0)
    with create_session() as session:
        run = session.query(DagRun).filter_by(dag_id=dag_id, run_id=run_id).one()
        states = {one.state for one in run.get_task_instances(session=session)}
        if states == {TaskInstanceState.SUCCESS}:
            run.set_state(DagRunState.SUCCESS)


def work_all(dag_id: str) -> None:
    """Run what is to be run in all runs of a DAG."""
    with create_session() as session:
        ids = [run.run_id for run in session.query(DagRun).filter_by(dag_id=dag_id)]
    for run_id in ids:
        work(dag_id, run_id)


def look(dag_id: str, run_id: str) -> None:
    """Start a run and do its work."""
    trigger(dag_id, run_id)
    work(dag_id, run_id)


def write(path: str) -> None:
    """Put a file somewhere."""
    Path(path).write_text("delivered")


def end(dag_id: str) -> None:
    """Let the runs of a DAG end, whatever their tasks do, as the scheduler notes it."""
    with create_session() as session:
        for run in session.query(DagRun).filter_by(dag_id=dag_id, state=DagRunState.QUEUED):
            run.set_state(DagRunState.SUCCESS)
        session.flush()
        model = session.get(DagModel, dag_id)
        SchedulerJobRunner(job=Job())._set_exceeds_max_active_runs(dag_model=model, session=session)


def clear(dag_id: str, run_id: str) -> None:
    """Clear a run, as a person does."""
    with create_session() as session:
        clear_task_instances(
            session.query(TaskInstance).filter_by(dag_id=dag_id, run_id=run_id).all(), session=session
        )


def schedule() -> None:
    """Create the runs that are due, as the scheduler does; they wait in the queue."""
    with create_session() as session, prohibit_commit(session) as guard:
        SchedulerJobRunner(job=Job())._create_dagruns_for_dags(guard, session)


def post(uri: str, extra: dict[str, Any]) -> None:
    """Create an event, as the REST API does."""
    from airflow.assets.manager import asset_manager

    with create_session() as session:
        asset = session.query(AssetModel).filter_by(uri=uri).one()
        asset_manager.register_asset_change(asset=asset, extra=extra, session=session)


def seen() -> dict[str, Any]:
    """Return what the database holds: the events of each asset, and the runs of each DAG."""
    events: dict[str, list[Any]] = {}
    runs: dict[str, dict[str, Any]] = {}
    with create_session() as session:
        for event in session.query(AssetEvent).order_by(AssetEvent.id):
            events.setdefault(event.asset.uri, []).append(event.extra)
        for run in session.query(DagRun).order_by(DagRun.id):
            tasks = {one.task_id: str(one.state) for one in run.get_task_instances(session=session)}
            why = [event.extra for event in run.consumed_asset_events]
            runs.setdefault(run.dag_id, {})[run.run_id] = {"tasks": tasks, "woken_by": why}
        returned: dict[str, list[Any]] = {}
        for row in session.query(XComModel).filter_by(key="return_value"):
            returned.setdefault(row.dag_id, []).append(XComModel.deserialize_value(row))
        woken = sorted(dag.dag_id for dag in session.query(DagModel) if dag.asset_expression)
    return {"events": events, "runs": runs, "returned": returned, "on_arrival": woken}


STEPS = {
    "parse": parse, "trigger": trigger, "work": work, "work_all": work_all, "look": look, "write": write,
    "clear": clear, "schedule": schedule, "post": post, "end": end,
}  # fmt: skip


def play(steps: dict[str, list[Any]]) -> dict[str, dict[str, Any]]:
    """Take steps, and return what the database holds after each.

    :param steps: by what the caller calls it, name and arguments of each.
    """
    found = {}
    for called, (name, *arguments) in steps.items():
        STEPS[name](*arguments)
        found[called] = seen()
    return found
