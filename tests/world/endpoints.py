"""Endpoints over HTTP in a thread of this process: a model served as it should be, and bad ones."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pandas as pd

from tests.world.http_server import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Served:
    """What an endpoint does; a test may change it while it runs.

    :param ask: from the frame of a request to the answer.
    :param version: what ``/version`` says: an object, or another server's text.
    :param token: what has to be sent.
    :param answer: what is sent instead of predictions: status, headers, body.
    :param seen: the requests that came, method and path.
    """

    ask: Callable[[pd.DataFrame], Any] = lambda frame: [0.0] * len(frame)
    version: Any = None
    token: str = ""
    answer: tuple[int, dict[str, str], bytes] | None = None
    seen: list[str] = field(default_factory=list)


@contextmanager
def serve(served: Served) -> Iterator[str]:
    """Serve in a thread; yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.seen.append(f"GET {self.path}")
            if self.path == "/version" and served.version is not None:
                self.reply(200, {}, json.dumps(served.version).encode())
            else:
                self.reply(404, {}, b"not found")

        def do_POST(self) -> None:
            served.seen.append(f"POST {self.path}")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if served.token and self.headers.get("Authorization") != f"Bearer {served.token}":
                self.reply(401, {}, b'{"error": "a token is needed"}')
            elif served.answer is not None:
                self.reply(*served.answer)
            else:
                frame = pd.DataFrame(**json.loads(body)["dataframe_split"])
                self.reply(200, {}, json.dumps({"predictions": served.ask(frame)}).encode())

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            given = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            for name, value in (given | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with listening(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def hang_up(client: socket.socket, patience: float = 5.0) -> None:
    """End a connection as a server should: say so, then read until the other side has closed as well.

    A socket that is closed while some of a request lies unread resets the connection, and what was
    answered may be lost with it.

    :param patience: seconds that the other side has for each thing it still sends.
    """
    client.settimeout(patience)
    client.shutdown(socket.SHUT_WR)
    while client.recv(65_536):
        pass


@contextmanager
def speak(*words: bytes, pause: float = 0.0, forever: bool = False, listen: bool = True) -> Iterator[str]:
    """Answer every connection with some bytes, whatever was asked; yield the URL.

    :param words: sent one after the other.
    :param pause: seconds after each.
    :param forever: whether the last one is sent again and again, or else the connection is closed.
    :param listen: whether the request is read first.
    """
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def answer(client: socket.socket) -> None:
        with client:
            try:
                if listen:
                    client.recv(65_536)
                for word in words:
                    client.sendall(word)
                    stop.wait(pause)
                while forever and not stop.wait(pause):
                    client.sendall(words[-1])
                hang_up(client)
            except OSError:
                return

    def accept() -> None:
        while not stop.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=[client], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        stop.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
