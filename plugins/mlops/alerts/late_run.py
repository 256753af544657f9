"""What Airflow's triggerer calls when a run of a model's DAG has taken longer than it should."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from include.alerting.compose import alert_about_late_run
from include.config.load import load_model
from mlops.alerts.send import send_alert
from mlops.hooks.object_store import ObjectStoreHook
from mlops.run_context import MODELS_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("mlops.alerts")
_ENDED = {"success", "failed"}  # of a failure, its task has notified people


async def notify_of_late_run(model: str, hours: int, context: Mapping[str, Any]) -> None:
    """Notify people of a run that goes on for too long; of one that has failed they know.

    The triggerer runs many things in one event loop, so what waits for servers is done in a thread. Never
    raises: there is nobody to see it.

    :param model: the model's name.
    :param hours: that the run was to take at most.
    :param context: ``dag_run``, as Airflow's REST API has it, and ``deadline``.
    """
    await asyncio.to_thread(_notify, model, hours, dict(context["dag_run"]))


def _notify(model: str, hours: int, run: Mapping[str, Any]) -> None:
    dag_id, run_id, state = (str(run.get(key, "")) for key in ("dag_id", "dag_run_id", "state"))
    if state in _ENDED:
        log.info("Run %s of %s has ended (%s): nobody is notified that it is late", run_id, dag_id, state)
        return
    try:
        alert = alert_about_late_run(model, dag_id, run_id, state=state, hours=hours)
        send_alert(load_model(MODELS_ROOT / model), alert, ObjectStoreHook())
    except Exception:
        log.exception("ALERT not sent: run %s of %s takes too long", run_id, dag_id)
