"""A proxy in front of a real server that can be told to fail."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Fault = Literal["down", "500", "502", "slow", "cut"]


class FaultyProxy:
    """Forwards requests to 127.0.0.1; those that :attr:`when` chooses meet :attr:`fault` instead.

    ``500`` and ``502`` are answers, ``slow`` is none within the client's patience, ``cut`` closes the
    connection without one. ``down`` closes the port, whatever the request.

    :param target: port of the real server.
    """

    def __init__(self, target: int) -> None:
        self.fault: Fault | None = None
        self.when: Callable[[str, str], bool] = lambda method, path: True
        self.met: list[str] = []
        self._healed = threading.Event()
        self._target = target
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self._open()

    def fail(self, fault: Fault, when: Callable[[str, str], bool] = lambda method, path: True) -> None:
        """Begin to fail, for requests that ``when`` chooses by method and path."""
        self.fault, self.when, self.met = fault, when, []
        self._healed.clear()
        if fault == "down":
            self._close()

    def heal(self) -> None:
        """Forward everything again."""
        self.fault = None
        self._healed.set()
        if self._server is None:
            self._open()

    def stop(self) -> None:
        """Close the port."""
        self.fault = None
        self._healed.set()
        self._close()

    def _open(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler(self._target))
        self._server.daemon_threads = True
        self.port = int(self._server.server_port)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _handler(self, target: int) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.fault is not None and proxy.when(self.command, self.path):
                    proxy.met.append(f"{self.command} {self.path}")
                    if proxy.fault == "slow":
                        proxy._healed.wait(30)
                    elif proxy.fault != "cut":
                        self.send_error(int(proxy.fault))
                    self.close_connection = True
                    return
                real = http.client.HTTPConnection("127.0.0.1", target, timeout=60)
                real.request(self.command, self.path, body, dict(self.headers))
                answer = real.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {
                        "transfer-encoding",
                        "content-length",
                        "connection",
                        "date",
                        "server",
                    }:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                real.close()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = forward

            def log_message(self, *arguments: object) -> None:
                """Keep the test's output clean."""

        return Handler
