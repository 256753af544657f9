"""What Airflow calls when a task has failed for good, and when one has succeeded."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.alerting.compose import alert_about_failure, failure_text
from include.errors import ConfigError
from mlops.alerts.on_page import show_open_alerts
from mlops.alerts.open_alerts import OpenAlerts
from mlops.alerts.send import alert_store, redacted, resolve_alerts, send_alert
from mlops.run_context import as_of_date, model_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.config.schema import ModelConfig

log = logging.getLogger("mlops.alerts")


def alert_on_failure(context: Context) -> None:
    """Send an alert about a task that has failed for good.

    Never raises: the task's own error is the one to show.
    """
    instance, raised = context["ti"], context.get("exception")
    error = raised if isinstance(raised, BaseException) else None
    what = f"task {instance.task_id} of {instance.dag_id} failed in run {instance.run_id}"
    try:
        config = _config(context)
        if config is None:  # nothing else names the channels
            log.error("ALERT %s\n%s", what, redacted(failure_text(error)))
            return
        alert = alert_about_failure(
            config.name,
            error,
            dag=instance.dag_id,
            task=instance.task_id,
            run=instance.run_id,
            log=str(getattr(instance, "log_url", "")),
            as_of=as_of_date(context),
        )
        store = alert_store(_task(context))
        send_alert(config, alert, store)
        show_open_alerts(context, _task(context), OpenAlerts(config.name, store).all)
    except Exception:
        log.exception("ALERT not sent: %s\n%s", what, redacted(failure_text(error)))


def resolve_on_success(context: Context) -> None:
    """Resolve the alerts about this task's failures. Never raises."""
    instance = context["ti"]
    task = f"{instance.dag_id}.{instance.task_id}"
    try:
        config, as_of = _config(context), as_of_date(context)
        if config is not None:
            store = alert_store(_task(context))
            left = resolve_alerts(config, lambda known: known.resolved_by(task, as_of), store)
            if left is not None:
                show_open_alerts(context, _task(context), lambda: left)
    except Exception:
        log.exception("The alerts about %s could not be resolved", task)


def _task(context: Context) -> Any:
    return context.get("task") or getattr(context["ti"], "task", None)


def _config(context: Context) -> ModelConfig | None:
    """Return the configuration of the task's model, as the task has read it; None without a valid one."""
    task = _task(context)
    folder = getattr(task, "model_folder", None)
    try:
        if hasattr(type(task), "config"):
            config: ModelConfig = task.config
            return config
        return model_config(folder) if folder else None
    except ConfigError as error:
        log.warning("The model's configuration can't be read, so only the log has this alert: %s", error)
        return None
