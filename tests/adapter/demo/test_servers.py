from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import pytest

from demo import servers
from demo.state import State
from include.errors import ConfigError, InfrastructureError
from mlops.cli.local_connections import MARKER
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

SLEEP = "import time; time.sleep(60)"
WITH_A_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"
DIES = "import sys; print('no such database', flush=True); sys.exit(3)"


@dataclass(frozen=True, kw_only=True)
class Dummies(State):
    """A state whose servers are small Python programs."""

    programs: tuple[tuple[str, str], ...] = (("one", SLEEP), ("two", WITH_A_CHILD))

    def commands(self) -> dict[str, list[str]]:
        return {name: [sys.executable, "-c", program] for name, program in self.programs}


def state_with(folder: Path, **programs: str) -> Dummies:
    given = {"programs": tuple(programs.items())} if programs else {}
    return Dummies(folder=folder, airflow_port=free_port(), mlflow_port=free_port(), **given)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Dummies]:
    demo = state_with(tmp_path / "state")
    servers.claim(demo)
    yield demo
    servers.stop(demo)


def wait(condition: object, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


class TestClaim:
    def test_a_new_folder_is_made(self, tmp_path: Path) -> None:
        demo = state_with(tmp_path / "new" / "state")
        servers.claim(demo)
        assert json.loads((demo.folder / MARKER).read_text())["mlflow_port"] == demo.mlflow_port
        assert (demo.folder / "logs").is_dir()

    def test_an_empty_folder_is_taken(self, tmp_path: Path) -> None:
        servers.claim(state_with(tmp_path))
        assert (tmp_path / MARKER).exists()

    def test_the_folder_of_an_earlier_demo_is_taken_again(self, demo: Dummies) -> None:
        servers.start(demo, ["one"])
        servers.claim(demo)
        assert set(servers.running(demo)) == {"one"}, "the note of who runs is kept"

    def test_somebody_elses_folder_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("x")
        with pytest.raises(ConfigError, match=r"not made by `make demo`.*STATE=") as caught:
            servers.claim(state_with(tmp_path))
        assert str(tmp_path) in str(caught.value)
        assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]

    def test_a_file_in_its_place_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "state").write_text("x")
        with pytest.raises(ConfigError, match=r"Not a directory.*STATE="):
            servers.claim(state_with(tmp_path / "state"))

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(ConfigError, match=r"can't be made.*STATE="):
            servers.claim(state_with(tmp_path / "file" / "state"))


