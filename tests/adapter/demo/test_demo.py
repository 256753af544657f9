from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from demo import databases, demo, replay, runs, servers
from demo.days import First
from demo.state import State
from include.errors import ConfigError, InfrastructureError
from mlops.cli import dag_runs
from mlops.cli.airflow_api import AirflowApi, AirflowApiError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapter.conftest import HttpServer

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

DAG_ID = "credit_risk_training"
FIRST = First(day="2005-05-31", why="the first labels")
RUNS = f"/api/v2/dags/{DAG_ID}/dagRuns"
STARTED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def api(http_server: HttpServer) -> AirflowApi:
    return AirflowApi(http_server.url, patience=0)


@pytest.fixture
def local(tmp_path: Path, http_server: HttpServer) -> State:
    return State(folder=tmp_path / "state", airflow_port=http_server.port, mlflow_port=9)


@pytest.fixture
def servers_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "running", lambda state: dict.fromkeys(state.commands()))


@pytest.mark.parametrize("keep", [True, False])
def test_a_replay_names_the_addresses_of_servers_that_it_leaves_up(
    local: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keep: bool
) -> None:
    monkeypatch.setattr(replay, "start_all", lambda *_: None)
    monkeypatch.setattr(servers, "wait_until", lambda *rest: None)
    monkeypatch.setattr(runs, "unpause", lambda api, dag_id: None)
    assert replay.replay(local, keep=keep, days=()) == 0
    said = capsys.readouterr().out
    assert (local.airflow_url in said) == ("make replay-stop" in said) == keep
    assert ("No demo server is running" in said) != keep


