"""In front of an Airflow on SQLite: one writing request at a time.

SQLite has one writer. Airflow's API writes its audit log from within its event loop, while the change itself
is committed by a thread that the loop has to resume. Two such requests at once deadlock: the loop waits for
the lock, and the thread that has the lock waits for the loop, until SQLite gives up and one of them gets a
500. Meanwhile no request at all is answered, so a longer timeout does not help. One after the other they do
not block each other.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf

from mlops.api_server.own_prefix import PREFIX

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = {"GET", "HEAD", "OPTIONS"}


class OneWriter:
    """ASGI middleware that lets one request that may change something through at a time, in order.

    :param app: what answers the requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what changes something waits until it has arrived whole and it is its turn."""
        if scope["type"] != "http" or scope["method"] in _READING or _writes_through_the_api(scope):
            await self._app(scope, receive, send)
            return
        arrived = await _whole(receive)

        async def replay() -> Message:
            return arrived.pop(0) if arrived else await receive()

        async with self._turn:
            await self._app(scope, replay, send)


def _writes_through_the_api(scope: Scope) -> bool:
    """Tell whether a request is for our pages, which change something by a request of their own.

    That one has to wait for its turn; if both did, the first would wait for the second for ever.
    """
    path: str = scope["path"].removeprefix(str(scope.get("root_path", "")))
    return path.startswith(f"{PREFIX}/")


def middlewares() -> list[dict[str, Any]]:
    """Return what Airflow's API server puts in front of itself: nothing where its database takes writers."""
    if not conf.get("database", "sql_alchemy_conn", fallback="").startswith("sqlite"):
        return []
    return [{"name": "one writer at a time", "middleware": OneWriter, "args": [], "kwargs": {}}]


async def _whole(receive: Receive) -> list[Message]:
    """Wait for a request's body: a client that stalls while it sends must not hold up the others."""
    arrived = [await receive()]
    while arrived[-1]["type"] == "http.request" and arrived[-1].get("more_body"):
        arrived.append(await receive())
    return arrived
