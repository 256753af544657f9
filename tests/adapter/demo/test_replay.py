"""`make replay`, killed between any two steps and started again, tells the story that it tells undisturbed.

Airflow and MLflow are played by :class:`World`, which has what matters of them: a run per id, runs that go on
or fail while nobody looks, a policy that acts on the same evidence once, aliases that move.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from demo import replay, runs, servers, timeline
from demo.state import State
from include.errors import ConfigError, InfrastructureError
from mlops.cli.airflow_api import AirflowApiError
from mlops.run_context import NO_SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(240)]

DAYS = ("2005-05-31", "2005-06-30", "2005-07-31", "2005-08-01")
GATES = {"2005-06-30": "promote", "2005-07-31": "reject"}  # days with new evidence, and what comes of it
STORY = [
    ("2005-05-31", "wait", "no", "-", "version 1"),
    ("2005-06-30", "retrain", "yes", "yes", "version 2"),
    ("2005-07-31", "retrain", "yes", "rejected", "version 2"),
    ("2005-08-01", "wait", "no", "-", "version 2"),
]


class Killed(BaseException):
    """What `kill -9` is to the process: nothing of it runs any more."""


@dataclass
class Run:
    as_of: str
    state: str = "queued"
    looks: int = 0
    handed_on: dict[str, Any] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class World:
    """Airflow and MLflow.

    :param strike: number of the step at which the process that drives the world dies; before or after it.
    :param retrain_says: how `retrain` ends; "skipped" where its first try was killed after it had begun the
        run.
    :param fail_first: kind of DAG whose runs fail when they are tried for the first time.
    :param rolls_back_on: a day on which probation starts a rollback.
    """

    strike: int | None = None
    before: bool = True
    retrain_says: str = "success"
    fail_first: str | None = None
    rolls_back_on: str | None = None
    steps: int = 0
    champion: int = 0
    acted_on: set[str] = field(default_factory=set)
    runs: dict[tuple[str, str], Run] = field(default_factory=dict)
    tried: dict[tuple[str, str], int] = field(default_factory=dict)

    def step(self, act: Callable[[], Any]) -> Any:
        self.steps += 1
        if self.steps == self.strike and self.before:
            raise Killed
        found = act()
        if self.steps == self.strike:
            raise Killed
        return found

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.step(lambda: self.answer(method, path, body))

    def answer(self, method: str, path: str, body: Any) -> Any:
        url = urlsplit(path)
        _, dag_id, *rest = url.path.split("/")
        kind = dag_id.removeprefix("credit_risk_")
        if method == "GET":
            return self.read(kind, url.query, rest)
        if method == "PATCH":
            return {}
        if rest == ["clearTaskInstances"]:
            return self.clear(self.runs[kind, body["dag_run_id"]])
        return self.begin(kind, body["dag_run_id"], body["conf"]["as_of"])

    def read(self, kind: str, query: str, rest: list[str]) -> Any:
        if len(rest) == 1:
            prefix = parse_qs(query).get("run_id_prefix_pattern", [""])[0]
            return {
                "dag_runs": [
                    {"dag_run_id": run} for k, run in self.runs if k == kind and run.startswith(prefix)
                ]
            }
        run = self.runs.get((kind, unquote(rest[1])))
        if run is None:
            raise AirflowApiError("no such run", 404)
        if len(rest) == 2:
            self.go_on(kind, rest[1], run)
            return {"state": run.state}
        if len(rest) == 3:
            return {"task_instances": run.tasks}
        try:
            return {"value": run.handed_on[f"{rest[3]}/{rest[5]}"]}
        except KeyError:
            raise AirflowApiError("nothing handed on", 404) from None

    def begin(self, kind: str, run_id: str, as_of: str) -> dict[str, Any]:
        if (kind, run_id) in self.runs:
            raise AirflowApiError("it is there", 409)
        self.runs[kind, run_id] = Run(as_of)
        return {}

    def clear(self, run: Run) -> dict[str, Any]:
        run.state, run.looks, run.tasks = "queued", 0, []
        return {}

    def go_on(self, kind: str, run_id: str, run: Run) -> None:
        run.looks += 1
        if run.looks < 2 or run.state in {"success", "failed"}:
            return
        self.tried[kind, run_id] = self.tried.get((kind, run_id), 0) + 1
        if kind == self.fail_first and self.tried[kind, run_id] == 1:
            run.state = "failed"
            return
        run.state = "success"
        getattr(self, kind)(run)

    def training(self, run: Run) -> None:
        self.champion += 1

    def scoring(self, run: Run) -> None: ...

    def monitoring(self, run: Run) -> None:
        evidence = run.as_of if run.as_of in GATES and run.as_of not in self.acted_on else None
        verdict = {"decision": "retrain" if evidence else "wait"}
        run.handed_on = {"policy/verdict": verdict, "drift_check/return_value": {"decision": "no drift"}}
        if run.as_of == self.rolls_back_on:
            run.handed_on["probation/run_id"] = f"probation__{run.as_of}"
            self.begin("rollback", f"probation__{run.as_of}", run.as_of)
        if evidence:
            self.acted_on.add(evidence)
            run.handed_on["policy/run_id"] = f"evidence__{evidence}"
            run.tasks = [
                {
                    "task_id": "retrain",
                    "state": self.retrain_says,
                    "end_date": None,
                    "duration": 1.0,
                    "try_number": 1,
                }
            ]
            self.begin("retraining", f"evidence__{evidence}", run.as_of)

    def rollback(self, run: Run) -> None:
        self.champion -= 1

    def retraining(self, run: Run) -> None:
        gate = GATES[run.as_of]
        self.champion += gate == "promote"
        run.handed_on = {"check_new_data/verdict": {"decision": "go"}, "gate/verdict": {"decision": gate}}


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[tuple[str, ...]]]:
    """Run a replay in a world, started again after each death; return the timeline's telling columns."""
    monkeypatch.setattr(replay.signal, "signal", lambda *_: None)
    monkeypatch.setattr(replay, "start_all", lambda *_: True)
    monkeypatch.setattr(replay, "down", lambda state: 0)
    monkeypatch.setattr(servers, "wait_until", lambda *rest: None)
    monkeypatch.setattr(servers, "running", lambda state: dict.fromkeys(state.commands()))
    monkeypatch.setattr(runs.time, "sleep", lambda seconds: None)
    whole_write = timeline.write

    def run(world: World, name: str = "state", tries: int = 3) -> list[tuple[str, ...]]:
        state = State(folder=tmp_path / name, airflow_port=1, mlflow_port=2)
        monkeypatch.setattr(runs, "connect", lambda state: world)
        monkeypatch.setattr(
            replay, "_champion", lambda state, model: world.step(lambda: f"version {world.champion}")
        )
        monkeypatch.setattr(timeline, "write", lambda *rest: world.step(lambda: whole_write(*rest)))
        for _ in range(tries):
            try:
                replay.replay(state, keep=False, days=DAYS)
                break
            except (Killed, InfrastructureError):
                continue
        else:
            pytest.fail("it never came to its end")
        return [
            (line.day, line.verdict, line.retrained, line.promoted, line.champion)
            for line in timeline.read(state.folder / "timeline.json")
        ]

    return run


