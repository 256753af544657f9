"""What a server does about those who have no right, no end or no measure; and a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import requests

from include.errors import ConfigError
from serving.settings import is_loopback, parse_settings
from tests.conftest import ROOT
from tests.world.ports import free_port
from tests.world.served import rows, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig
    from serving.server import ModelServer

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

BASE = ["--model", "m", "--mlflow", "http://127.0.0.1:9"]


# --- options --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        (["--model", "m"], {}, "Where is MLflow?"),
        ([*BASE, "--host", "0.0.0.0"], {}, "--host 0.0.0.0 is reached from other machines, and there is no"),
        ([*BASE, "--host", "::"], {}, "there is no token"),
        ([*BASE, "--host", "serving.example"], {}, "there is no token"),
        (BASE, {"SERVING_TOKEN": "short"}, "The token has 5 characters; expected 16 or more"),
        (BASE, {"SERVING_TOKEN": f"{'t' * 20}\n{'t' * 20}"}, "SERVING_TOKEN holds blanks, line breaks"),
        ([*BASE, "--alias", "../../champion"], {}, "--alias '../../champion' is not a valid alias"),
        ([*BASE, "--challenger", ""], {}, "--challenger '' is not a valid alias"),
        ([*BASE, "--token-file", "/nowhere"], {}, "--token-file /nowhere can't be read"),
        ([*BASE, "--token-file", "/dev/null"], {}, "--token-file /dev/null is empty"),
        ([*BASE, "--canary", "10%", "--alias", "challenger"], {}, "--canary needs another alias"),
    ],
)  # fmt: skip
def test_it_does_not_start_with_options_that_do_not_go_together(
    options: list[str], environment: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_settings(options, environment)


@pytest.mark.parametrize("options", [["--poll-seconds", "0"], ["--max-bytes", "-1"], ["--log-seconds", "nan"],
                                     ["--answer-seconds", "inf"], ["--canary", "10"]])  # fmt: skip
def test_no_number_is_without_a_measure(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings([*BASE, *options], {})
    assert "is not a" in capsys.readouterr().err


def test_a_token_opens_other_addresses_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{'t' * 24}\n")
    found = parse_settings([*BASE, "--host", "0.0.0.0", "--token-file", str(file), "--canary", "5%"], {})
    assert (found.token, found.canary) == ("t" * 24, 0.05)
    assert "ttt" not in repr(found)
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost")))
    assert not any(map(is_loopback, ("10.0.0.1", "0.0.0.0", "::", "localhost.example", "")))


# --- a server without MLflow: its line-up is put in by hand ---------------------------------------
class Asked:
    """A server in a thread of this process."""

    def __init__(self, server: ModelServer, port: int) -> None:
        self.server, self.port, self.url = server, port, f"http://127.0.0.1:{port}"

    def post(self, **more: Any) -> requests.Response:
        return requests.post(f"{self.url}/invocations", timeout=30, **more)

    def figure(self, name: str) -> float:
        metrics = requests.get(f"{self.url}/metrics", timeout=10).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.MULTILINE)
        assert found, metrics
        return float(found[1])

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@pytest.fixture
def start(config: ModelConfig, pipelines: list[Any], tmp_path: Path) -> Iterator[Callable[..., Asked]]:
    from serving.lineup import Lineup
    from serving.loaded_version import LoadedVersion, VersionId
    from serving.server import ModelServer
    from serving.settings import Settings
    from serving.signature import Signature

    running: list[tuple[ModelServer, threading.Thread]] = []
    kinds = {
        **dict.fromkeys(config.features.numeric, "double"),
        **dict.fromkeys(config.features.categorical, "string"),
    }

    def make(model: Any = None, **options: Any) -> Asked:
        settings = Settings(**{
            "model": config.name, "models": tmp_path, "mlflow": "http://127.0.0.1:9", "state": tmp_path,
            "port": free_port(), **options,
        })  # fmt: skip
        server = ModelServer(settings, config)
        version = LoadedVersion(
            id=VersionId(number="1", source="models:/m-1", run_id=""), model=model or pipelines[0],
            signature=Signature(tuple(kinds.items()), "null"), config=config, example=None, loaded_at=0.0,
        )  # fmt: skip
        server.follower.lineup = Lineup(main=version)
        thread = threading.Thread(target=server.web.run, daemon=True)
        thread.start()
        running.append((server, thread))
        deadline = time.monotonic() + 30
        while not server.web.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return Asked(server, settings.port)

    yield make
    for server, thread in running:
        server.web.should_exit = True
        thread.join(30)
        server.close()


def test_only_who_has_the_token_is_answered(start: Callable[..., Asked], config: ModelConfig) -> None:
    asked, body = start(token="t" * 24), split(rows(config, 1))
    right = {"authorization": f"Bearer {'t' * 24}"}
    assert asked.post(json=body, headers=right).status_code == 200
    for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": f"Basic {'t' * 24}"},
                  {"authorization": "Bearer \xe9".encode("latin-1")}):  # fmt: skip
        answer = asked.post(json=body, headers=wrong)
        assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/version", "/metrics"):
        assert requests.get(f"{asked.url}{path}", timeout=10).status_code == 401
        assert requests.get(f"{asked.url}{path}", timeout=10, headers=right).status_code == 200
    assert requests.get(f"{asked.url}/ping", timeout=10).status_code == 200, "a probe has no token"


def test_bodies_have_a_size_a_type_and_a_host(start: Callable[..., Asked], config: ModelConfig) -> None:
    asked, body = start(max_bytes=2_000, max_rows=4), split(rows(config, 1))
    assert asked.post(json=body).status_code == 200
    assert asked.post(json=split(rows(config, 5))).status_code == 413
    large = b" " * 3_000
    kind = {"content-type": "application/json"}
    assert asked.post(data=large, headers=kind).status_code == 413
    assert asked.post(data=iter([large]), headers=kind).status_code == 413, "without its length announced"
    for headers in ({"content-type": "text/plain"}, {}, {**kind, "content-encoding": "gzip"},
                    {"content-type": "application/json; charset=latin-1"}):  # fmt: skip
        assert asked.post(data=b"{}", headers=headers).status_code == 415
    assert asked.post(json=body, headers={"host": "rebound.example:8000"}).status_code == 403
    for host in ("localhost", "[::1]:8000", "127.0.0.1:1"):
        assert asked.post(json=body, headers={"host": host}).status_code == 200
    assert requests.get(f"{asked.url}/invocations", timeout=10).status_code == 405
    for path in ("/nothing", "/ping/", "//ping", "/version/..", "/%2e%2e/version", "/metrics%00"):
        answer = requests.Request("GET", asked.url).prepare()
        answer.url = f"{asked.url}{path}"  # as it is: requests would tidy it up
        found = requests.Session().send(answer, timeout=10, allow_redirects=False)
        assert found.status_code == 404, path


def test_who_sends_byte_by_byte_is_left(start: Callable[..., Asked], config: ModelConfig) -> None:
    asked = start(header_seconds=0.5, body_seconds=0.5)
    head = b"POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    for sent, said in (
        (b"POST /invo", b"408 Request Timeout"),
        (head + b"x: " + b"y" * 70_000, b"431 Request Header"),
        (head + b"content-length: 10\r\n\r\n{", b"408 Request Timeout"),
        (b"", b""),
        (b"\0\0\0\r\n\r\n", b"400 Bad Request"),
    ):
        with asked.connect() as connection:
            began = time.monotonic()
            connection.sendall(sent)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            assert said in answer.split(b"\r\n")[0]
            assert time.monotonic() - began < 15
    # One on the same connection that has been used before is left as well, and what is in time is answered.
    with asked.connect() as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert b"200 OK" in connection.recv(4_096)
        connection.sendall(b"GET /pi")
        assert b"408" in connection.recv(4_096)
    assert asked.post(json=split(rows(config, 1))).status_code == 200


def test_who_takes_no_answers_is_left(start: Callable[..., Asked], config: ModelConfig) -> None:
    asked = start(body_seconds=0.5, header_seconds=60)
    connections = asked.server.web.server_state.connections
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", asked.port))
        connection.settimeout(1)
        deadline = time.monotonic() + 15
        with suppress(OSError):  # there is no room for what is sent, or nobody is there any more
            while time.monotonic() < deadline:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n" * 8)
                time.sleep(0.02)
        while connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not connections
    assert asked.post(json=split(rows(config, 1))).status_code == 200


def test_a_connection_holds_few_requests_at_a_time(start: Callable[..., Asked], config: ModelConfig) -> None:
    asked, one = start(), b"GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n"
    for number, answered in ((50, 50), (3_000, 0)):
        answer = b""
        with asked.connect() as connection, suppress(ConnectionError):
            connection.sendall(one * number)
            while answer.count(b"200 OK") < number and (part := connection.recv(65_536)):
                answer += part
        assert answer.count(b"200 OK") in range(answered, answered + 50)
    assert requests.get(f"{asked.url}/ping", timeout=10).status_code == 200


class Slow:
    """A model that takes its time."""

    classes_ = (0, 1)

    def __init__(self, seconds: float) -> None:
        self.seconds, self.asked = seconds, 0

    def predict_proba(self, frame: Any) -> Any:
        self.asked += 1
        time.sleep(self.seconds)
        return np.full((len(frame), 2), 0.5)


def test_no_answer_is_waited_for_longer_than_allowed_and_ping_goes_on(
    start: Callable[..., Asked], config: ModelConfig
) -> None:
    asked, body = start(Slow(1.5), answer_seconds=0.3, max_waiting=2), split(rows(config, 1))
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(asked.post(json=body).status_code)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    assert requests.get(f"{asked.url}/ping", timeout=10).status_code == 200
    assert time.monotonic() - began < 1.4, "the event loop waits for no model"
    for thread in threads:
        thread.join()
    assert statuses == [503] * 4


def test_a_slow_second_request_on_a_connection_waits_for_the_first_answer(
    start: Callable[..., Asked], config: ModelConfig
) -> None:
    asked, body = start(Slow(0.8), header_seconds=0.3), json.dumps(split(rows(config, 1))).encode()
    head = b"POST /invocations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    with asked.connect() as connection:
        connection.sendall(head + b"content-length: %d\r\n\r\n%b" % (len(body), body) + b"POST /invo")
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    first, _, second = answer.partition(b"]]}")
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert second.startswith(b"HTTP/1.1 408 "), "one whole answer after the other"


def test_what_is_being_answered_when_a_signal_comes_is_answered(
    start: Callable[..., Asked], config: ModelConfig
) -> None:
    model = Slow(0.8)
    asked, answers = start(model), []
    body = split(rows(config, 1))
    threads = [threading.Thread(target=lambda: answers.append(asked.post(json=body))) for _ in range(3)]
    for thread in threads:
        thread.start()
    while not model.asked:
        time.sleep(0.01)
    time.sleep(0.1)
    asked.server.web.should_exit = True  # what uvicorn does on SIGTERM
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 3
    with pytest.raises(requests.ConnectionError):
        asked.post(json=body)


def test_a_model_that_fails_is_the_servers_fault_and_one_that_refuses_the_clients(
    start: Callable[..., Asked], config: ModelConfig
) -> None:
    class Failing(Slow):
        def predict_proba(self, frame: Any) -> Any:
            raise self.error

    model = Failing(0)
    asked = start(model)
    for error, status in ((ValueError("Input X contains NaN"), 422), (RuntimeError("secret"), 500)):
        model.error = error
        answer = asked.post(json=split(rows(config, 1)))
        assert (answer.status_code, "version 1" in answer.json()["message"]) == (status, True)
    assert asked.figure('serving_requests_total{status="500"}') == 1


# --- the log --------------------------------------------------------------------------------------
def test_a_full_queue_and_a_full_disk_delay_no_answer_and_are_counted(
    start: Callable[..., Asked], config: ModelConfig, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder can be made here")
    asked = start(log_to=f"file://{blocked}/log", log_seconds=0.1, log_queue=2)
    log = asked.server.log
    assert log is not None
    assert asked.post(json=split(rows(config, 3))).status_code == 200
    assert asked.figure("serving_log_dropped_rows_total") == 3, "room is counted in rows"
    for _ in range(20):
        assert asked.post(json=split(rows(config, 2))).status_code == 200
    time.sleep(0.3)
    blocked.unlink()
    log.close()
    written = asked.figure("serving_log_rows_total")
    assert written + asked.figure("serving_log_dropped_rows_total") == 43
    assert written > 0, "what could not be written is kept until it can"


def test_a_share_of_the_requests_is_logged(config: ModelConfig, tmp_path: Path) -> None:
    from serving.lineup import Answer
    from serving.log_files import LogFolder, Logged
    from serving.metrics import Metrics
    from serving.request_log import RequestLog

    metrics, frame = Metrics(), rows(config, 1)
    log = RequestLog(
        LogFolder(f"file://{tmp_path}", "m"), config, metrics, share=0.25, seconds=60, room=10_000
    )
    for number in range(2_000):
        received = 1e9 + 86_400 * (number % 2)
        log.offer(Logged(received, str(number), frame, {}, Answer(np.array([[0.5, 0.5]]), "1")))
    log.close()
    counted = re.search(r"^serving_log_rows_total (\S+)$", metrics.text().decode(), re.MULTILINE)
    assert counted
    written = float(counted[1])
    assert 400 < written < 600
    days = {path.parent.name for path in tmp_path.rglob("*.parquet")}
    assert days == {"as_of=2001-09-09", "as_of=2001-09-10"}


# --- a process ------------------------------------------------------------------------------------
def test_an_unknown_model_is_named_with_the_nearest(caplog: pytest.LogCaptureFixture) -> None:
    from serving.__main__ import main

    models = str(ROOT / "include" / "models")
    assert main(["--model", "credit_risc", "--models", models, "--mlflow", "http://127.0.0.1:9"]) == 2
    assert "did you mean 'credit_risk'?" in caplog.text


def test_the_process_is_up_before_mlflow_is_and_ends_on_a_signal(tmp_path: Path) -> None:
    port = free_port()
    options = ["--model", "credit_risk", "--mlflow", "http://127.0.0.1:9", "--state", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "serving", *options, "--port", str(port)], cwd=ROOT,
        env={**os.environ, "SERVING_TOKEN": ""}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline, status = time.monotonic() + 100, 0
    while not status and time.monotonic() < deadline:
        try:
            status = requests.get(f"http://127.0.0.1:{port}/ping", timeout=5).status_code
        except requests.ConnectionError:
            time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0, "what a signal kills has not written its log"
    assert status == 503, "it is up, and has no version"
