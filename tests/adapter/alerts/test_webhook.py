"""Alerts to a real HTTP server in a webhook's place: retries, time limits, redirects, and secrets."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from include.alerting.alert import Alert, Cause
from include.config.alert_channels import LogAlert, WebhookAlert
from include.config.load import load_model
from include.errors import InfrastructureError
from mlops.alerts.channels import deliver, resolve, webhook
from mlops.alerts.channels.base import Message
from mlops.alerts.open_alerts import OpenAlerts
from mlops.alerts.send import resolve_alerts, send_alert
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.adapter

SECRET = "hunter2hunter2"
MESSAGE = Message(subject="loans: validate failed", text="12 rows", cause="c0ffee")


class Receiver:
    """A server that answers with ``statuses`` in turn, then with the last of them."""

    def __init__(self) -> None:
        self.statuses = [202]
        self.answer = b"ok"
        self.delay = 0.0
        self.posts: list[tuple[str, str | None, dict[str, Any]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.posts.append((self.path, self.headers["Authorization"], content))
                time.sleep(receiver.delay)
                status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{receiver.address}/elsewhere")
                self.end_headers()
                with suppress(OSError):  # the sender has hung up
                    self.wfile.write(receiver.answer)

            def do_GET(self) -> None:
                receiver.posts.append((self.path, self.headers["Authorization"], {}))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    found = Receiver()
    monkeypatch.setattr(webhook, "_WAITS", (0, 0))
    connect(monkeypatch, host=f"{found.address}/alerts", password=SECRET)
    yield found
    found.server.shutdown()
    found.server.server_close()


def connect(monkeypatch: pytest.MonkeyPatch, **fields: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WEBHOOK_DEFAULT", json.dumps({"conn_type": "http", **fields}))


def send(template: str = "json") -> None:
    deliver(WebhookAlert.model_validate({"kind": "webhook", "template": template}), MESSAGE)


@pytest.mark.parametrize(
    ("template", "path", "content"),
    [
        ("pagerduty", "/alerts", {"event_action": "resolve", "dedup_key": "c0ffee"}),
        ("opsgenie", "/alerts/c0ffee/close?identifierType=alias", {"source": "mlops"}),
        ("json", "/alerts", {"status": "resolved", "cause": "c0ffee"}),
    ],
)
def test_the_receiver_closes_its_incident(
    receiver: Receiver, template: str, path: str, content: dict[str, Any]
) -> None:
    assert resolve(WebhookAlert.model_validate({"kind": "webhook", "template": template}), MESSAGE)
    ((asked, _, found),) = receiver.posts
    assert (asked, {name: found[name] for name in content}) == (path, content)


@pytest.mark.parametrize("status", [202, 500])
def test_what_is_resolved_is_closed_there_and_a_receiver_that_fails_keeps_nothing_open(
    receiver: Receiver, model_folder: Path, state: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    file = model_folder / "model.yaml"
    file.write_text(file.read_text().replace("- kind: log", "- {kind: webhook, template: pagerduty}"))
    config, store = load_model(model_folder), ObjectStoreHook()
    cause = Cause(model=config.name, kind="failure", subject="validate")
    assert send_alert(config, Alert(cause=cause, subject="validate failed", text="12 rows"), store)
    receiver.statuses = [status]
    assert resolve_alerts(config, lambda known: known.kind == "gate: block", store), (
        "it is about something else"
    )
    assert len(receiver.posts) == 1
    assert resolve_alerts(config, lambda known: True, store) == []
    assert [post["event_action"] for *_, post in receiver.posts[:2]] == ["trigger", "resolve"]
    assert {post["dedup_key"] for *_, post in receiver.posts} == {cause.digest}
    assert (f"Incident {cause.digest} not closed" in caplog.text) is (status == 500)
    assert OpenAlerts(config.name, store).all() == []


def test_a_channel_without_incidents_has_nothing_to_close() -> None:
    assert not resolve(LogAlert(kind="log"), MESSAGE)


@pytest.mark.parametrize(
    ("template", "authorization"),
    [("json", f"Bearer {SECRET}"), ("pagerduty", None), ("opsgenie", f"GenieKey {SECRET}")],
)
def test_the_receiver_gets_the_message_once(
    receiver: Receiver, template: str, authorization: str | None
) -> None:
    send(template)
    ((path, header, content),) = receiver.posts
    assert (path, header) == ("/alerts", authorization)
    assert "loans: validate failed" in json.dumps(content)


def test_teams_is_sent_to_the_password(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, host="https://nobody.invalid", password=f"{receiver.address}/flow?sig={SECRET}")
    send("teams")
    assert receiver.posts[0][:2] == (f"/flow?sig={SECRET}", None)


def test_what_may_pass_is_tried_again(receiver: Receiver) -> None:
    receiver.statuses = [503, 429, 202]
    send()
    assert len(receiver.posts) == 3


@pytest.mark.parametrize(("status", "times"), [(500, 3), (400, 1), (403, 1), (404, 1)])
def test_a_refusal_says_why_without_the_secret(receiver: Receiver, status: int, times: int) -> None:
    receiver.statuses, receiver.answer = [status], f"bad key {SECRET}".encode()
    with pytest.raises(InfrastructureError, match=rf"^HTTP {status}: bad key \*\*\*$"):
        send()
    assert len(receiver.posts) == times


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    with pytest.raises(InfrastructureError, match="a redirect, which is not followed"):
        send()
    assert [path for path, _, _ in receiver.posts] == ["/alerts"]


def test_no_answer_in_time_is_not_sent_twice(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIME_LIMIT", 0.1)
    receiver.delay = 0.5
    with pytest.raises(InfrastructureError, match="it may have accepted the message"):
        send()
    assert len(receiver.posts) == 1


def test_nobody_listens(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.server.server_close()
    connect(monkeypatch, password=f"{receiver.address}/flow?sig={SECRET}")
    with pytest.raises(InfrastructureError) as raised:
        send("teams")
    assert str(raised.value) == "no connection; check the connection's host and the network"
    assert raised.value.__cause__ is raised.value.__context__ is None  # they would name the address


def test_a_netrc_does_not_replace_the_token(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    send()
    assert receiver.posts[0][1] == f"Bearer {SECRET}"


@pytest.mark.parametrize("template", ["json", "pagerduty", "opsgenie", "teams"])
def test_nothing_logged_has_the_secret(
    receiver: Receiver, template: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if template == "teams":
        connect(monkeypatch, password=f"{receiver.address}/flow?sig={SECRET}")
    with caplog.at_level(logging.DEBUG):
        send(template)
    assert "hunter2" not in caplog.text
