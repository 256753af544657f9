"""The channels that ``alerts`` in ``model.yaml`` may name: one module each, found by its ``kind``.

A new channel is a class in ``include/config/alert_channels.py`` that says what may be configured, a module
here with the two functions of :class:`~mlops.alerts.channels.base.Channel`, and its line in ``_CHANNELS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.alerts.channels import log, mail, slack, sns, webhook

if TYPE_CHECKING:
    from include.config.alert_channels import AlertChannel
    from mlops.alerts.channels.base import Channel, Message

_CHANNELS: dict[str, Channel[Any]] = {
    "log": log.CHANNEL,
    "smtp": mail.CHANNEL,
    "slack": slack.CHANNEL,
    "sns": sns.CHANNEL,
    "webhook": webhook.CHANNEL,
}


def channel_name(config: AlertChannel) -> str:
    """Return how messages and records name a channel: ``mail to ops@example.com (smtp_default)``.

    :param config: one entry of ``alerts``.
    """
    return _CHANNELS[config.kind].name(config)


def deliver(config: AlertChannel, message: Message) -> None:
    """Send a message through one channel. Errors of the channel's library are not caught.

    :param config: one entry of ``alerts``.
    :param message: what to send.
    """
    _CHANNELS[config.kind].deliver(config, message)


def resolve(config: AlertChannel, message: Message) -> bool:
    """Tell a receiver that keeps incidents that a cause has ended; return whether this channel has one.

    Errors of the channel's library are not caught.

    :param config: one entry of ``alerts``.
    :param message: the alert that is over: its subject, since when it was open, and its cause.
    """
    known = _CHANNELS[config.kind].resolve
    if known is not None:
        known(config, message)
    return known is not None
