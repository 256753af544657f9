"""Requests that change something come one after the other where the database has one writer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mlops.api_server import one_writer
from mlops.api_server.one_writer import OneWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Message, Receive, Scope, Send

pytestmark = pytest.mark.adapter

WHOLE: Sequence[Message] = ({"type": "http.request", "body": b"all", "more_body": False},)
PARTS: Sequence[Message] = (
    {"type": "http.request", "body": b"a", "more_body": True},
    {"type": "http.request", "body": b"b", "more_body": True},
    {"type": "http.request", "body": b"c", "more_body": False},
)


class Server:
    """Answers a request after a while, and notes who is inside and what they sent."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.together: list[list[str]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside.append(scope["method"])
        self.together.append(list(self.inside))
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        self.bodies.append(body)
        await asyncio.sleep(0.01)
        self.inside.remove(scope["method"])
        if body == b"fail":
            raise RuntimeError("refused")


async def ask(
    app: Any,
    method: str,
    messages: Sequence[Message] = WHOLE,
    path: str = "/api/v2/dags",
    *,
    stalls: bool = False,
) -> None:
    left = list(messages)

    async def receive() -> Message:
        if not left and stalls:
            await asyncio.Event().wait()
        return left.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await app({"type": "http", "method": method, "path": path}, receive, send)


def run(*requests: tuple[str, Sequence[Message]] | tuple[str, Sequence[Message], str]) -> Server:
    server = Server()

    async def together() -> None:
        app = OneWriter(server)
        await asyncio.gather(*(ask(app, *request) for request in requests), return_exceptions=True)

    asyncio.run(together())
    return server


def test_one_change_at_a_time() -> None:
    server = run(*((method, WHOLE) for method in ("POST", "PATCH", "PUT", "DELETE", "POST")))
    assert server.together == [["POST"], ["PATCH"], ["PUT"], ["DELETE"], ["POST"]]


def test_readings_wait_for_nobody() -> None:
    server = run(("POST", WHOLE), *[("GET", WHOLE)] * 3)
    assert server.together[-1] == ["POST", "GET", "GET", "GET"]


def test_our_pages_do_not_wait_since_the_request_they_make_does() -> None:
    server = run(("POST", WHOLE), ("PUT", WHOLE, "/mlops/model/credit_risk/retrain"))
    assert server.together == [["POST"], ["POST", "PUT"]]


def test_the_body_arrives_whole() -> None:
    assert run(("POST", PARTS), ("POST", WHOLE)).bodies == [b"abc", b"all"]


def test_a_request_that_fails_gives_its_turn_away() -> None:
    fails: Sequence[Message] = ({"type": "http.request", "body": b"fail"},)
    assert run(("POST", fails), ("POST", WHOLE)).bodies == [b"fail", b"all"]


def test_a_client_that_stalls_while_it_sends_holds_up_nobody() -> None:
    server = Server()

    async def together() -> None:
        app = OneWriter(server)
        stalled = asyncio.create_task(ask(app, "POST", PARTS[:1], stalls=True))
        await asyncio.sleep(0)
        await asyncio.wait_for(ask(app, "POST"), 5)
        stalled.cancel()

    asyncio.run(together())
    assert server.bodies == [b"all"]


@pytest.mark.parametrize(
    ("database", "expected"),
    [("sqlite:////some/airflow.db", 1), ("postgresql+psycopg2://airflow@db/airflow", 0)],
)
def test_it_stands_in_front_of_sqlite_only(
    database: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", database)
    assert len(one_writer.middlewares()) == expected
