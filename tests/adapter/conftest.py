"""What the tests of operators, hooks and command line share: a tiny server in place of Airflow's, and run
contexts without an Airflow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.http_server import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _process_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back how connections are looked up, which commands change for their process."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "")


@dataclass
class HttpServer:
    """A server on 127.0.0.1 that answers as a test says and remembers what it was asked.

    :param answers: ``"GET /path"`` to what is answered: a JSON value, (status, value), bytes, or a function
        of the request's body that returns one of these. A path that is not listed is answered with 404.
    :param requests: method, path, body and headers of each request, in order.
    """

    port: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str, Any, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, method: str) -> list[tuple[str, Any]]:
        """Return path and body of each request of a method."""
        return [(path, body) for found, path, body, _ in self.requests if found == method]


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    known = HttpServer()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(sent) if sent else None
            known.requests.append((self.command, self.path, body, dict(self.headers)))
            answer = known.answers.get(f"{self.command} {self.path}", (404, {"detail": "not found"}))
            if callable(answer):
                answer = answer(body)
            status, value = answer if isinstance(answer, tuple) else (200, answer)
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = answer

        def log_message(self, *arguments: Any) -> None: ...

    with listening(Handler) as known.port:
        yield known


@dataclass
class TaskInstance:
    """As much of a task instance as operators use."""

    dag_id: str = "credit_risk_training"
    run_id: str = "manual__1"
    task_id: str = "task"
    map_index: int = -1
    task: Any = None
    handed_on: dict[tuple[str, str], Any] = field(default_factory=dict)
    pushed: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str = "return_value") -> Any:
        return self.handed_on.get((task_ids, key))


@pytest.fixture
def make_instance() -> Callable[..., TaskInstance]:
    """Return a function that makes a task instance; ``handed_on`` holds what earlier tasks pushed."""
    return TaskInstance
