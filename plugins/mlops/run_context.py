"""What an operator knows about the run it belongs to."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from include.config.load import load_model
from mlops.paths import MODELS_ROOT, PROJECT_ROOT

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.config.schema import ModelConfig

__all__ = [
    "AS_OF", "MODELS_ROOT", "NO_SCHEDULES", "PROBATION_RUN", "PROJECT_ROOT", "as_of_date", "code_version",
    "log_url", "model_config", "run_key", "today",
]  # fmt: skip

PROBATION_RUN = "probation-"  # how the id of a rollback begins that probation triggered; the evidence follows
SMOKE_RUN = "smoke-"  # the same, of one that a failed smoke test triggered; the promotion follows
BY_HAND_RUN = "by_hand__"  # how the id of a run begins that somebody runs with bin/mlops; its date follows
NO_SCHEDULES = "MLOPS_NO_SCHEDULES"  # in the environment: DAGs run only when they are triggered

# The as-of date of a run: the form's, else the end of the data interval, else (a manual run) the day it was
# started.
AS_OF = "{{ params.as_of or (data_interval_end | default(dag_run.run_after, true)) | ds }}"


def run_key(context: Context) -> str:
    """Return the key of this task in this run: the same for every try, different for every run."""
    instance = context["ti"]
    index = instance.map_index
    suffix = "" if index is None or index < 0 else f"/{index}"
    return f"{instance.dag_id}/{instance.run_id}/{instance.task_id}{suffix}"


def requested_by(context: Context) -> str:
    """Return who asked for this by hand (``bin/mlops``); empty in a run of Airflow."""
    if not str(context["ti"].run_id).startswith(BY_HAND_RUN):
        return ""
    return person(context)


def person(context: Context) -> str:
    """Return who triggered the run, as far as Airflow knows."""
    return str(getattr(context.get("dag_run"), "triggering_user_name", None) or "an unknown user")


def as_of_date(context: Context) -> str:
    """Return the ISO date that :data:`AS_OF` gives: for where no template is rendered; empty if unknown.

    A future date, which the first task refuses, counts as today here: an alert that was opened as of 2999
    would never be resolved by a later run.
    """
    params, run = context.get("params") or {}, context.get("dag_run")
    moment = context.get("data_interval_end") or (run and run.run_after)
    found = str(params.get("as_of") or (moment.date().isoformat() if moment else ""))
    return min(found, today().isoformat())


def log_url(context: Context) -> str:
    """Return the page of a task's log; empty if unknown."""
    return str(getattr(context["ti"], "log_url", ""))


def today() -> date:
    """Return the date by the clock, in UTC."""
    return datetime.now(UTC).date()


def model_config(model_folder: str) -> ModelConfig:
    """Load the model's configuration as it is now, not as it was when the DAG file was parsed."""
    return load_model(Path(model_folder))


@cache
def code_version() -> str:
    """Return the git commit of this code, with ``-dirty`` where files differ from it.

    An image has no repository; its build has written the commit to a file. Without either it is
    ``MLOPS_VERSION`` from the environment, or ``unknown``. ``plugins/`` and ``include/`` lie outside every
    DAG bundle, so Airflow does not record their version.
    """
    try:
        described = subprocess.run(
            ["git", "-c", f"safe.directory={PROJECT_ROOT}", "describe", "--always", "--dirty", "--abbrev=40"],
            cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        written = PROJECT_ROOT / "CODE_VERSION"
        found = written.read_text() if written.is_file() else os.environ.get("MLOPS_VERSION", "")
        return found.strip() or "unknown"
    return described.stdout.strip()
