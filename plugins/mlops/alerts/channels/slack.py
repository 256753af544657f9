"""Alerts in a Slack channel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from include.media import slack
from mlops.alerts.channels.base import TIME_LIMIT, Channel

if TYPE_CHECKING:
    from include.config.alert_channels import SlackAlert
    from mlops.alerts.channels.base import Message

_LONGEST_TEXT = 8000


def _name(config: SlackAlert) -> str:
    return f"Slack ({config.connection})"


def _deliver(config: SlackAlert, message: Message) -> None:
    from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook

    text = slack(f"{message.subject}\n{message.text}")[:_LONGEST_TEXT]
    hook = SlackWebhookHook(slack_webhook_conn_id=config.connection, timeout=TIME_LIMIT)
    hook.send_dict({
        "text": re.sub("&[a-z]*$", "", text),  # no half of an escape
        "mrkdwn": False,  # names may hold what would be bold, struck out or code
        "unfurl_links": False,
        "unfurl_media": False,
    })


CHANNEL = Channel(name=_name, deliver=_deliver)