class TestPorts:
    def test_free_ports_pass(self, demo: Dummies) -> None:
        servers.check_ports(demo)

    @pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
    @pytest.mark.parametrize("name", ["airflow_port", "mlflow_port"])
    def test_a_busy_port_is_named_with_who_holds_it_and_the_way_out(
        self, demo: Dummies, name: str, address: str
    ) -> None:
        port = getattr(demo, name)
        with socket.create_server((address, port)), pytest.raises(ConfigError) as caught:
            servers.check_ports(demo)
        said = str(caught.value)
        assert f"Port {port} on 127.0.0.1 is taken" in said
        assert f"process {os.getpid()}" in said
        assert f"make demo {name.upper()}={port + 10}" in said

    def test_a_port_that_was_just_closed_is_free(self, demo: Dummies) -> None:
        with (
            socket.create_server(("127.0.0.1", demo.airflow_port)) as server,
            socket.create_connection(server.getsockname()) as client,
        ):
            accepted, _ = server.accept()
            accepted.close()  # this side ends in TIME_WAIT
            client.recv(1)
        servers.check_ports(demo)

    def test_where_the_owner_cannot_be_seen_it_is_left_out(
        self, demo: Dummies, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(kind: str) -> None:
            raise psutil.AccessDenied

        monkeypatch.setattr(psutil, "net_connections", refuse)
        busy = socket.create_server(("127.0.0.1", demo.airflow_port))
        with busy, pytest.raises(ConfigError, match=r"another program\. Stop it"):
            servers.check_ports(demo)


class TestStartAndStop:
    def test_what_was_started_runs_until_it_is_stopped(self, demo: Dummies) -> None:
        servers.start(demo, ["one", "two"])
        alive = servers.running(demo)
        assert set(alive) == {"one", "two"}
        wait(alive["two"].children)
        family = [*alive.values(), *alive["two"].children()]
        assert servers.stop(demo) == ["one", "two"]
        assert [process for process in family if process.is_running() and process.status() != "zombie"] == []
        assert servers.running(demo) == {}

    def test_another_command_knows_them(self, demo: Dummies) -> None:
        servers.start(demo, ["one"])
        again = Dummies(folder=demo.folder, airflow_port=1, mlflow_port=2)
        assert set(servers.running(again)) == {"one"}

    def test_one_after_the_other_is_noted(self, demo: Dummies) -> None:
        servers.start(demo, ["one"])
        servers.start(demo, ["two"])
        assert set(servers.running(demo)) == {"one", "two"}

    def test_one_that_ignores_a_request_is_killed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        demo = state_with(tmp_path, deaf=STUBBORN)
        servers.claim(demo)
        monkeypatch.setattr(servers, "_STOP_SECONDS", 0.3)
        servers.start(demo, ["deaf"])
        process = servers.running(demo)["deaf"]
        wait(lambda: "deaf" in demo.log("deaf").read_text())
        assert servers.stop(demo) == ["deaf"]
        psutil.wait_procs([process], timeout=5)
        assert not process.is_running() or process.status() == "zombie"

    def test_a_server_that_was_killed_does_not_run(self, demo: Dummies) -> None:
        servers.start(demo, ["one"])
        process = servers.running(demo)["one"]
        process.send_signal(signal.SIGKILL)
        wait(lambda: "one" not in servers.running(demo))

    def test_a_stranger_with_the_number_of_an_old_server_is_left_alone(self, demo: Dummies) -> None:
        note = {"servers": {"one": {"pid": os.getpid(), "started": psutil.Process().create_time() - 3600}}}
        (demo.folder / MARKER).write_text(json.dumps(note))
        assert servers.running(demo) == {}
        assert servers.stop(demo) == []

    @pytest.mark.parametrize("content", [None, "", "{", "{}"])
    def test_without_a_readable_note_nothing_runs(self, demo: Dummies, content: str | None) -> None:
        (demo.folder / MARKER).unlink()
        if content is not None:
            (demo.folder / MARKER).write_text(content)
        assert servers.running(demo) == {}

    def test_a_server_has_the_environment_of_the_demo_and_a_log(self, tmp_path: Path) -> None:
        demo = state_with(tmp_path, show="import os; print(os.environ['MLOPS_STATE'], flush=True)")
        servers.claim(demo)
        servers.start(demo, ["show"])
        wait(lambda: demo.log("show").read_text() == f"{tmp_path}\n")


class TestStrays:
    """What was started is found again, whoever was killed before he could note it."""

    def test_a_server_that_nobody_noted_is_stopped(self, demo: Dummies) -> None:
        servers.start(demo, ["one"])
        process = servers.running(demo)["one"]
        (demo.folder / MARKER).write_text('{"servers": {}}')
        assert servers.stop(demo) == []
        assert not process.is_running() or process.status() == "zombie"

    def test_the_children_of_a_server_that_was_killed_are_stopped(self, demo: Dummies) -> None:
        servers.start(demo, ["two"])
        process = servers.running(demo)["two"]
        wait(process.children)
        (child,) = process.children()
        process.send_signal(signal.SIGKILL)
        wait(lambda: "two" not in servers.running(demo))
        assert child.is_running()
        servers.stop(demo)
        assert not child.is_running() or child.status() == "zombie"

    def test_those_of_another_folder_go_on(self, demo: Dummies, tmp_path: Path) -> None:
        other = state_with(tmp_path / "other")
        servers.claim(other)
        servers.start(other, ["one"])
        try:
            servers.stop(demo)
            assert set(servers.running(other)) == {"one"}
        finally:
            servers.stop(other)


class TestWaiting:
    def test_it_ends_when_the_server_is_ready(self, demo: Dummies) -> None:
        servers.start(demo, ["one", "two"])
        answers = iter([False, True])
        servers.wait_until("Airflow", lambda: next(answers), demo, 10)
        assert next(answers, None) is None

    def test_it_ends_early_when_a_server_died_and_shows_its_last_words(self, tmp_path: Path) -> None:
        demo = state_with(tmp_path, broken=DIES)
        servers.claim(demo)
        servers.start(demo, ["broken"])
        with pytest.raises(
            InfrastructureError, match=r"(?s)broken server stopped.*no such database"
        ) as caught:
            servers.wait_until("Airflow", lambda: False, demo, 30)
        assert str(demo.log("broken")) in str(caught.value)

    def test_it_is_given_up_after_a_while(self, demo: Dummies) -> None:
        servers.start(demo, ["one", "two"])
        with pytest.raises(InfrastructureError, match=r"Airflow was not ready after 0\.1 s.*logs"):
            servers.wait_until("Airflow", lambda: False, demo, 0.1)


def test_only_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"\xff\n" + b"".join(b"line %d\n" % number for number in range(100)))
    shown = servers.last_lines(log, 2)
    assert shown == f"  line 98\n  line 99\n  (all of it: {log})"


def test_a_log_that_was_never_written_is_still_named(tmp_path: Path) -> None:
    assert servers.last_lines(tmp_path / "none.log") == f"  (all of it: {tmp_path / 'none.log'})"
