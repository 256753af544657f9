"""``make replay``: the six real months of the example, as days on the schedule would have met them.

Nothing is simulated: on each day the DAGs are triggered through Airflow's API *as of* that day, one after
the other as the clock would have started them, and the scheduler runs them. A day on which nothing was
delivered would find nothing to do, so only the days of deliveries are walked, and one day after, on which the
same evidence must not start anything again. `airflow backfill` is not used: it gives a run its logical date,
while what was known is settled by the param *as of*, which is also what people use by hand; and the policy's
order (score, watch, retrain, next day) is part of what is shown.

The training DAG runs once, for the first champion, and then stays paused: from then on monitoring decides.
"""

from __future__ import annotations

import json
import signal
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from include.errors import InfrastructureError
from include.strict_json import to_json
from mlops.cli import servers
from mlops.cli.airflow_api import AirflowApi
from mlops.cli.demo import MODEL, dag_is_there, down, start_all
from mlops.cli.runs import follow, handed_on, pause, result, say, task_instances, trigger, unpause

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops.cli.state import State

# On each day the labels of the month before arrive, and (but for the last) the accounts of the month.
DAYS = (
    "2005-05-31", "2005-06-30", "2005-07-31", "2005-08-01", "2005-08-31", "2005-09-30", "2005-10-31",
    "2005-11-01",
)  # fmt: skip
_SECONDS = 240
_KINDS = ("scoring", "monitoring", "retraining")
_HEAD = ("day", "drift", "AUC expected", "AUC now", "verdict", "retrained", "promoted", "champion")


@dataclass(frozen=True, kw_only=True)
class Day:
    """One line of the timeline.

    :param day: ISO date.
    :param drift: what the drift check said of the newest delivery, with the worst column.
    :param expected: the newest delivery's AUC, as the predictions alone let expect it.
    :param performance: the newest window that could be judged, its metric with interval, and its status.
    :param verdict: what the policy decided.
    :param retrained: whether a retraining ran, and how it ended.
    :param promoted: the gate's decision.
    :param champion: the version that serves at the end of the day.
    """

    day: str
    drift: str
    expected: str
    performance: str
    verdict: str
    retrained: str
    promoted: str
    champion: str


