"""Score the newest delivery, and roll back, by hand: the tasks of the scoring and the rollback DAG."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import ConfigError, ModelError, RefusedError
from include.verdicts import Verdict
from mlops.by_hand.hand_run import HandRun
from mlops.by_hand.kept_run import KeptRun
from mlops.by_hand.outcome import Outcome
from mlops.dag_factory.model_dags import as_of_param, common_arguments
from mlops.dag_factory.task_groups import score_newest
from mlops.defaults import Tag
from mlops.hooks.mlflow import MlflowHook
from mlops.operators.rollback import RollbackModelOperator
from mlops.run_context import BY_HAND_RUN, today
from mlops.tracking.ledger import EntryState, Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig


def score(folder: Path, config: ModelConfig, as_of: str, user: str) -> Outcome:
    """Run extract, validate and score for the newest delivery of a date.

    :param folder: the model's folder.
    :param config: its configuration.
    :param as_of: ISO date.
    :param user: who works.
    :raises ConfigError: the model has no champion.
    """
    kept = KeptRun(model=config.name, as_of=as_of, by=user)
    with DAG(
        **common_arguments(config, Tag.SCORING, ""), schedule=None, params={"as_of": as_of_param()}
    ) as dag:
        score_newest(folder)
    run = HandRun(dag, kept, user, {"as_of": as_of})
    run.run("extract")
    run.run("validate")
    try:
        scored = run.run("score")
    except AirflowSkipException as skipped:
        raise ConfigError(f"{skipped} By hand: `bin/mlops train {config.name}`.") from skipped
    mean = scored["mean_score"]
    done = [
        f"scored {config.name}'s delivery of {scored['partition']}: {scored['rows']:,} rows by version "
        f"{scored['version']}" + (f", mean {mean:.4f}" if mean is not None else ""),
        f"file      {scored['object_key']}",
    ]
    return Outcome(done=done, figures={"as_of": as_of, "run": kept.run_id, **scored})


def roll_back(
    folder: Path, config: ModelConfig, *, to: str, reason: str, only_from: str, user: str
) -> Outcome:
    """Run rollback; one by hand that was begun and not finished is finished first.

    :param folder: the model's folder.
    :param config: its configuration.
    :param to: an alias, or the number of a version.
    :param reason: why, for the ledger and the alert.
    :param only_from: the version that must be champion; empty for any.
    :param user: who works.
    :raises RefusedError: the target does not reproduce its predictions.
    """
    ledger = Ledger(MlflowHook(), config.name)
    prefix = f"{config.name}_rollback/{BY_HAND_RUN}"
    begun = [
        entry.decided_by.split("/")[1]
        for entry in (ledger.entries(kind="rollback") if ledger.exists() else [])
        if entry.state is EntryState.PLANNED and entry.decided_by.startswith(prefix)
    ]
    moment = begun[0].removeprefix(BY_HAND_RUN) if begun else f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}"
    kept = KeptRun(model=config.name, as_of=today().isoformat(), by=user, moment=moment)
    arguments = common_arguments(config, Tag.ROLLBACK, "") | {"render_template_as_native_obj": False}
    with DAG(**arguments, schedule=None) as dag:
        RollbackModelOperator(
            task_id="rollback", model_folder=str(folder),
            target="{{ params.target }}", reason="{{ params.reason }}", only_from="{{ params.only_from }}",
        )  # fmt: skip
    params = {"target": to, "reason": reason, "only_from": only_from}
    try:
        moved = HandRun(dag, kept, user, params).run("rollback")
    except ModelError as error:
        raise RefusedError(str(error)) from error
    entry = ledger.find(moved["decision_id"])
    done = ["finished the rollback that was begun before"] if begun else []
    done.append(
        f"version {moved['version']} of {config.name} serves in place of version {moved['from_version']}; "
        f"ledger {moved['decision_id']}: {entry.summary if entry else ''}"
    )
    verdicts = [read_verdict(ledger.hook, entry.run_id)] if entry else []
    return Outcome(done=done, figures=moved, verdicts=verdicts)


def read_verdict(hook: MlflowHook, run_id: str) -> Verdict:
    """Return the verdict of an entry of the ledger that was applied.

    :param hook: the MLflow hook.
    :param run_id: the entry's MLflow run.
    """
    return Verdict.from_dict(json.loads(hook.read_text(run_id, "verdict.json")))
