"""The MLflow run of a training: found again by what is trained, with its whole result."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from include.names import mlflow_key
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import RUN_KEY, SUPERSEDED_BY, TASK, TRAIN_RESULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from mlops.hooks.mlflow import MlflowHook

RESULT_FILE = "train/result.json"
PARAMETERS_FILE = "train/parameters.json"

_LONGEST_PARAMETER = 500  # what a page can show; MLflow cuts at 6,000 characters without a word
_MOST_PARAMETERS = 100  # in one request


def training_run(
    hook: MlflowHook,
    experiment: str,
    *,
    task: str,
    training_key: str,
    dataset_digest: str,
    name: str,
    tags: Mapping[str, str],
) -> Run:
    """Return the run of what a task trains now: the same for every try, another after a correction.

    MLflow's parameters can't be changed once they are logged. So a task that is cleared after ``model.yaml``,
    ``estimator.py`` or its data changed gets a run of its own, and what it left unfinished before is closed.

    :param hook: the MLflow hook.
    :param experiment: its name.
    :param task: key of the task in its Airflow run.
    :param training_key: digest of training set, configuration and code.
    :param dataset_digest: digest of training and test set.
    :param name: shown in the list of runs.
    :param tags: of a new run.
    """
    content = hashlib.sha256(f"{training_key}/{dataset_digest}".encode()).hexdigest()[:16]
    run = find_or_create_run(hook, experiment, key=f"{task}/{content}", name=name, tags={**tags, TASK: task})
    _close_others(hook, run, task)
    return run


def finished_result(hook: MlflowHook, run: Run) -> dict[str, Any] | None:
    """Return what a finished training handed on; None where it has to be trained (again)."""
    if run.info.status != "FINISHED" or TRAIN_RESULT not in run.data.tags:
        return None
    kept = run.data.tags[TRAIN_RESULT]
    try:
        text = hook.read_text(run.info.run_id, kept) if kept == RESULT_FILE else kept
        return dict(json.loads(text))
    except ValueError:  # an earlier version kept it in the tag, where MLflow cuts it at 8,000 characters
        return None


def keep_result(hook: MlflowHook, run_id: str, result: Mapping[str, Any]) -> None:
    """Keep the result of a training, of any length; the tag that marks it as complete is set last."""
    hook.log_json(run_id, result, RESULT_FILE)
    hook.set_tags(run_id, {TRAIN_RESULT: RESULT_FILE})


def log_parameters(hook: MlflowHook, run_id: str, parameters: Mapping[str, Any]) -> None:
    """Log parameters of any name, number and length.

    An artifact has all of them in full; MLflow's own list shows what fits.

    :param hook: the MLflow hook.
    :param run_id: the run.
    :param parameters: name to any JSON value.
    """
    from mlflow.entities import Param

    hook.log_json(run_id, parameters, PARAMETERS_FILE)
    shown = []
    for name, value in parameters.items():
        text = str(value)
        if len(text) > _LONGEST_PARAMETER:
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            text = f"{len(text):,} characters, sha256 {digest}: see {PARAMETERS_FILE}"
        shown.append(Param(mlflow_key("", name), text))
    with hook.errors("log parameters"):
        for start in range(0, len(shown), _MOST_PARAMETERS):
            hook.client.log_batch(run_id, params=shown[start : start + _MOST_PARAMETERS])


def _close_others(hook: MlflowHook, run: Run, task: str) -> None:
    """Mark what the task trained before its correction as superseded; what is unfinished becomes FAILED."""
    with hook.errors("close the runs of earlier configurations"):
        others = hook.client.search_runs([run.info.experiment_id], filter_string=f"tags.`{TASK}` = '{task}'")
    for other in others:
        if other.info.run_id == run.info.run_id or other.data.tags.get(RUN_KEY) == run.data.tags.get(RUN_KEY):
            continue
        if other.data.tags.get(SUPERSEDED_BY) != run.info.run_id:
            hook.set_tags(other.info.run_id, {SUPERSEDED_BY: run.info.run_id})
        if other.info.status not in {"FINISHED", "FAILED", "KILLED"}:
            hook.close_run(other.info.run_id, "FAILED")
