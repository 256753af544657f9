"""DAG runs of the local Airflow: those of :mod:`mlops.cli.dag_runs`, given up when a server has died."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from demo import servers
from mlops.cli import dag_runs
from mlops.cli.airflow_api import AirflowApi
from mlops.cli.dag_runs import (
    clear_failed,
    pause,
    result,
    run_ids,
    run_state,
    run_to_its_end,
    say,
    task_instances,
    trigger,
    unpause,
    xcom,
)

if TYPE_CHECKING:
    from demo.state import State

__all__ = [
    "clear_failed", "connect", "follow", "pause", "result", "run_ids", "run_state", "run_to_its_end", "say",
    "task_instances", "time", "trigger", "unpause", "xcom",
]  # fmt: skip


def connect(state: State) -> AirflowApi:
    """Return a client of the local Airflow, which gives up at once when one of the servers has died."""
    return AirflowApi(state.airflow_url, check=partial(servers.check_alive, state))


def follow(api: AirflowApi, state: State, dag_id: str, run_id: str) -> str:
    """Show each task of a run as it ends; return the state in which the run ends.

    :raises InfrastructureError: a server has died, or the run takes longer than half an hour.
    """
    watch = partial(servers.check_alive, state)
    return dag_runs.follow(api, dag_id, run_id, watch=watch, page=state.airflow_url)
