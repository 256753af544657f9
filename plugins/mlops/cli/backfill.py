"""``bin/mlops backfill``: score and watch the past deliveries of a model, day by day, through Airflow's API.

On each day on which something was delivered the scoring DAG runs *as of* that day, then the monitoring DAG,
and what monitoring starts, a retraining or a rollback, is waited for: it decides who serves on the next day.
A run's id follows from its day, so the command may be killed and started again: what is done stays, what had
failed is tried again, the rest goes on.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from include.errors import ConfigError
from include.reporting.text_table import text_table
from mlops.cli import dag_runs
from mlops.cli.airflow_api import NOT_FOUND, AirflowApiError
from mlops.cli.dag_runs import say
from mlops.cli.delivery_days import delivery_days
from mlops.cli.output import show
from mlops.cli.policy import airflow_api
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops.cli.airflow_api import AirflowApi

_KINDS = ("scoring", "monitoring")
_FOLLOWING = {"policy": "retraining", "probation": "rollback"}  # what a task of monitoring may start
_DONE = "success"


class Options(NamedTuple):
    """What is asked for.

    :param model: the model's name.
    :param since: the first day, ISO; None for all.
    :param until: the last day, ISO; None for all.
    :param dry_run: only list what would be done.
    :param as_json: list it as JSON.
    """

    model: str
    since: str | None = None
    until: str | None = None
    dry_run: bool = False
    as_json: bool = False


def run(options: Options) -> int:
    """Let every delivery day of the past be scored and watched; return the exit code.

    :param options: what is asked for.
    :raises ConfigError: the model has no champion or no deliveries in this time, a delivery is gone from the
        source, or a DAG is missing or paused.
    :raises InfrastructureError: a run failed; started again, the command goes on from there.
    """
    model = options.model
    delivered = delivery_days(model)
    days = _days(delivered, options)
    _require_champion(model)
    _require_deliveries(model, delivered, days)
    api = airflow_api()
    _require_dags(api, model)
    states = {day: _states(api, model, day) for day in days}
    if options.dry_run:
        rows = [_row(day, found) for day, found in states.items()]
        content = [{"day": day, **found} for day, found in states.items()]
        show(options.as_json, content, lambda: text_table(("day", *_KINDS, "started by it"), rows))
        return 0
    to_do = [day for day, found in states.items() if set(found.values()) != {_DONE}]
    say(f"{len(days) - len(to_do)} of {len(days)} days are done")
    began = time.monotonic()
    for number, day in enumerate(to_do, start=1):
        spent = time.monotonic() - began
        left = f", {spent / (number - 1) * (len(to_do) - number + 1) / 60:.0f} min left" if number > 1 else ""
        say(f"\n--- {day} ({number} of {len(to_do)}{left})")
        _do(api, model, day)
    say(f"\n{len(days)} days are scored and watched. Their reports: {model}/monitoring in MLflow")
    return 0


def run_name(day: str) -> str:
    """Return the id of a run of the backfill; ``backfill__`` Airflow keeps for its own.

    :param day: ISO date.
    """
    return f"past__{day}"


def _days(delivered: Sequence[str], options: Options) -> list[str]:
    """Return the days to do.

    :raises ConfigError: there is none.
    """
    chosen = [day for day in delivered if (options.since or "") <= day <= (options.until or "9999")]
    if not chosen:
        raise ConfigError(
            f"Nothing was delivered to {options.model} from {options.since or delivered[0]} to "
            f"{options.until or delivered[-1]}: its deliveries go from {delivered[0]} to {delivered[-1]}. "
            "Choose other dates."
        )
    return chosen


def _require_champion(model: str) -> None:
    """Make sure that there is something to score with.

    :raises ConfigError: there is not.
    """
    if ModelRegistry(MlflowHook(), model).champion() is None:
        raise ConfigError(
            f"{model} has no champion yet, so there is nothing to score its past with. Let {model}_training "
            "make one (trigger it in Airflow, with an as-of date if its labels are old), then start this "
            "again."
        )


def _require_deliveries(model: str, delivered: Sequence[str], days: Sequence[str]) -> None:
    """Make sure that no delivery of this time has gone from the source.

    :raises ConfigError: one has.
    """
    known = {partition for _, partition in DataRegistryHook().pointers(model)}
    gone = sorted(day for day in known if days[0] <= day <= days[-1] and day not in delivered)
    if gone:
        raise ConfigError(
            f"The source of {model} no longer holds what it delivered on {', '.join(gone)}, though the data "
            "registry does: the days after would be watched without it. Put it back, or choose dates that "
            "leave it out with --from and --to."
        )


def _require_dags(api: AirflowApi, model: str) -> None:
    """Make sure that the runs will start.

    :raises ConfigError: a DAG is missing or paused.
    """
    for kind in (*_KINDS, "retraining"):
        dag_id = f"{model}_{kind}"
        try:
            paused = api.call("GET", f"dags/{dag_id}")["is_paused"]
        except AirflowApiError as error:
            if error.status != NOT_FOUND:
                raise
            raise ConfigError(
                f"Airflow has no DAG {dag_id}. Does the model's folder parse (`bin/mlops models`)?"
            ) from error
        if paused:
            raise ConfigError(f"{dag_id} is paused, so its runs would wait for ever: unpause it first.")


def _states(api: AirflowApi, model: str, day: str) -> dict[str, str | None]:
    """Return the states of a day's runs by kind, with those that monitoring has started."""
    found = {kind: _state(api, f"{model}_{kind}", run_name(day)) for kind in _KINDS}
    if found["monitoring"] == _DONE:
        for kind, run_id in _started(api, model, day).items():
            if (state := _state(api, f"{model}_{kind}", run_id)) is not None:  # else somebody deleted it
                found[kind] = state
    return found


