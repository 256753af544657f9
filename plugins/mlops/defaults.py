"""What every task of this project has in common: retries, owners, tags."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from airflow.sdk import CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule

from include.config.schedule import ON_ARRIVAL
from include.errors import InfrastructureError, InputError
from mlops.alerts.callbacks import alert_on_failure, resolve_on_success
from mlops.assets import Part, arrival
from mlops.run_context import NO_SCHEDULES

if TYPE_CHECKING:
    from airflow.sdk.definitions.asset import BaseAsset

    from include.config.schema import ModelConfig


class Tag(StrEnum):
    """Every tag a DAG of this project may carry besides those of its model."""

    MLOPS = "mlops"
    TRAINING = "training"
    SCORING = "scoring"
    MONITORING = "monitoring"
    RETRAINING = "retraining"
    ROLLBACK = "rollback"
    REQUESTS = "requests"
    WATCHDOG = "watchdog"
    BROKEN = "broken"


APPROVAL_TIME = timedelta(hours=48)  # how long a candidate waits for an approval before it is rejected

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=InputError,
            action=RetryAction.FAIL,
            reason="The input is at fault; a retry would fail the same way. The champion stays.",
        ),
        RetryRule(
            exception=InfrastructureError,
            action=RetryAction.RETRY,
            reason="A server, a disk or the network failed; a retry may succeed.",
        ),
    ]
)


def schedule_of(config: ModelConfig, kind: Tag) -> CronTriggerTimetable | BaseAsset | None:
    """Return what starts a model's DAG: the clock, the arrival of data, or only a trigger.

    On arrival, each DAG is woken by an event of the source, and by what it works from besides: a new champion
    scores the newest delivery at once, and new predictions are looked at. An event only wakes the DAG; what
    there is to do follows from the data.

    :param config: the model.
    :param kind: the kind of DAG.
    """
    if config.schedule != ON_ARRIVAL:
        return timetable(config.schedule)
    also = {Tag.SCORING: Part.CHAMPION, Tag.MONITORING: Part.PREDICTIONS}.get(kind)
    return None if os.environ.get(NO_SCHEDULES) else arrival(config.name, also)


def timetable(schedule: str | None) -> CronTriggerTimetable | None:
    """Return a DAG's schedule: the next tick of its cron expression, never one that has passed.

    Airflow would otherwise start a run for the last tick as soon as a DAG is switched on. Where
    :data:`~mlops.run_context.NO_SCHEDULES` is set in the environment, as in a replay, no DAG is scheduled.

    :param schedule: cron expression or preset, in UTC; None for a DAG that is triggered only.
    """
    if schedule is None or os.environ.get(NO_SCHEDULES):
        return None
    return CronTriggerTimetable(schedule, timezone="UTC", run_immediately=timedelta(0))


def default_args(config: ModelConfig) -> dict[str, Any]:
    """Return the ``default_args`` of every DAG of a model: one policy for all tasks.

    :param config: the model; its owner becomes the owner of the tasks.
    """
    return {
        "owner": config.owner,
        "weight_rule": "absolute",  # a task's priority is what model.yaml says, wherever it stands in its DAG
        "retries": 4,
        "retry_delay": timedelta(seconds=20),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": RETRY_POLICY,
        "execution_timeout": timedelta(hours=6),
        "on_failure_callback": alert_on_failure,
        "on_success_callback": resolve_on_success,
    }
