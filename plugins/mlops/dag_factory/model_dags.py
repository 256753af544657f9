"""One DAG of each kind per model folder: what they have in common, and what becomes of a broken model."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_parsing_context

from include.config.config_errors import ConfigIssue, config_error, shown_path
from include.config.load import MODEL_FILE, load_model, model_folders
from include.errors import ConfigError
from include.media import log_line
from include.validation.contract.contract import load_contract
from mlops.api_server.trigger_form import PAST_DATE
from mlops.dag_factory.broken_model import broken_model_dag, dag_prefix
from mlops.dag_factory.deadlines import late_run
from mlops.dag_factory.task_settings import access_control, apply_settings
from mlops.defaults import APPROVAL_TIME, Tag, default_args
from mlops.run_context import MODELS_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow.sdk import DAG

    from include.config.schema import ModelConfig

log = logging.getLogger(__name__)

_WITHOUT_DATA = {Tag.ROLLBACK, Tag.REQUESTS}  # look at no data, and must work at three in the morning


def common_arguments(config: ModelConfig, kind: Tag, runbook: str) -> dict[str, Any]:
    """Return what every DAG of a model is built with, besides its schedule and its own description.

    :param config: the model.
    :param kind: the kind of DAG; the DAG's id is ``<model>_<kind>``.
    :param runbook: the DAG file's docstring, with ``{model}``, ``{description}``, ``{schedule}`` and
        ``{connection}`` to be filled in.
    """
    asks = config.approval == "required" and kind in {Tag.TRAINING, Tag.RETRAINING}
    waits = APPROVAL_TIME if asks else timedelta()
    return {
        "dag_id": f"{config.name}_{kind}",
        "doc_md": runbook.format(
            model=config.name,
            description=config.description,
            schedule=config.schedule,
            connection=config.source.connection,
        ),
        # A DAG that fails while it is built is left out, and not registered half-built on leaving its block.
        "auto_register": False,
        "catchup": False,
        "render_template_as_native_obj": True,
        "max_active_runs": 1,
        "dagrun_timeout": timedelta(hours=12) + waits,
        "deadline": late_run(config, waits),
        "default_args": default_args(config),
        "tags": [Tag.MLOPS, kind, *config.tags],
        "access_control": access_control(config.airflow),
    }


def as_of_param() -> Param:
    """Return the field of a trigger form for the as-of date of a run."""
    return Param(
        None,
        type=["null", "string"],
        format="date",
        title="As of",
        description="Use what was delivered up to this date, which is not after today. Empty: the run's own.",
        allOf=[{"format": PAST_DATE}],
    )


def reason_param(description: str) -> Param:
    """Return the field of a trigger form for why somebody asks for something; it can't be left empty.

    :param description: what becomes of it.
    """
    return Param(
        None, type="string", minLength=3, pattern=r"\S", title="Reason", description=description
    )  # fmt: skip


def add_dags(namespace: dict[str, Any], kind: Tag, build: Callable[[Path, ModelConfig], DAG]) -> None:
    """Build one DAG for each model folder, where Airflow looks for them.

    A model whose DAG can't be built, for whatever reason, gets one that says so; all others go on. A task
    parses its file again and needs the DAG that it belongs to: it builds no other model's.

    :param namespace: ``globals()`` of the DAG file.
    :param kind: the kind of DAG.
    :param build: builds the DAG of one model, from its folder and what stands in its ``model.yaml``.
    """
    wanted = get_parsing_context().dag_id
    for folder in folders_wanted(lambda folder: _dag_id(folder, kind) == wanted):
        try:
            config = load_model(folder)
            dag = build(folder, config)
            apply_settings(dag, config.airflow, urgent=kind is Tag.ROLLBACK)
            if kind not in _WITHOUT_DATA:
                load_contract(folder, config)
        except ConfigError as error:
            dag = _broken(folder, kind, error)
        except Exception as error:  # one model's odd value must not take the DAGs of all others away
            log.exception("The %s DAG of %s can't be built", kind, log_line(shown_path(folder)))
            dag = _broken(folder, kind, _refused(folder, error))
        namespace[dag.dag_id] = dag


def folders_wanted(is_wanted: Callable[[Path], bool]) -> list[Path]:
    """Return the model folders that a task needs, and all of them where no task parses the file.

    :param is_wanted: whether the task that runs is about a folder.
    """
    folders = model_folders(MODELS_ROOT)
    return [folder for folder in folders if is_wanted(folder)] or folders


def _broken(folder: Path, kind: Tag, error: ConfigError) -> DAG:
    """Return the DAG that says what is wrong with a model."""
    scheduled = kind not in {Tag.RETRAINING, *_WITHOUT_DATA}
    return broken_model_dag(_dag_id(folder, kind), error, daily=scheduled)


def _dag_id(folder: Path, kind: Tag) -> str:
    """Return the id of a model's DAG, broken or not: its name is its folder's, or it is refused."""
    return f"{dag_prefix(folder.name)}_{kind}"


def _refused(folder: Path, error: Exception) -> ConfigError:
    """Return what Airflow has against a model, as a configuration error of its ``model.yaml``."""
    said = " ".join(str(error).split())
    text = f"no DAG can be built from it ({type(error).__name__}: {said}); change the value this is about"
    return config_error(folder / MODEL_FILE, [ConfigIssue((), text)])