def _row(day: str, states: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return a day as a row of the table."""
    started = [f"{kind}: {state}" for kind, state in states.items() if kind not in _KINDS]
    return day, *(states[kind] or "to do" for kind in _KINDS), ", ".join(started) or "-"


def _started(api: AirflowApi, model: str, day: str) -> dict[str, str]:
    """Return the runs that a day's monitoring has started: kind of DAG to run id."""
    dag_id, run_id = f"{model}_monitoring", run_name(day)
    asked = {kind: dag_runs.xcom(api, dag_id, run_id, task, "run_id") for task, kind in _FOLLOWING.items()}
    return {kind: str(found) for kind, found in asked.items() if found}


def _state(api: AirflowApi, dag_id: str, run_id: str) -> str | None:
    """Return the state of a run; None where there is none yet."""
    try:
        return dag_runs.run_state(api, dag_id, run_id)
    except AirflowApiError as error:
        if error.status != NOT_FOUND:
            raise
        return None


def _do(api: AirflowApi, model: str, day: str) -> None:
    """Score and watch a day, and wait for what monitoring has started."""
    for kind in _KINDS:
        dag_id = f"{model}_{kind}"
        say(f"{dag_id} as of {day}")
        if _state(api, dag_id, run_name(day)) is None:
            note = "Started by bin/mlops backfill"
            dag_runs.trigger(api, dag_id, run_name(day), {"as_of": day}, note)
        _follow(api, model, dag_id, run_name(day))
    for kind, run_id in _started(api, model, day).items():
        dag_id = f"{model}_{kind}"
        say(f"{dag_id}, started by monitoring as {run_id}")
        try:
            _follow(api, model, dag_id, run_id)
        except AirflowApiError as error:
            if error.status != NOT_FOUND:
                raise
            say("  it is gone: somebody deleted it")


def _follow(api: AirflowApi, model: str, dag_id: str, run_id: str) -> None:
    dag_runs.run_to_its_end(
        api,
        dag_id,
        run_id,
        partial(dag_runs.follow, api, page=api.url),
        page=api.url,
        again=f"bin/mlops backfill {model}",
    )
