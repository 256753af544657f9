"""``make demo``: from nothing to a champion, through a real scheduler, in front of your eyes."""

from __future__ import annotations

import fcntl
import shutil
import signal
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from demo import databases, servers
from demo.days import First, check_model, first_day
from demo.runs import connect, follow, say, trigger, unpause
from demo.summary import run_summary
from include.errors import ConfigError, InfrastructureError
from include.examples.find import USUAL, deliver_all
from mlops.cli.airflow_api import NOT_FOUND, AirflowApiError
from mlops.cli.local_connections import MARKER
from mlops.cli.settings import read_settings
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.state import State
    from mlops.cli.airflow_api import AirflowApi

_START_SECONDS = 240


def up(state: State, *, once: bool, model: str = USUAL) -> int:
    """Start everything, run the training, show the result; return the exit code.

    :param state: where and on which ports.
    :param once: stop the servers at the end instead of waiting for Ctrl-C.
    :param model: any of the model folders.
    :raises ConfigError: there is no such model, or nothing was delivered to it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    check_model(model)
    began = time.monotonic()
    stop_at_end = False
    try:
        with _only_one(state):
            ours = start_all(state, model)
            if not ours:  # a folder that is new since they were started
                _wait_for(f"{model}_training", connect(state), state, datetime.min.replace(tzinfo=UTC))
        stop_at_end = once or ours
        first = first_day(state, model)
        succeeded = _train(connect(state), state, began, model=model, first=first)
        if once:
            return 0 if succeeded else 1
        say(
            f"\n  Airflow  {state.airflow_url}/dags/{model}_training\n  MLflow   "
            f"{state.mlflow_url}/#/models/{model}\n"
        )
        if not ours:
            say("The servers were up before and stay up. Stop them with: make demo-stop")
            return 0 if succeeded else 1
        say("Both servers stay up. Stop them with Ctrl-C, or with `make demo-stop` in another terminal.")
        while servers.running(state):
            time.sleep(1)
    except KeyboardInterrupt:
        say("\nInterrupted.")
        return 130 if once else 0
    else:
        return 0
    finally:
        if stop_at_end:
            down(state)


def down(state: State) -> int:
    """Stop the servers; return the exit code."""
    stopped = servers.stop(state)
    say(f"Stopped: {', '.join(stopped)}" if stopped else "No demo server is running.")
    return 0


def clean(state: State) -> int:
    """Stop the servers and remove the state folder; return the exit code.

    :raises ConfigError: the folder is not one that the demo made.
    """
    if not state.folder.exists():
        say(f"There is no {state.folder}.")
        return 0
    if not (state.folder / MARKER).exists():
        raise ConfigError(f"{state.folder} was not made by `make demo`; it is left alone.")
    down(state)
    shutil.rmtree(state.folder)
    say(f"Removed {state.folder}")
    return 0


@contextmanager
def _only_one(state: State) -> Iterator[None]:
    """Let one demo at a time claim the state folder and start servers in it."""
    servers.claim(state)
    with (state.folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"Another `make demo` is just starting in {state.folder}; wait for it."
            ) from error
        yield


def start_all(state: State, model: str = USUAL) -> bool:
    """Start what is not running; return whether anything had to be started. Nothing is left half started.

    :param state: where and on which ports.
    :param model: whose training DAG is waited for.
    :raises ConfigError: the servers run on other ports, or somebody else listens on these.
    :raises InfrastructureError: a server does not come up.
    """
    deliver_all(state.source)
    alive = servers.running(state)
    if set(alive) == set(state.commands()):
        servers.check_addresses(state)
        say("The servers are already running.")
        return False
    if alive:
        say(f"Of an earlier demo only {', '.join(sorted(alive))} are left: starting all anew.")
    servers.stop(state)  # also what an earlier start left behind when it was killed
    servers.check_ports(state)
    try:
        _start(state, model)
    except BaseException:  # Ctrl-C, too
        servers.stop(state)
        raise
    return True


def _start(state: State, model: str) -> None:
    """Start every server and wait until Airflow knows the training DAG."""
    since = datetime.now(UTC)
    if to_be_made := databases.missing(state):
        with _step("Creating the databases"):
            databases.make(state, to_be_made)
    databases.wait_instead_of_failing(state.mlflow_database)
    with _step("Starting MLflow and Airflow"):
        servers.start(state, list(state.commands()))
        api = connect(state)
        servers.wait_until("Airflow", lambda: _all_healthy(api), state, _START_SECONDS)
        servers.wait_until("MLflow", lambda: servers.answers(state.mlflow_port), state, _START_SECONDS)
    api.apply_settings(read_settings(PROJECT_ROOT / "airflow_settings.yaml", state.environment()))
    _wait_for(f"{model}_training", api, state, since)


def _wait_for(dag_id: str, api: AirflowApi, state: State, since: datetime) -> None:
    with _step(f"Waiting for {dag_id}"):
        servers.wait_until(dag_id, lambda: dag_is_there(api, dag_id, since), state, _START_SECONDS)


def _train(api: AirflowApi, state: State, began: float, *, model: str, first: First) -> bool:
    """Trigger one training run and follow it; return whether it succeeded."""
    dag_id = f"{model}_training"
    unpause(api, dag_id)
    run_id = f"demo__{first.day}__{datetime.now(UTC):%Y%m%dT%H%M%S}"
    say(f"\n{dag_id}, as of {first.day} ({first.why})")
    trigger(api, dag_id, run_id, {"as_of": first.day}, "Started by make demo")
    final = follow(api, state, dag_id, run_id)
    say(run_summary(api, state, dag_id, run_id=run_id, final=final, seconds=time.monotonic() - began))
    return final == "success"


def _all_healthy(api: AirflowApi) -> bool:
    health = api.healthy()
    return all(
        health.get(part) == "healthy" for part in ("metadatabase", "scheduler", "dag_processor", "triggerer")
    )


def dag_is_there(api: AirflowApi, dag_id: str, since: datetime) -> bool:
    """Return whether Airflow has parsed a DAG.

    :param api: Airflow's API.
    :param dag_id: the DAG.
    :param since: when the servers were started; what was parsed before does not count.
    :raises InfrastructureError: a DAG file can't be imported.
    """
    try:
        parsed = api.call("GET", f"dags/{dag_id}")["last_parsed_time"]
        if parsed and datetime.fromisoformat(parsed) > since:
            return True
    except AirflowApiError as error:
        if error.status != NOT_FOUND:
            raise
    for broken in api.call("GET", "importErrors")["import_errors"]:
        if datetime.fromisoformat(broken["timestamp"]) > since:
            raise InfrastructureError(f"{broken['filename']} can't be imported:\n{broken['stack_trace']}")
    return False


@contextmanager
def _step(what: str) -> Iterator[None]:
    began = time.monotonic()
    sys.stdout.write(f"{what} ...")
    sys.stdout.flush()
    try:
        yield
    except BaseException:
        say(" failed")
        raise
    say(f" {time.monotonic() - began:.0f} s")