def test_undisturbed_it_tells_the_story(play: Callable[..., Any]) -> None:
    assert play(World()) == STORY


def test_killed_between_any_two_steps_it_tells_the_same_story(play: Callable[..., Any]) -> None:
    undisturbed = World()
    play(undisturbed, "undisturbed")
    assert undisturbed.steps > 80
    for strike in range(1, undisturbed.steps + 1):
        for before in (True, False):
            world = World(strike=strike, before=before)
            told = play(world, f"state-{strike}-{before}")
            assert told == STORY, f"killed {'before' if before else 'after'} step {strike}"
            assert set(world.runs) == set(undisturbed.runs), f"step {strike}: runs that the day did not need"


@pytest.mark.parametrize("kind", ["training", "scoring", "monitoring", "retraining"])
def test_a_run_that_failed_is_tried_again_and_not_replaced(play: Callable[..., Any], kind: str) -> None:
    world = World(fail_first=kind)
    assert play(world, tries=9) == STORY
    assert {run for _, run in world.runs} == {f"replay__{day}" for day in DAYS} | {
        f"evidence__{day}" for day in GATES
    }


def test_a_retraining_whose_starter_was_killed_is_followed_too(play: Callable[..., Any]) -> None:
    assert play(World(retrain_says="skipped")) == STORY


