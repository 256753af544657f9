"""HTTP with an end to patience: uvicorn waits for ever for headers to come and for answers to be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

_ANSWER = b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
_LARGEST = 65_536  # bytes of headers
_PIPELINED = 64  # requests that wait on one connection for the answer to the one before


def patient_protocol(seconds: float, taking: float) -> type[HttpToolsProtocol]:
    """Return uvicorn's protocol with limits to the time and size of a request's headers.

    The time counts from the connection, and from the first byte of each further request on it; bodies have a
    limit of their own where they are read.

    :param seconds: in which headers have to be complete.
    :param taking: seconds in which an answer has to be taken; a connection on which it stays is cut.
    """

    class PatientProtocol(HttpToolsProtocol):
        _deadline: asyncio.TimerHandle | None = None
        _received, _began = 0, False
        _stuck: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            transport.set_write_buffer_limits(0)  # so that the two below are called whenever bytes wait
            self._wait()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._stuck = self._stuck or self.loop.call_later(taking, self.transport.abort)

        def resume_writing(self) -> None:
            self._let_go()
            super().resume_writing()

        def _let_go(self) -> None:
            if self._stuck is not None:
                self._stuck.cancel()
                self._stuck = None

        def data_received(self, data: bytes) -> None:
            self._began = False
            super().data_received(data)
            if len(self.pipeline) > _PIPELINED:
                self._refuse(b"429 Too Many Requests", b"too many requests wait on this connection")
            if self._deadline is None:
                return
            # Where a further request began somewhere in these bytes, most of them may be of those before it.
            self._received += 1 if self._began else len(data)
            if self._received > _LARGEST:
                self._refuse(b"431 Request Header Fields Too Large", b"the headers are too large")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait()

        def on_headers_complete(self) -> None:
            self._stop_waiting()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            self._let_go()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if self._deadline is None:
                self._received, self._began = 0, True
                self._set_deadline()

        def _set_deadline(self) -> None:
            self._deadline = self.loop.call_later(seconds, self._too_late)

        def _stop_waiting(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _too_late(self) -> None:
            self._deadline = None
            if self.cycle is not None and not self.cycle.response_complete:
                self._set_deadline()  # what is being answered on this connection comes first
            elif self._received:
                self._refuse(b"408 Request Timeout", b"the headers were not complete in time")
            else:
                self.transport.close()

        def _refuse(self, status: bytes, message: bytes) -> None:
            self._stop_waiting()
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_ANSWER % (status, len(message), message))
            self.transport.close()

    return PatientProtocol


def limits(header_seconds: float, answer_seconds: float, connections: int) -> dict[str, Any]:
    """Return uvicorn's options for the limits of connections.

    :param header_seconds: in which headers have to be complete.
    :param answer_seconds: in which an answer has to be taken.
    :param connections: open at a time.
    """
    return {
        "http": patient_protocol(header_seconds, answer_seconds),
        "limit_concurrency": connections,
        "timeout_keep_alive": 15,
        "ws": "none",
    }
