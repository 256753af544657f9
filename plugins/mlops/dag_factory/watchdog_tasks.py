"""The tasks of the watchdog: one for each model folder that can be read."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import get_parsing_context

from include.config.load import load_model
from include.media import log_line
from mlops.dag_factory.model_dags import folders_wanted
from mlops.dag_factory.task_settings import apply_to_task
from mlops.defaults import default_args
from mlops.operators.watch import WatchOperator

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)
_RETRIES, _LONGEST = 2, timedelta(minutes=30)  # the next look comes within the hour


def add_watch_tasks() -> None:
    """Add a task for each model to the DAG that is being built.

    A model whose configuration is wrong is left out: its own DAGs fail, and say so. A task that runs parses
    its file again, and needs no other model's.
    """
    wanted = get_parsing_context().task_id
    for folder in folders_wanted(lambda folder: folder.name == wanted):
        try:
            _add_task(folder)
        except Exception as error:  # one model's odd value must not take the others' watchdog away
            log.warning("%s is not watched: %s", log_line(folder.name), log_line(str(error)))


def _add_task(folder: Path) -> None:
    config = load_model(folder)
    settings = default_args(config) | {"retries": _RETRIES, "execution_timeout": _LONGEST}
    task = WatchOperator(task_id=config.name, model_folder=str(folder), **settings)
    apply_to_task(task, config.airflow)
