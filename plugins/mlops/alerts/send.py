"""Notify people, once per cause. A failure to notify fails nothing else, and is never silent."""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING

from airflow.sdk.log import redact  # type: ignore[attr-defined]

from include.alerting.alert import OpenAlert
from include.media import log_lines
from mlops.alerts.channels import channel_name, deliver, resolve
from mlops.alerts.channels.base import Message
from mlops.alerts.open_alerts import OpenAlerts, now
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.alerting.alert import Alert
    from include.config.alert_channels import AlertChannel
    from include.config.schema import ModelConfig

log = logging.getLogger("mlops.alerts")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


def send_alert(config: ModelConfig, alert: Alert, store: ObjectStoreHook) -> bool:
    """Send an alert through every channel of ``model.yaml``, unless its cause was notified already.

    If a channel fails, the others are used, the log says so at level ERROR, and the channel is tried again
    when the cause occurs again, for example when the task is cleared after a connection was corrected. If all
    fail, the log holds the whole message. While the object store is down it is not known what was sent
    before, so every alert is sent.

    :param config: the model, whose ``alerts`` name the channels.
    :param alert: the alert.
    :param store: the object store that holds the model's open alerts.
    :return: whether a channel accepted it now.
    """
    open_alerts, recorded = OpenAlerts(config.name, store), True
    try:
        known, mine = open_alerts.record_occurrence(alert)
    except Exception as error:
        log.warning("It is not known whether this was sent before, so it is sent: %s", redacted(str(error)))
        known, mine, recorded = OpenAlert.first(alert, now()), True, False
    pending = [channel for channel in config.alerts if channel_name(channel) not in known.notified]
    if not mine or not pending:
        notified_on = max(known.notified.values(), default=None)
        log.info(
            "%s, %d occurrences since: %s (%s)",
            f"Already notified on {notified_on}"
            if notified_on
            else f"Another task has been sending this alert since {known.since}",
            known.occurrences,
            redacted(alert.headline),
            redacted(alert.cause.subject),
        )
        return False
    accepted = _notify(pending, alert, known.since)
    if recorded:
        _save(open_alerts, alert, known.notified_through(accepted, now()))
    return bool(accepted)


def resolve_alerts(
    config: ModelConfig, is_resolved: Callable[[OpenAlert], bool], store: ObjectStoreHook
) -> list[tuple[str, OpenAlert]] | None:
    """Resolve the open alerts of a model whose cause has ended, so that its return is notified again.

    :param config: the model.
    :param is_resolved: whether the cause of an open alert has ended.
    :param store: the object store that holds the model's open alerts.
    :return: those that stay open, each with the digest of its cause; None where that is not known.
    """
    try:
        open_alerts, left = OpenAlerts(config.name, store), []
        for digest, known in open_alerts.all():
            if is_resolved(known):
                resolve_one(config, open_alerts, digest, known)
            else:
                left.append((digest, known))
    except Exception as error:  # the next success resolves it
        log.warning("Open alerts could not be checked: %s", redacted(str(error)))
        return None
    return left


def resolve_one(config: ModelConfig, open_alerts: OpenAlerts, digest: str, known: OpenAlert) -> None:
    """Resolve one open alert, and close the incident that a receiver has opened for it.

    If the receiver does not answer, the alert is resolved all the same, and the log says what to close by
    hand: the next occurrence must be notified.

    :param config: the model.
    :param open_alerts: its open alerts.
    :param digest: of the cause.
    :param known: the open alert.
    """
    since = f"Open since {known.since}, {known.occurrences} occurrences."
    message = Message(subject=redacted(known.headline), text=since, cause=digest)
    for channel in config.alerts:
        name = channel_name(channel)
        if name not in known.notified:
            continue
        try:
            if resolve(channel, message):
                log.info("Incident closed by %s: %s", name, message.subject)
        except Exception as error:
            log.error(  # noqa: TRY400 - the reason will do
                "Incident %s not closed by %s, %s: %s. Close it by hand.",
                digest,
                name,
                type(error).__name__,
                redacted(str(error)),
            )
    open_alerts.resolve(digest)
    log.info("Resolved, open since %s, %d occurrences: %s", known.since, known.occurrences, known.headline)


def alert_store(task: object) -> ObjectStoreHook:
    """Return the object store behind a task's own connection, or the default one.

    :param task: an operator.
    """
    named = getattr(task, "object_store_conn_id", None)
    return ObjectStoreHook(named or ObjectStoreHook.default_conn_name)


def redacted(text: str) -> str:
    """Return a text for a log, without the secrets that Airflow knows of and credentials in addresses."""
    return log_lines(_CREDENTIALS.sub("***@", str(redact(text))))


def _notify(channels: list[AlertChannel], alert: Alert, since: str) -> list[str]:
    """Send an alert through each channel; return the names of those that accepted it."""
    docs = os.environ.get("MLOPS_DOCS_URL") or "docs"
    message = Message(
        subject=redacted(alert.headline),
        text=redacted(alert.to_text(since, docs)),
        cause=alert.cause.digest,
    )
    accepted = []
    for channel in channels:
        name = channel_name(channel)
        try:
            deliver(channel, message)
        except Exception as error:
            log.error(  # noqa: TRY400 - the reason will do
                "ALERT not sent by %s, %s: %s. Check the connection; other channels are tried.",
                name,
                type(error).__name__,
                redacted(str(error)),
            )
        else:
            accepted.append(name)
            log.info("Alert sent by %s: %s", name, message.subject)
    if not accepted:
        log.error("ALERT nobody was notified: %s\n%s", message.subject, message.text)
    elif not any(channel.kind == "log" for channel in channels):
        log.warning("%s\n%s", message.subject, message.text)
    return accepted


def _save(open_alerts: OpenAlerts, alert: Alert, known: OpenAlert) -> None:
    try:
        open_alerts.save(alert.cause, known)
    except Exception as error:
        log.warning(
            "Who was notified could not be recorded, so the alert may be sent again: %s", redacted(str(error))
        )
