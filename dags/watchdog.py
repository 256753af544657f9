"""Notify people of what should have happened and has not, in all models.

**Purpose.** Whatever fails says so. This is about the rest: deliveries and labels that do not come, runs that
are not started or skip their work, a DAG that somebody has paused and forgotten, an approval that nobody
gives, a disk that fills up.

**Schedule.** Hourly, one run at a time, no catch-up; on from the beginning. **In.** The source of each model, the
object store, MLflow, and what Airflow says of the model's DAGs. **Out.** Alerts, through the channels of each
model's `model.yaml`: once for each cause, resolved when it is over.

There is a task for each model, named after it; a model with a wrong configuration has none, as its other DAGs say
what is wrong.

| task | what it does | when it fails |
|---|---|---|
| (each model) | finds out what has not happened, notifies people, and resolves what is over | A server did not answer: retried; what could be found out is done. |

What the rules are, and how to set or ignore them: `docs/operations.md`, *What the watchdog says*.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from mlops.dag_factory.watchdog_tasks import add_watch_tasks
from mlops.defaults import Tag, timetable

with DAG(
    dag_id=f"{Tag.MLOPS}_{Tag.WATCHDOG}",
    description="Notify people of what should have happened and has not",
    doc_md=__doc__,
    schedule=timetable("23 * * * *"),
    is_paused_upon_creation=False,  # nobody would notice that it is off
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    tags=[Tag.MLOPS, Tag.WATCHDOG],
) as watchdog:
    add_watch_tasks()
