"""How long a run of a model's DAG may take before people are notified."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from mlops.alerts.late_run import notify_of_late_run

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


def late_run(config: ModelConfig, waits: timedelta) -> DeadlineAlert | None:
    """Return the deadline of each run; None where the watchdog is off, or ignores late runs.

    :param config: the model.
    :param waits: for how long a run may wait for people.
    """
    settings = config.monitoring.watchdog
    if settings is None or "run late" in settings.ignore:
        return None
    allowed = timedelta(hours=settings.run_takes) + waits
    return DeadlineAlert(
        name="late",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=allowed,
        callback=AsyncCallback(
            notify_of_late_run, kwargs={"model": config.name, "hours": allowed // timedelta(hours=1)}
        ),
    )
