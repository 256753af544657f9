"""Leave for the pages what a task has decided, once its work is done.

The pages are for looking: nothing that goes wrong here fails a task.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mlops.model_asset import model_asset
from mlops.page_state.entries import leave_champion, leave_entries
from mlops.page_state.lists import leave_accounts, leave_columns, leave_decisions
from mlops.page_state.quarantine import leave_quarantine
from mlops.page_state.task_notes import TaskNotes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

log = logging.getLogger(__name__)

# Each leaves one part; a new part is one function here.
PARTS = (
    leave_entries,
    leave_champion,
    leave_decisions,
    leave_columns,
    leave_accounts,
    leave_quarantine,
)


def remember_on_page(
    context: Context, model_folder: str, noted: Mapping[str, Any], links: Mapping[str, str]
) -> None:
    """Write what a task has noted about its work; whatever fails is a line in the log.

    :param context: of the task, which has the model's asset among its inlets.
    :param model_folder: the folder with ``model.yaml``.
    :param noted: what :meth:`~mlops.operators.base.ModelOperator.note` has kept.
    :param links: the buttons on the task's page: label to address.
    """
    if context.get("asset_state_store") is None:
        return  # by hand, outside of Airflow: the pages learn of it from the next run
    asset = model_asset(model_folder)
    try:
        values, task = context["asset_state_store"][asset], TaskNotes.of(context, asset.name, noted, links)
        for leave in PARTS:
            leave(values, task)
    except Exception as error:  # whatever is wrong with a page is no reason to fail what was decided
        log.warning("The pages do not show this run: %s: %s", type(error).__name__, error)
