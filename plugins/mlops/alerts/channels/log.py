"""Alerts in the task log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mlops.alerts.channels.base import Channel

if TYPE_CHECKING:
    from include.config.alert_channels import LogAlert
    from mlops.alerts.channels.base import Message

log = logging.getLogger("mlops.alerts")


def _name(config: LogAlert) -> str:
    return config.kind


def _deliver(config: LogAlert, message: Message) -> None:
    del config
    log.error("ALERT %s\n%s", message.subject, message.text)


CHANNEL = Channel(name=_name, deliver=_deliver)