def test_a_rollback_by_probation_is_waited_for(play: Callable[..., Any]) -> None:
    """Without that, the next delivery would be scored by whichever version serves at that moment."""
    told = play(World(rolls_back_on="2005-07-31"))
    assert told == [*STORY[:2], *((*line[:-1], "version 1") for line in STORY[2:])]


def test_runs_of_an_older_release_are_found(play: Callable[..., Any]) -> None:
    world = World()
    world.begin("training", "replay__2005-05-31__20260101T000000", "2005-05-31")
    assert play(world) == STORY
    assert ("training", "replay__2005-05-31") not in world.runs


def test_only_one_walks_in_a_folder(play: Callable[..., Any], tmp_path: Path) -> None:
    state = State(folder=tmp_path / "state", airflow_port=1, mlflow_port=2)
    servers.claim(state)
    with replay._only_one(state), pytest.raises(ConfigError, match=r"Another `make replay`"):
        play(World())


def test_it_is_the_only_clock(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[State] = []
    monkeypatch.setattr(replay, "start_all", lambda state, _: seen.append(state))
    play(World())
    assert seen[0].environment()[NO_SCHEDULES]


class TestTimeline:
    def test_figures_are_those_of_the_primary_metric_in_its_unit(self) -> None:
        minutes = {"value": 1234.5678, "low": 1200.0, "high": 1300.0}
        found = {"partition": "2015-07-01", "estimated": {"mae": minutes, "r2": {}}}
        assert timeline.expected(found, "mae") == "2015-07-01: 1,235 [1,200, 1,300]"
        assert timeline.expected(found, "rmse") == "-"
        assert timeline.drift({"decision": None}) == "-"
        window = {
            "partition": "2015-06-30", "version": "1", "status": "good", "limits": {"primary": "r2"},
            "metrics": {"r2": {"value": 0.98, "low": 0.9, "high": 0.991}, "mae": minutes},
        }  # fmt: skip
        assert timeline.performance({"windows": [window]}) == "2015-06-30 v1: 0.980 [0.900, 0.991] good"

    def test_the_metric_heads_its_columns(self) -> None:
        assert "| mae expected | mae now |" in timeline.table([], "mae")

    def test_a_write_that_is_killed_leaves_the_old_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = timeline.Day(
            day="2005-05-31", drift="", expected="", performance="", verdict="", retrained="", promoted="",
            champion="",
        )  # fmt: skip
        file = tmp_path / "timeline.json"
        timeline.write(file, [line])

        def killed_in_the_middle(path: Path, text: str) -> None:
            with path.open("w") as stream:
                stream.write(text[: len(text) // 2])
            raise Killed

        monkeypatch.setattr(type(file), "write_text", killed_in_the_middle)
        with pytest.raises(Killed):
            timeline.write(file, [line, line])
        assert timeline.read(file) == [line]

    @pytest.mark.parametrize("content", ["", "[{", '[{"day": 1}]', "{}x"])
    def test_what_is_none_is_refused_with_the_way_out(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "timeline.json"
        file.write_text(content)
        with pytest.raises(ConfigError, match=r"timeline\.json is not a timeline.*clean-replay"):
            timeline.read(file)
