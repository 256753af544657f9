"""Alerts to a webhook: plain JSON, PagerDuty, Opsgenie, Teams."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.alerting.webhook import (
    resolution_address,
    resolution_content,
    webhook_address,
    webhook_content,
    webhook_headers,
)
from include.errors import InfrastructureError
from mlops.alerts.channels.base import TIME_LIMIT, Channel
from mlops.hooks.connected import ConnectedHook

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from include.config.alert_channels import WebhookAlert
    from mlops.alerts.channels.base import Message

_WAITS = (1, 2)  # seconds before the second and the third attempt
_ACCEPTED, _REDIRECTS = range(200, 300), range(300, 400)
_TOO_MANY, _OUTAGES = 429, 500
_LONGEST_ANSWER = 300


class WebhookError(InfrastructureError):
    """A webhook did not accept a message."""


def _name(config: WebhookAlert) -> str:
    return f"{config.template} webhook ({config.connection})"


def _deliver(config: WebhookAlert, message: Message) -> None:
    address, secret = _receiver(config)
    content = webhook_content(config.template, message.subject, message.text, message.cause, secret)
    _send(config, address, content, secret)


def _resolve(config: WebhookAlert, message: Message) -> None:
    address, secret = _receiver(config)
    content = resolution_content(config.template, message.subject, message.text, message.cause, secret)
    _send(config, resolution_address(config.template, address, message.cause), content, secret)


def _receiver(config: WebhookAlert) -> tuple[str, str]:
    """Return where messages go, and the secret."""
    connection = ConnectedHook.get_connection(config.connection)
    secret = connection.password or ""
    return webhook_address(config.template, connection.host or "", secret, config.connection), secret


def _send(config: WebhookAlert, address: str, content: dict[str, Any], secret: str) -> None:
    """Send, again where the fault may pass.

    :raises WebhookError: the webhook did not accept it.
    """
    headers = webhook_headers(config.template, secret)
    failure = ""
    for wait in (0, *_WAITS):
        time.sleep(wait)
        failure, passes = _post(address, content, headers)
        if not failure:
            return
        if not passes:
            break
    raise WebhookError(failure.replace(secret, "***") if secret else failure)


def _post(address: str, content: dict[str, Any], headers: dict[str, str]) -> tuple[str, bool]:
    """Send once; return what went wrong, empty if nothing did, and whether that may pass.

    No message has the address: of Teams it is the secret. A redirect is an error and is not followed,
    since it would take the token to another host.
    """
    import requests

    try:
        with _silent("urllib3.connectionpool"):
            answer = requests.post(
                address,
                json=content,
                headers=headers,
                timeout=TIME_LIMIT,
                allow_redirects=False,
                stream=True,  # an endless answer is not read
                auth=lambda request: request,  # or what ~/.netrc has would replace our header
            )
    except requests.ReadTimeout:  # it may have arrived, so it is not sent again
        return f"no answer within {TIME_LIMIT} s; it may have accepted the message", False
    except requests.ConnectionError:
        return "no connection; check the connection's host and the network", True
    except requests.RequestException as error:
        return f"the request failed: {type(error).__name__}", False
    with answer:
        return _read(answer)


def _read(answer: requests.Response) -> tuple[str, bool]:
    """Return what is wrong with an answer, and whether that may pass."""
    status = answer.status_code
    if status in _ACCEPTED:
        return "", False
    if status in _REDIRECTS:
        return f"HTTP {status}, a redirect, which is not followed; use the final address", False
    return f"HTTP {status}: {_beginning(answer)}", status == _TOO_MANY or status >= _OUTAGES


def _beginning(answer: requests.Response) -> str:
    """Return the beginning of an answer, which may say why."""
    import requests

    try:
        return next(answer.iter_content(_LONGEST_ANSWER), b"").decode("utf-8", "replace")
    except requests.RequestException:
        return "(the answer could not be read)"


@contextmanager
def _silent(logger: str) -> Iterator[None]:
    """Keep what this thread logs below WARNING out of a log: at DEBUG, urllib3 writes down whole paths."""
    thread = threading.get_ident()

    def is_allowed(record: logging.LogRecord) -> bool:
        return record.thread != thread or record.levelno >= logging.WARNING

    logging.getLogger(logger).addFilter(is_allowed)
    try:
        yield
    finally:
        logging.getLogger(logger).removeFilter(is_allowed)


CHANNEL = Channel(name=_name, deliver=_deliver, resolve=_resolve)