class TestClean:
    def test_it_removes_what_the_demo_made(self, local: State, capsys: pytest.CaptureFixture[str]) -> None:
        servers.claim(local)
        assert demo.clean(local) == 0
        assert not local.folder.exists()
        assert f"Removed {local.folder}" in capsys.readouterr().out

    def test_it_never_removes_anything_else(self, local: State) -> None:
        local.folder.mkdir()
        (local.folder / "thesis.tex").write_text("x")
        with pytest.raises(ConfigError, match="left alone"):
            demo.clean(local)
        assert (local.folder / "thesis.tex").exists()

    def test_nothing_to_remove_is_not_an_error(
        self, local: State, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert demo.clean(local) == 0
        assert "There is no" in capsys.readouterr().out


def test_stopping_what_does_not_run_says_so(local: State, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.down(local) == 0
    assert capsys.readouterr().out == "No demo server is running.\n"


def test_a_running_demo_on_other_ports_is_reported(
    local: State, servers_run: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.claim(local)
    elsewhere = State(folder=local.folder, airflow_port=1, mlflow_port=2)
    with pytest.raises(ConfigError, match=rf"ports {local.airflow_port} and 9.*make demo-stop"):
        demo.start_all(elsewhere)


def test_a_running_demo_is_used_as_it_is(
    local: State, servers_run: None, capsys: pytest.CaptureFixture[str]
) -> None:
    servers.claim(local)
    assert demo.start_all(local) is False
    assert "already running" in capsys.readouterr().out
    assert sorted(folder.name for folder in local.source.iterdir()) == [
        "credit_risk",
        "digits",
        "flight_time",
    ]


class TestDagIsThere:
    def test_a_dag_parsed_by_these_servers_is(self, api: AirflowApi, http_server: HttpServer) -> None:
        parsed = (STARTED + timedelta(seconds=5)).isoformat()
        http_server.answers["GET /api/v2/dags/d"] = {"last_parsed_time": parsed}
        assert demo.dag_is_there(api, "d", STARTED)

    @pytest.mark.parametrize("parsed", [None, "2025-12-31T00:00:00Z"])
    def test_one_of_an_earlier_demo_is_not(
        self, api: AirflowApi, http_server: HttpServer, parsed: str | None
    ) -> None:
        http_server.answers |= {
            "GET /api/v2/dags/d": {"last_parsed_time": parsed},
            "GET /api/v2/importErrors": {"import_errors": []},
        }
        assert not demo.dag_is_there(api, "d", STARTED)

    def test_one_that_is_not_known_yet_is_not(self, api: AirflowApi, http_server: HttpServer) -> None:
        http_server.answers["GET /api/v2/importErrors"] = {"import_errors": []}
        assert not demo.dag_is_there(api, "d", STARTED)

    def test_a_file_that_cannot_be_imported_ends_the_waiting(
        self, api: AirflowApi, http_server: HttpServer
    ) -> None:
        broken = {
            "timestamp": (STARTED + timedelta(seconds=5)).isoformat(),
            "filename": "training.py",
            "stack_trace": "SyntaxError",
        }
        http_server.answers["GET /api/v2/importErrors"] = {"import_errors": [broken]}
        with pytest.raises(InfrastructureError, match=r"training.py can't be imported:\nSyntaxError"):
            demo.dag_is_there(api, "d", STARTED)
        broken["timestamp"] = (STARTED - timedelta(days=1)).isoformat()
        assert not demo.dag_is_there(api, "d", STARTED), "it has been mended since"

    def test_a_server_in_trouble_is_reported(self, api: AirflowApi, http_server: HttpServer) -> None:
        http_server.answers["GET /api/v2/dags/d"] = (500, {"detail": "database is locked"})
        with pytest.raises(AirflowApiError, match="locked"):
            demo.dag_is_there(api, "d", STARTED)


@pytest.mark.parametrize(
    ("health", "ready"),
    [
        ({}, False),
        ({"scheduler": "healthy"}, False),
        (dict.fromkeys(("metadatabase", "scheduler", "dag_processor", "triggerer"), "healthy"), True),
        (
            {
                **dict.fromkeys(("metadatabase", "scheduler", "dag_processor"), "healthy"),
                "triggerer": "unhealthy",
            },
            False,
        ),
    ],
)
def test_airflow_is_ready_when_all_its_parts_are(health: dict[str, str], ready: bool) -> None:
    class Api:
        def healthy(self) -> dict[str, str]:
            return health

    assert demo._all_healthy(Api()) is ready  # type: ignore[arg-type]


def task(name: str, state: str, end: str | None = "2026-01-01T00:00:00Z", tries: int = 1) -> dict[str, Any]:
    return {"task_id": name, "state": state, "end_date": end, "duration": 1.5, "try_number": tries}


class FakeRun:
    """A run of which each question sees the next step."""

    def __init__(self, server: HttpServer, *steps: tuple[str, list[dict[str, Any]]]) -> None:
        self.steps, self.run_id = list(steps), ""
        server.answers |= {
            f"PATCH /api/v2/dags/{DAG_ID}?update_mask=is_paused": {},
            f"POST {RUNS}": lambda body: self.begin(server, body),
        }

    def begin(self, server: HttpServer, body: dict[str, Any]) -> dict[str, Any]:
        self.body = body
        server.answers |= {
            f"GET {RUNS}/{body['dag_run_id']}": lambda _: {"state": self.steps[0][0]},
            f"GET {RUNS}/{body['dag_run_id']}/taskInstances": lambda _: {"task_instances": self.step()},
        }
        return {}

    def step(self) -> list[dict[str, Any]]:
        return self.steps.pop(0)[1]


@pytest.mark.usefixtures("servers_run")
class TestFollowing:
    def test_each_task_is_shown_once_as_it_ends(
        self,
        api: AirflowApi,
        http_server: HttpServer,
        local: State,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        run = FakeRun(
            http_server,
            ("running", [task("extract", "running", None)]),
            ("running", [task("extract", "up_for_retry"), task("alert", "None", None)]),
            ("running", [task("extract", "success", tries=2)]),
            (
                "failed",
                [task("extract", "success", tries=2), task("validate", "failed"), task("alert", "skipped")],
            ),
        )
        assert demo._train(api, local, 0.0, model="credit_risk", first=FIRST) is False
        lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]
        assert run.body["conf"] == {"as_of": FIRST.day}
        assert lines[1:5] == [
            "extract 1.5 s will be retried",
            "extract 1.5 s done",
            "validate 1.5 s FAILED",
            "not needed alert",
        ]
        assert "The run failed" in lines[5]

    def test_the_dag_is_switched_on_and_triggered_by_hand(
        self, api: AirflowApi, http_server: HttpServer, local: State
    ) -> None:
        run = FakeRun(http_server, ("failed", []))
        demo._train(api, local, 0.0, model="credit_risk", first=FIRST)
        assert http_server.asked("PATCH")[0][1] == {"is_paused": False}
        assert run.body["logical_date"] is None
        assert run.body["dag_run_id"].startswith(f"demo__{FIRST.day}__")

    def test_a_server_that_dies_ends_it(
        self,
        api: AirflowApi,
        http_server: HttpServer,
        local: State,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        FakeRun(http_server, ("running", []))
        monkeypatch.setattr(servers, "running", lambda state: {})
        with pytest.raises(InfrastructureError, match="server stopped"):
            demo._train(api, local, 0.0, model="credit_risk", first=FIRST)

    def test_a_run_that_never_ends_is_given_up(
        self,
        api: AirflowApi,
        http_server: HttpServer,
        local: State,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        FakeRun(http_server)
        monkeypatch.setattr(dag_runs, "RUN_SECONDS", 0)
        with pytest.raises(InfrastructureError, match=r"not ended after 0 s: http://127\.0\.0\.1"):
            demo._train(api, local, 0.0, model="credit_risk", first=FIRST)


class TestUp:
    """What is left running, and the exit code, by how the training ended."""

    @pytest.fixture(autouse=True)
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        calls: list[str] = []
        monkeypatch.setattr(demo.signal, "signal", lambda *_: None)
        monkeypatch.setattr(demo, "down", lambda state: calls.append("down") or 0)
        monkeypatch.setattr(servers, "running", lambda state: {})
        return calls

    @pytest.mark.parametrize(("succeeded", "code"), [(True, 0), (False, 1)])
    def test_once_stops_the_servers_and_tells_how_it_went(
        self,
        local: State,
        calls: list[str],
        monkeypatch: pytest.MonkeyPatch,
        succeeded: bool,
        code: int,
    ) -> None:
        monkeypatch.setattr(demo, "start_all", lambda *_: True)
        monkeypatch.setattr(demo, "_train", lambda *_, **__: succeeded)
        assert demo.up(local, once=True) == code
        assert calls == ["down"]

    def test_servers_of_another_demo_stay_up(
        self,
        local: State,
        calls: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(demo, "start_all", lambda *_: False)
        monkeypatch.setattr(demo, "dag_is_there", lambda *_: True)
        monkeypatch.setattr(demo, "_train", lambda *_, **__: True)
        assert demo.up(local, once=False) == 0
        assert calls == []
        assert "stay up" in capsys.readouterr().out

    def test_own_servers_stop_at_the_end(
        self,
        local: State,
        calls: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(demo, "start_all", lambda *_: True)
        monkeypatch.setattr(demo, "_train", lambda *_, **__: True)
        assert demo.up(local, once=False) == 0
        assert calls == ["down"]
        shown = capsys.readouterr().out
        assert local.airflow_url in shown
        assert local.mlflow_url in shown

    @pytest.mark.parametrize(("once", "code"), [(False, 0), (True, 130)])
    def test_ctrl_c_stops_them_too(
        self, local: State, calls: list[str], monkeypatch: pytest.MonkeyPatch, once: bool, code: int
    ) -> None:
        def interrupt(*_: object, **__: object) -> bool:
            raise KeyboardInterrupt

        monkeypatch.setattr(demo, "start_all", lambda *_: True)
        monkeypatch.setattr(demo, "_train", interrupt)
        assert demo.up(local, once=once) == code
        assert calls == ["down"]

    @pytest.mark.parametrize("once", [False, True])
    def test_a_demo_that_is_just_starting_is_not_stopped_by_another(
        self, local: State, calls: list[str], once: bool
    ) -> None:
        servers.claim(local)
        with (local.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(ConfigError, match=r"Another `make demo` is just starting"):
                demo.up(local, once=once)
        assert calls == []


@pytest.mark.parametrize("error", [InfrastructureError("not ready"), KeyboardInterrupt()])
def test_servers_that_do_not_come_up_are_not_left_half_started(
    local: State, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    stopped: list[State] = []
    monkeypatch.setattr(servers, "check_ports", lambda state: None)
    monkeypatch.setattr(servers, "start", lambda state, names: None)
    monkeypatch.setattr(databases, "make", fail)
    monkeypatch.setattr(servers, "stop", stopped.append)
    servers.claim(local)
    with pytest.raises(type(error)):
        demo.start_all(local)
    assert stopped == [local, local], (
        "before, what an earlier start has left; after, what this one has started"
    )
