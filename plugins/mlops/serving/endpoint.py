"""A model's endpoint over HTTP: one request, one answer or the reason why there is none. Knows no Airflow.

Everything has an end: the whole exchange a deadline (a server that sends a byte a second would outlast any
time limit between two bytes), the answer a length. Redirects are not followed, since the token would go
along, and no proxy of the environment is asked: an endpoint is tested where it is.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass, field
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from include.config.serving_schema import DEFAULT_PORTS, explain_address
from include.errors import ConfigError
from include.serving.answers import Answer
from include.serving.token_file import check_token

if TYPE_CHECKING:
    from collections.abc import Mapping

INVOCATIONS, VERSION = "/invocations", "/version"
_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a model is served.

    :param url: ``http://host:port`` or ``https://...``, below which ``/invocations`` is.
    :param token: sent as a bearer token; empty for none.
    :param timeout: seconds for one exchange, from connecting to the last byte.
    """

    url: str
    token: str = field(default="", repr=False)
    timeout: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what is not an address of a server.

        :raises ConfigError: it is none, or carries a login, which would end in logs.
        """
        if problem := explain_address(self.url):
            raise ConfigError(problem)
        check_token(self.token, "the token of the endpoint")

    def version(self) -> Answer:
        """Ask which version is served."""
        return self._exchange("GET", VERSION, None, _CHUNK)

    def invoke(self, body: bytes, longest: int) -> Answer:
        """Ask for predictions.

        :param body: JSON.
        :param longest: bytes that the answer may have.
        """
        return self._exchange("POST", INVOCATIONS, body, longest)

    def _exchange(self, method: str, path: str, body: bytes | None, longest: int) -> Answer:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(
            str(parts.hostname), parts.port or DEFAULT_PORTS[parts.scheme], timeout=self.timeout
        )
        started, watch = time.monotonic(), None
        try:
            connection.connect()
            left = max(self.timeout - (time.monotonic() - started), 0.001)
            watch = Timer(left, _hang_up, [connection.sock])
            watch.daemon = True
            watch.start()
            sent = time.perf_counter()
            connection.request(method, f"{parts.path.rstrip('/')}{path}", body, self._headers(body))
            response = connection.getresponse()
            content = _read(response, longest)
            seconds = time.perf_counter() - sent
            late = time.monotonic() - started >= self.timeout
            return Answer(
                status=response.status,
                body=content[:longest],
                seconds=seconds,
                kind=response.headers.get("Content-Type", ""),
                location=response.headers.get("Location", ""),
                problem=self._too_late() if late else _explain_length(content, response, longest),
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() - started >= self.timeout
            return Answer(problem=self._too_late() if late else _explain(error))
        finally:
            if watch is not None:
                watch.cancel()
            connection.close()

    def _headers(self, body: bytes | None) -> Mapping[str, str]:
        headers = {"Accept": "application/json", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def _too_late(self) -> str:
        return f"no whole answer within {self.timeout:g} s"


def _hang_up(connected: socket.socket | None) -> None:
    """End an exchange that takes too long, whatever it waits for."""
    if connected is not None:
        try:
            connected.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _read(response: http.client.HTTPResponse, longest: int) -> bytes:
    """Return an answer's body, one byte more than allowed where it is too long."""
    content = b""
    while len(content) <= longest and (more := response.read(min(_CHUNK, longest + 1 - len(content)))):
        content += more
    return content


def _explain_length(content: bytes, response: http.client.HTTPResponse, longest: int) -> str:
    if len(content) > longest:
        return f"an answer of more than {longest:,} bytes, which no such prediction takes"
    if response.length:  # bytes that were announced and did not come
        return f"the answer ended {response.length:,} bytes too early"
    return ""


def _explain(error: Exception) -> str:
    """Return why there is no answer."""
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there (connection refused)"
    if isinstance(error, socket.gaierror):
        return f"there is no such host ({error.strerror})"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection ({error.reason or error})"
    if isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
        return f"the server ended the connection without an answer ({type(error).__name__})"
    return f"no answer of HTTP ({type(error).__name__}: {error})"
