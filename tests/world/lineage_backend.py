"""A backend of OpenLineage in a thread, which works, fails, closes the connection or never answers; and the
settings that docs/openlineage.md recommends for any of them."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Literal

from tests.conftest import ROOT
from tests.world.http_server import listening
from tests.world.openlineage_events import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

Mode = Literal["works", "fails", "closes", "hangs"]
_SETTING = re.compile(r"^(AIRFLOW__OPENLINEAGE__[A-Z_]+)=(.*)$", re.MULTILINE)


@dataclass
class Backend:
    """A backend of OpenLineage.

    :param mode: what it does with an event.
    :param asked: how many requests there were.
    :param events: what it received.
    """

    mode: Mode
    port: int = 0
    asked: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """The environment that the documentation recommends, with this backend in it."""
        found = dict(_SETTING.findall((ROOT / "docs" / "openlineage.md").read_text()))
        text = found["AIRFLOW__OPENLINEAGE__TRANSPORT"].strip("'")
        url = f"http://127.0.0.1:{self.port}"
        return found | {"AIRFLOW__OPENLINEAGE__TRANSPORT": text.replace("https://lineage.example", url)}

    def of_task(self, task_id: str, state: str) -> dict[str, Any]:
        """Return the only event of a task in a state."""
        (event,) = [
            event
            for event in self.events
            if event["job"]["name"].endswith(f".{task_id}") and event["eventType"] == state
        ]
        return event


@contextmanager
def lineage_backend(mode: Mode) -> Iterator[Backend]:
    """Run a backend while the block runs."""
    backend, over = Backend(mode), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            backend.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if backend.mode == "hangs":
                over.wait(120)
                return
            if backend.mode == "closes":
                self.connection.close()
                return
            backend.events += [parse(body.decode())] if backend.mode == "works" else []
            self.send_response(201 if backend.mode == "works" else 500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None: ...

        def finish(self) -> None:
            if not self.connection._closed:
                super().finish()

    try:
        with listening(Handler) as backend.port:
            yield backend
    finally:
        over.set()
