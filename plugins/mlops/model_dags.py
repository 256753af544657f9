"""One DAG of each kind per model folder: what they have in common, and what becomes of a broken model."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from include.config.load import model_folders
from include.errors import ConfigError
from mlops.broken_model import broken_model_dag
from mlops.defaults import APPROVAL_TIME, Tag, default_args
from mlops.run_context import MODELS_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow.sdk import DAG

    from include.config.schema import ModelConfig


def common_arguments(config: ModelConfig, kind: Tag, runbook: str) -> dict[str, Any]:
    """Return what every DAG of a model is built with, besides its schedule and its own description.

    :param config: the model.
    :param kind: the kind of DAG; the DAG's id is ``<model>_<kind>``.
    :param runbook: the DAG file's docstring, with ``{model}``, ``{description}``, ``{schedule}`` and
        ``{connection}`` to be filled in.
    """
    waits = config.approval == "required" and kind in {Tag.TRAINING, Tag.RETRAINING}
    return {
        "dag_id": f"{config.name}_{kind}",
        "doc_md": runbook.format(
            model=config.name,
            description=config.description,
            schedule=config.schedule,
            connection=config.source.connection,
        ),
        "catchup": False,
        "render_template_as_native_obj": True,
        "max_active_runs": 1,
        "dagrun_timeout": timedelta(hours=12) + (APPROVAL_TIME if waits else timedelta()),
        "default_args": default_args(config),
        "tags": [Tag.MLOPS, kind, *config.tags],
    }


def as_of_param() -> Param:
    """Return the field of a trigger form for the date that a run stands on."""
    return Param(
        None,
        type=["null", "string"],
        format="date",
        title="As of",
        description="Use only what was delivered up to this date. Empty: the run's own date.",
    )


def add_dags(namespace: dict[str, Any], kind: Tag, build: Callable[[Path], DAG]) -> None:
    """Build one DAG for each model folder, where Airflow looks for them.

    A model whose configuration is wrong gets a DAG that says so; all others go on.

    :param namespace: ``globals()`` of the DAG file.
    :param kind: the kind of DAG.
    :param build: builds the DAG of one model folder.
    """
    for folder in model_folders(MODELS_ROOT):
        try:
            dag = build(folder)
        except ConfigError as error:
            scheduled = kind not in {Tag.RETRAINING, Tag.ROLLBACK}
            dag = broken_model_dag(f"{folder.name}_{kind}", error, daily=scheduled)
        namespace[dag.dag_id] = dag
