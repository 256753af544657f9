"""Alerts: what happened, how bad, what stays in production, where to look."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("mlops.alerts")


def alert(subject: str, text: str) -> None:
    """Send one alert. The log is the channel that always works; it is the only one for now.

    :param subject: one line.
    :param text: what happened and what to do.
    """
    log.error("ALERT %s\n%s", subject, text)


def alert_on_failure(context: Context) -> None:
    """Send an alert for a task that has failed for good."""
    instance = context["ti"]
    error = context.get("exception")
    alert(
        f"{instance.dag_id}: task {instance.task_id} failed in run {instance.run_id}",
        f"{type(error).__name__}: {error}\n"
        "Nothing was promoted by this task; the champion keeps serving. The DAG's documentation says what to "
        "do.",
    )
