"""What Airflow calls when a task has failed for good, and when one has succeeded."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.config.schema import ModelConfig

log = logging.getLogger("mlops.alerts")


def alert_on_failure(context: Context) -> None:
    """Tell about a task that has failed for good. Never raises: the task's own error is the one to show."""
    from include.alerting.alert import Alert
    from include.alerting.causes import failure_cause
    from include.errors import InfrastructureError, InputError
    from mlops.alerts.send import redacted, send_alert
    from mlops.run_context import as_of_date

    instance, raised = context["ti"], context.get("exception")
    error = raised if isinstance(raised, BaseException) else None
    what = f"task {instance.task_id} of {instance.dag_id} failed in run {instance.run_id}"
    said = (
        f"{type(error).__name__}: {error}"
        if error
        else "The process ended without an error: it was killed, or its machine was lost."
    )
    try:
        config = _config(context)
        if config is None:  # which model.yaml would say whom to tell
            log.error("ALERT %s\n%s", what, redacted(said))
            return
        retried = "" if isinstance(error, InputError) else ", after its retries"
        cured = (
            "It may be over by itself; clear the task then."
            if isinstance(error, InfrastructureError)
            else "It fails again until the cause is removed."
        )
        as_of = as_of_date(context)
        alert = Alert(
            cause=failure_cause(config.name, instance.task_id, error),
            subject=f"{config.name}: {instance.task_id} failed"
            + (f" ({type(error).__name__})" if error else ""),
            text=f"{what[0].upper()}{what[1:]}{retried}.\n{said}",
            effect=f"Nothing was promoted by this task; the champion keeps serving. {cured}",
            links={"Airflow": str(getattr(instance, "log_url", ""))},
            runbook="failures-and-retries",
            task=f"{instance.dag_id}.{instance.task_id}",
            as_of=as_of,
        )
        send_alert(config, alert)
    except Exception:
        log.exception("ALERT not sent: %s\n%s", what, redacted(said))


def close_on_success(context: Context) -> None:
    """Close the causes that this task had met: they are over. Never raises."""
    from mlops.alerts.send import settle
    from mlops.run_context import as_of_date

    instance = context["ti"]
    task, as_of = f"{instance.dag_id}.{instance.task_id}", as_of_date(context)
    try:
        config = _config(context)
        if config is not None:
            settle(config, lambda standing: standing.over_by(task, as_of))
    except Exception:
        log.exception("The alerts that %s had caused could not be closed", task)


def _config(context: Context) -> ModelConfig | None:
    """Return the configuration of the task's model, as the task has read it; None without a valid one."""
    from include.errors import ConfigError
    from mlops.run_context import model_config

    task = context.get("task") or getattr(context["ti"], "task", None)
    folder = getattr(task, "model_folder", None)
    try:
        if hasattr(type(task), "config"):
            config: ModelConfig = task.config  # type: ignore[union-attr]
            return config
        return model_config(folder) if folder else None
    except ConfigError as error:
        log.warning("The model's configuration can't be read, so nobody but the log can be told: %s", error)
        return None