def replay(state: State, *, keep: bool, days: Iterable[str] = DAYS) -> int:
    """Walk through the days and print the timeline; return the exit code.

    :param state: where and on which ports; a folder of its own, so that the story starts at its beginning.
    :param keep: leave the servers up at the end.
    :param days: the days to walk.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    servers.claim(state)
    story = state.folder / "timeline.json"
    began = time.monotonic()
    finished = False
    since = datetime.now(UTC)
    try:
        start_all(state)
        api = AirflowApi(state.airflow_url)
        for dag_id in (f"{MODEL}_{kind}" for kind in _KINDS):
            servers.wait_until(dag_id, partial(dag_is_there, api, dag_id, since), state, _SECONDS)
        timeline = [Day(**line) for line in json.loads(story.read_text())] if story.exists() else []
        done = {line.day for line in timeline}
        for number, day in enumerate(days):
            if day in done:
                continue
            timeline.append(_live(api, state, day, first=number == 0))
            story.write_text(to_json([asdict(line) for line in timeline], indent=1))
        say(f"\n{table(timeline)}\n({time.monotonic() - began:.0f} s; {story})")
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


def _live(api: AirflowApi, state: State, day: str, *, first: bool) -> Day:
    """Do on a day what the schedule would have done."""
    say(f"\n--- {day} " + "-" * 40)
    if first:
        _run(api, state, "training", day)
    _run(api, state, "scoring", day)
    watched = _run(api, state, "monitoring", day)
    dag_id = f"{MODEL}_monitoring"
    decision = result(api, dag_id, watched, "policy", "verdict")
    drift = result(api, dag_id, watched, "drift_check")
    judged = result(api, dag_id, watched, "performance_check")
    retrained, promoted = "no", "-"
    triggered = [
        task for task in task_instances(api, dag_id, watched)
        if task["task_id"] == "retrain" and task["state"] == "success"
    ]  # fmt: skip
    if triggered:
        retrained, promoted = _follow_retraining(
            api, state, handed_on(api, dag_id, watched, "policy", "run_id")
        )
    return Day(
        day=day,
        drift=_drift(drift),
        expected=_expected(drift),
        performance=_performance(judged),
        verdict=str(decision.get("decision", "?")),
        retrained=retrained,
        promoted=promoted,
        champion=_champion(state),
    )


def _run(api: AirflowApi, state: State, kind: str, day: str) -> str:
    """Trigger a DAG as of a day, follow it to its end, and return the run's id.

    The DAG is paused again, so that its own schedule does not mix today's date into the story.
    """
    dag_id = f"{MODEL}_{kind}"
    run_id = f"replay__{day}__{datetime.now(UTC):%Y%m%dT%H%M%S}"
    say(f"{dag_id} as of {day}")
    unpause(api, dag_id)
    trigger(api, dag_id, run_id, {"as_of": day}, "Started by make replay")
    final = follow(api, state, dag_id, run_id)
    pause(api, dag_id)
    if final != "success":
        raise InfrastructureError(
            f"{dag_id} failed as of {day}; the log of the failed task says why: "
            f"{state.airflow_url}/dags/{dag_id}/runs/{run_id}"
        )
    return run_id


def _follow_retraining(api: AirflowApi, state: State, run_id: str) -> tuple[str, str]:
    """Wait for the retraining that monitoring has started; return what became of it."""
    dag_id = f"{MODEL}_retraining"
    say(f"{dag_id}, started by monitoring as {run_id}")
    final = follow(api, state, dag_id, run_id)
    if final != "success":
        return "failed", "-"
    if result(api, dag_id, run_id, "prepare", "verdict").get("decision") == "wait":
        return "waits for labels", "-"
    if result(api, dag_id, run_id, "is_new", "verdict").get("decision") == "skip":
        return "nothing new", "-"
    gate = result(api, dag_id, run_id, "gate", "verdict")
    return "yes", {"promote": "yes", "reject": "rejected", "block": "blocked"}.get(
        str(gate.get("decision")), "?"
    )


def _drift(found: dict[str, Any]) -> str:
    """Return what the drift check said in a few words."""
    worst = found.get("worst")
    return f"{found.get('decision', '?')}{f' ({worst})' if worst else ''}"


def _expected(found: dict[str, Any]) -> str:
    """Return what the predictions alone say about the newest delivery."""
    metric = found.get("estimated", {}).get("roc_auc")
    if not metric:
        return "?"
    return f"{found['partition'][:7]}: {metric['value']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}]"


def _performance(found: dict[str, Any]) -> str:
    """Return the newest judged window in a few words."""
    windows = [*found.get("earlier", []), *found.get("windows", [])]
    judged = [window for window in windows if window["status"] in {"good", "worse"}]
    if not judged:
        return "not yet"
    newest = max(judged, key=lambda window: str(window["partition"]))
    metric = newest["metrics"][newest["limits"]["primary"]]
    return (
        f"{newest['partition'][:7]} v{newest['version']}: {metric['value']:.3f} "
        f"[{metric['low']:.3f}, {metric['high']:.3f}] {newest['status']}"
    )


def _champion(state: State) -> str:
    """Return the version that serves now."""
    from mlops.mlflow_server import MlflowServer

    client = MlflowServer(tracking_uri=state.mlflow_url).connect()
    return f"version {client.get_model_version_by_alias(MODEL, 'champion').version}"


def table(timeline: list[Day]) -> str:
    """Return the timeline as a table in Markdown."""
    lines = [tuple(asdict(line).values()) for line in timeline]
    widths = [max(len(str(row[place])) for row in [_HEAD, *lines]) for place in range(len(_HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [_HEAD, rule, *lines]
    )
