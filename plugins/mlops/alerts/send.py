"""Tell people, once for each cause. A failure to tell fails nothing else, and is never silent."""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING

from include.alerting.standing import Standing
from include.config.monitoring_schema import LogAlert
from include.media import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.alerting.alert import Alert
    from include.config.monitoring_schema import Alert as Channel
    from include.config.schema import ModelConfig
    from mlops.alerts.markers import Markers

log = logging.getLogger("mlops.alerts")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


def send_alert(config: ModelConfig, alert: Alert) -> bool:
    """Tell about a cause through every channel of ``model.yaml``, unless it was told already.

    What one channel does not take, the others get, the log says so at level ERROR, and the channel is tried
    again when the cause is met again, such as when the task is cleared after a connection was corrected. If
    none takes it, the whole message is in the log. Without the object store nobody knows what was told
    before, so everything is told.

    :param config: the model, whose ``alerts`` say who is told.
    :param alert: the alert.
    :return: whether anybody was told now.
    """
    from mlops.alerts.channels import channel_name
    from mlops.alerts.markers import Markers, now

    markers: Markers | None = None
    try:
        markers = Markers(config.name)
        standing, mine = markers.meet(alert)
    except Exception as error:
        log.warning("Nobody knows whether this was told before, so it is told: %s", redacted(str(error)))
        standing, mine, markers = Standing.begin(alert, now()), True, None
    pending = [channel for channel in config.alerts if channel_name(channel) not in standing.told]
    if not mine or not pending:
        told_on = max(standing.told.values(), default=None)
        log.info(
            "%s, met %d times since: %s (%s)",
            f"Already told on {told_on}" if told_on else f"Being told by who met it at {standing.since}",
            standing.times, redacted(alert.headline), redacted(alert.cause.subject),
        )  # fmt: skip
        return False
    told = _tell(pending, alert, standing)
    if markers is not None:
        _remember(markers, alert, standing.told_to(told, now()))
    return bool(told)


def settle(config: ModelConfig, is_over: Callable[[Standing], bool]) -> None:
    """Close the open causes of a model that are over, so that they are told again when they come back.

    :param config: the model.
    :param is_over: whether a cause is.
    """
    from mlops.alerts.markers import Markers

    try:
        markers = Markers(config.name)
        for digest, standing in markers.open():
            if is_over(standing):
                markers.close(digest)
                log.info("Over, open since %s, met %d times: %s", standing.since, standing.times,
                         standing.headline)  # fmt: skip
    except Exception as error:  # the next success closes it
        log.warning("Open alerts could not be looked through: %s", redacted(str(error)))


def redacted(text: str) -> str:
    """Return a text for a log, without the secrets that Airflow knows of and credentials in addresses."""
    from airflow.sdk._shared.secrets_masker import redact

    return log_lines(_CREDENTIALS.sub("***@", str(redact(text))))


def _tell(channels: list[Channel], alert: Alert, standing: Standing) -> list[str]:
    """Send through each channel; return the names of those that took it."""
    from mlops.alerts.channels import channel_name, deliver

    docs = os.environ.get("MLOPS_DOCS_URL") or "docs"
    subject, text = redacted(alert.headline), redacted(alert.to_text(standing.since, docs))
    told = []
    for channel in channels:
        name = channel_name(channel)
        try:
            deliver(channel, subject, text, cause=alert.cause.digest)
        except Exception as error:
            log.error(  # noqa: TRY400 - the reason will do
                "ALERT not sent by %s, %s: %s. Check the connection; other channels are tried.",
                name, type(error).__name__, redacted(str(error)),
            )  # fmt: skip
        else:
            told.append(name)
            log.info("Alert sent by %s: %s", name, subject)
    if not told:
        log.error("ALERT nobody was told: %s\n%s", subject, text)
    elif not any(isinstance(channel, LogAlert) for channel in channels):
        log.warning("%s\n%s", subject, text)
    return told


def _remember(markers: Markers, alert: Alert, standing: Standing) -> None:
    try:
        markers.record(alert.cause, standing)
    except Exception as error:
        log.warning("Who was told could not be kept, so it may be told again: %s", redacted(str(error)))
