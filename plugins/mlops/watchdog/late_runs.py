"""Whether a late run, of which the triggerer has notified people, has ended meanwhile."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRuntimeError

from include.alerting.compose import LATE_RUN
from mlops.watchdog.airflow_runs import has_ended

if TYPE_CHECKING:
    from include.alerting.alert import OpenAlert

log = logging.getLogger(__name__)


def is_over(instance: Any, known: OpenAlert) -> bool:
    """Tell whether an open alert is about a late run that has ended.

    :param instance: the task instance that asks Airflow.
    :param known: an open alert, of whatever kind.
    """
    if known.kind != LATE_RUN:
        return False
    dag_id, _, run_id = known.subject.partition(" ")
    try:
        return has_ended(instance, dag_id, run_id)
    except AirflowRuntimeError as error:
        log.warning("It is not known whether run %s of %s has ended: %s", run_id, dag_id, error)
        return False
