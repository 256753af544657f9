"""What a webhook is sent: plain JSON, or what PagerDuty, Opsgenie and Teams expect.

Sources: PagerDuty's Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/),
Opsgenie's Alert API (https://docs.opsgenie.com/docs/alert-api), and for Teams an Adaptive Card, which its
Workflows take (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

_SOURCE = "mlops"
_PAGERDUTY_SUMMARY = 1024  # characters that the receiver takes
_OPSGENIE_MESSAGE, _OPSGENIE_DESCRIPTION, _OPSGENIE_NOTE = 130, 15_000, 25_000

ADDRESSES = {
    "pagerduty": "https://events.pagerduty.com/v2/enqueue",
    "opsgenie": "https://api.opsgenie.com/v2/alerts",
}
"""Where a template's messages go if the connection names no host."""


def webhook_content(template: str, subject: str, text: str, cause: str, secret: str) -> dict[str, Any]:
    """Return the JSON object that a webhook is sent.

    A receiver that knows duplicates gets the cause as key: the same alert, sent twice, is one incident.

    :param template: ``json``, ``pagerduty``, ``opsgenie`` or ``teams``.
    :param subject: one line.
    :param text: the whole message.
    :param cause: digest of the cause.
    :param secret: the connection's password; only PagerDuty has it in the content.
    """
    return _TEMPLATES[template](subject, text, cause, secret)


def resolution_content(template: str, subject: str, text: str, cause: str, secret: str) -> dict[str, Any]:
    """Return the JSON object that tells a webhook that a cause has ended.

    A receiver that knows duplicates closes the incident that it opened for the cause; the others get a
    message.

    :param template: as for :func:`webhook_content`, like all others.
    :param subject: the alert's one line.
    :param text: since when it was open.
    """
    headline = f"Resolved: {subject}"
    if template == "pagerduty":
        return {"routing_key": secret, "event_action": "resolve", "dedup_key": cause}
    if template == "opsgenie":
        return {"source": _SOURCE, "note": f"{headline}\n{text}"[:_OPSGENIE_NOTE]}
    if template == "teams":
        return _teams(headline, text, cause, secret)
    return {**_plain(headline, text, cause, secret), "status": "resolved"}


def resolution_address(template: str, address: str, cause: str) -> str:
    """Return where the message goes that a cause has ended.

    :param template: as for :func:`webhook_content`.
    :param address: where its other messages go.
    :param cause: digest of the cause.
    """
    if template != "opsgenie":
        return address
    parts = urlsplit(address)
    path = f"{parts.path.rstrip('/')}/{quote(cause)}/close"
    return urlunsplit(parts._replace(path=path, query="identifierType=alias"))


def webhook_headers(template: str, secret: str) -> dict[str, str]:
    """Return the headers that show who sends.

    :param template: as for :func:`webhook_content`.
    :param secret: the connection's password; may be empty.
    """
    schemes = {"json": "Bearer", "opsgenie": "GenieKey"}
    if not secret or template not in schemes:
        return {}
    return {"Authorization": f"{schemes[template]} {secret}"}


def webhook_address(template: str, host: str, secret: str, connection: str) -> str:
    """Return where a webhook's messages go.

    :param template: as for :func:`webhook_content`.
    :param host: the connection's host: a whole address; may be empty.
    :param secret: the connection's password; for Teams the whole address, since whoever knows it may post.
    :param connection: the connection's name, for messages.
    :raises ConfigError: there is no address, the receiver needs a secret, or it would travel unencrypted.
    """
    if template != "json" and not secret:
        what = "the workflow's whole address" if template == "teams" else "the integration's key"
        raise ConfigError(f"connection {connection!r} has no password; {template} needs {what} there")
    address = secret if template == "teams" else host or ADDRESSES.get(template, "")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:  # its brackets don't match
        usable = False
    if not usable:
        where = "password" if template == "teams" else "host"
        raise ConfigError(
            f"connection {connection!r} has no address as {where}; expected one such as"
            " https://example.com/alerts, without a user"
        )
    if parts.scheme == "http" and secret and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ConfigError(
            f"connection {connection!r} would send its password unencrypted; use an address with https://"
        )
    return address


def _plain(subject: str, text: str, cause: str, secret: str) -> dict[str, Any]:
    del secret
    return {"source": _SOURCE, "status": "open", "subject": subject, "text": text, "cause": cause}


def _pagerduty(subject: str, text: str, cause: str, secret: str) -> dict[str, Any]:
    return {
        "routing_key": secret,
        "event_action": "trigger",
        "dedup_key": cause,
        "payload": {
            "summary": subject[:_PAGERDUTY_SUMMARY],
            "source": _SOURCE,
            "severity": "error",
            "custom_details": {"text": text},
        },
    }


def _opsgenie(subject: str, text: str, cause: str, secret: str) -> dict[str, Any]:
    del secret
    return {
        "message": subject[:_OPSGENIE_MESSAGE],
        "alias": cause,
        "description": f"{subject}\n{text}"[:_OPSGENIE_DESCRIPTION],
        "source": _SOURCE,
    }


def _teams(subject: str, text: str, cause: str, secret: str) -> dict[str, Any]:
    del cause, secret

    def block(content: str, **look: object) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": content, **look}]}

    body = [block(subject, weight="Bolder"), *(block(line) for line in text.splitlines() if line)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,  # runs of text: a TextBlock would read names as Markdown
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


_TEMPLATES: dict[str, Callable[[str, str, str, str], dict[str, Any]]] = {
    "json": _plain,
    "pagerduty": _pagerduty,
    "opsgenie": _opsgenie,
    "teams": _teams,
}
