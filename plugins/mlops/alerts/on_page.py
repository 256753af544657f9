"""Leave a model's open alerts for the pages in Airflow's UI, where a task reaches the model's asset."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.pages.alerts import KEY, ShownAlerts
from mlops.model_asset import model_asset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow.sdk import Context

    from include.alerting.alert import OpenAlert

log = logging.getLogger("mlops.alerts")


def show_open_alerts(
    context: Context, task: object, open_alerts: Callable[[], Iterable[tuple[str, OpenAlert]]]
) -> None:
    """Write the open alerts of a task's model, if they are others than before; nothing fails over it.

    :param context: of the task.
    :param task: the operator; unless the model's asset is among its inlets, nothing is written.
    :param open_alerts: returns them, each with the digest of its cause.
    """
    folder = getattr(task, "model_folder", None)
    states = context.get("asset_state_store")
    if not folder or states is None:
        return
    asset = model_asset(folder)
    if asset.uri not in {getattr(one, "uri", None) for one in getattr(task, "inlets", ())}:
        return
    try:
        values, shown = states[asset], ShownAlerts.of(open_alerts()).to_dict()
        if values.get(KEY) != shown:
            values.set(KEY, shown)
    except Exception as error:  # a page is no reason to fail what was done
        log.warning("The pages do not show the open alerts: %s: %s", type(error).__name__, error)
