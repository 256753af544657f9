"""``make replay``: the past of a model, such as credit_risk's six real months, as its schedule had run them.

Nothing is simulated: on each day the DAGs are triggered through Airflow's API *as of* that day, one after
the other as the clock would have started them, and the scheduler runs them. A day on which nothing was
delivered would find nothing to do, so only the days of deliveries are walked, and one day after, on which the
same evidence must not start anything again. `airflow backfill` is not used: it gives a run its logical date,
while the param *as of* decides what was known, as in runs that people trigger; and the policy's order
(score, watch, retrain, next day) is part of what is shown.

The training DAG runs until there is a first champion; from then on monitoring decides. The replay is the only
clock: in its servers no DAG has a schedule, or today's date would mix into the story.

**Killed at any moment, it continues to the same end.** A day is one run of each DAG, under an id that follows
from the day; a second start finds the run, clears its failed tasks, and follows it to its end. The outcome of
a day is read from the results of those runs, never from what this process has seen.
"""

from __future__ import annotations

import fcntl
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from demo import runs, servers, timeline
from demo.days import check_model, primary_metric, replayed_days
from demo.demo import dag_is_there, down, start_all
from demo.runs import say
from demo.timeline import Day, table
from include.errors import ConfigError
from include.examples.find import USUAL
from mlops.hooks.mlflow_server import MlflowServer
from mlops.run_context import NO_SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from demo.state import State
    from mlops.cli.airflow_api import AirflowApi

NONE = "none"
_SECONDS = 240
_KINDS = ("training", "scoring", "monitoring", "retraining")


def replay(state: State, *, keep: bool, model: str = USUAL, days: Iterable[str] | None = None) -> int:
    """Walk through the days and print the timeline; return the exit code.

    :param state: where and on which ports; a folder of its own, so that the story starts at its beginning.
    :param keep: leave the servers up at the end.
    :param model: the model; any of the model folders.
    :param days: the days to walk; by default an example's own, or all deliveries of a team's model.
    :raises ConfigError: another replay walks in this folder, or the model has no deliveries.
    """
    check_model(model)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    state = replace(state, settings={**state.settings, NO_SCHEDULES: "1"})
    servers.claim(state)
    with _only_one(state):
        began, finished = time.monotonic(), False
        try:
            done = _walk(state, model, days)
            story = _story(state, model)
            say(f"\n{table(done, primary_metric(model))}\n({time.monotonic() - began:.0f} s; {story})")
            finished = True
        except KeyboardInterrupt:
            say("\nInterrupted. What is done is kept: `make replay` goes on from there.")
            return 130
        finally:
            if not (keep and finished):
                down(state)
    if keep:
        say(f"\n  Airflow  {state.airflow_url}\n  MLflow   {state.mlflow_url}\nStop both: make replay-stop")
    return 0


@contextmanager
def _only_one(state: State) -> Iterator[None]:
    """Let one replay at a time walk in a state folder."""
    with (state.folder / ".replay-lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(f"Another `make replay` is walking in {state.folder}; wait for it.") from error
        yield


def _walk(state: State, model: str, days: Iterable[str] | None) -> list[Day]:
    """Start the servers, do the days that are not done, and return all of them."""
    since = datetime.now(UTC)
    start_all(state, model)
    api = runs.connect(state)
    for dag_id in (f"{model}_{kind}" for kind in _KINDS):
        servers.wait_until(dag_id, partial(dag_is_there, api, dag_id, since), state, _SECONDS)
        runs.unpause(api, dag_id)
    done = timeline.read(_story(state, model))
    known = {line.day for line in done}
    for day in replayed_days(state, model) if days is None else days:
        if day not in known:
            untrained = not done or done[-1].champion == NONE
            done.append(_live(api, state, model, day, train=untrained))
            timeline.write(_story(state, model), done)
    return done


def _story(state: State, model: str) -> Path:
    return state.folder / ("timeline.json" if model == USUAL else f"timeline-{model}.json")


def _live(api: AirflowApi, state: State, model: str, day: str, *, train: bool) -> Day:
    """Do on a day what the schedule would have done, as far as it has not been done yet; return what was."""
    say(f"\n--- {day} " + "-" * 40)
    if train:
        _run(api, state, f"{model}_training", day)
    _run(api, state, f"{model}_scoring", day)
    dag_id = f"{model}_monitoring"
    watched = _run(api, state, dag_id, day)
    # Also where `retrain` was skipped: its first try started the run and was killed before it could say so.
    retraining = runs.xcom(api, dag_id, watched, "policy", "run_id")
    retrained, promoted = _retraining(api, state, model, str(retraining)) if retraining else ("no", "-")
    rollback = runs.xcom(api, dag_id, watched, "probation", "run_id")
    if rollback:  # who serves tomorrow depends on it
        say(f"{model}_rollback, started by probation as {rollback}")
        _finish(api, state, f"{model}_rollback", str(rollback))
    drift = runs.result(api, dag_id, watched, "drift_check")
    return Day(
        day=day,
        drift=timeline.drift(drift),
        expected=timeline.expected(drift, primary_metric(model)),
        performance=timeline.performance(runs.result(api, dag_id, watched, "performance_check")),
        verdict=str(runs.result(api, dag_id, watched, "policy", "verdict").get("decision", "?")),
        retrained=retrained,
        promoted=promoted,
        champion=_champion(state, model),
    )


def _run(api: AirflowApi, state: State, dag_id: str, day: str) -> str:
    """Let the one run of a DAG as of a day come to its end, and return its id."""
    name = f"replay__{day}"
    say(f"{dag_id} as of {day}")
    begun = runs.run_ids(api, dag_id, name)  # older releases put the time behind the day
    run_id = begun[0] if begun else name
    if not begun:
        runs.trigger(api, dag_id, run_id, {"as_of": day}, "Started by make replay")
    _finish(api, state, dag_id, run_id)
    return run_id


def _retraining(api: AirflowApi, state: State, model: str, run_id: str) -> tuple[str, str]:
    """Wait for the retraining that monitoring has started; return what became of it."""
    dag_id = f"{model}_retraining"
    say(f"{dag_id}, started by monitoring as {run_id}")
    _finish(api, state, dag_id, run_id)
    if runs.result(api, dag_id, run_id, "check_new_data", "verdict").get("decision") == "skip":
        return "nothing new", "-"
    gate = runs.result(api, dag_id, run_id, "gate", "verdict")
    return "yes", {"promote": "yes", "reject": "rejected", "block": "blocked"}.get(
        str(gate.get("decision")), "?"
    )


def _finish(api: AirflowApi, state: State, dag_id: str, run_id: str) -> None:
    """Follow a run to its end. One that had failed before gets another chance.

    :raises InfrastructureError: it failed before our eyes.
    """
    runs.run_to_its_end(
        api, dag_id, run_id, partial(runs.follow, api, state), page=state.airflow_url, again="make replay"
    )


def _champion(state: State, model: str) -> str:
    """Return the version that serves now; ``none`` before the first."""
    registered = (
        MlflowServer(tracking_uri=state.mlflow_url)
        .connect()
        .search_registered_models(filter_string=f"name = '{model}'")
    )
    version = registered[0].aliases.get("champion") if registered else None
    return f"version {version}" if version else NONE
