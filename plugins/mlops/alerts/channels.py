"""The channels of ``alerts`` in ``model.yaml``: mail, Slack, SNS and the task log."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from include.config.monitoring_schema import LogAlert, MailAlert, SlackAlert, SnsAlert
from include.media import html, slack

if TYPE_CHECKING:
    from include.config.monitoring_schema import Alert as Channel

log = logging.getLogger("mlops.alerts")

TIME_LIMIT = 10  # seconds for a connection to Slack or AWS; mail has its own in its connection's extra
_SNS_SUBJECT, _SLACK_TEXT = 100, 8000


def channel_name(channel: Channel) -> str:
    """Return how messages and records name a channel: ``mail to ops@example.com``."""
    if isinstance(channel, MailAlert):
        return f"mail to {', '.join(channel.to)} ({channel.connection})"
    if isinstance(channel, SlackAlert):
        return f"Slack ({channel.connection})"
    if isinstance(channel, SnsAlert):
        return f"SNS to {channel.topic} ({channel.connection})"
    return "log"


def deliver(channel: Channel, subject: str, text: str, *, cause: str) -> None:
    """Send a message through one channel. Whatever the channel's library raises comes through.

    :param channel: where to.
    :param subject: one line.
    :param text: the message.
    :param cause: the cause's digest, by which a FIFO topic recognises a message sent twice.
    """
    if isinstance(channel, LogAlert):
        log.error("ALERT %s\n%s", subject, text)
    elif isinstance(channel, MailAlert):
        _mail(channel, subject, text)
    elif isinstance(channel, SlackAlert):
        _slack(channel, subject, text)
    else:
        _sns(channel, subject, text, cause)


def _mail(channel: MailAlert, subject: str, text: str) -> None:
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook(smtp_conn_id=channel.connection) as hook:
        hook.send_email_smtp(
            to=list(channel.to),
            subject=subject,
            html_content=f'<pre style="white-space: pre-wrap">{html(text)}</pre>',
        )


def _slack(channel: SlackAlert, subject: str, text: str) -> None:
    from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook

    message = slack(f"{subject}\n{text}")[:_SLACK_TEXT]
    hook = SlackWebhookHook(slack_webhook_conn_id=channel.connection, timeout=TIME_LIMIT)
    hook.send_dict({
        "text": re.sub("&[a-z]*$", "", message),  # no half of an escape
        "mrkdwn": False,  # names may hold what would be bold, struck out or code
        "unfurl_links": False,
        "unfurl_media": False,
    })


def _sns(channel: SnsAlert, subject: str, text: str, cause: str) -> None:
    from airflow.providers.amazon.aws.hooks.sns import SnsHook
    from botocore.config import Config

    limits = Config(connect_timeout=TIME_LIMIT, read_timeout=TIME_LIMIT, retries={"max_attempts": 2})
    region = channel.topic.split(":")[3]
    fifo = {"message_group_id": cause, "message_deduplication_id": cause}
    SnsHook(aws_conn_id=channel.connection, region_name=region, config=limits).publish_to_target(
        target_arn=channel.topic,
        message=text,
        subject=subject.encode("ascii", "replace").decode()[:_SNS_SUBJECT],  # all that SNS takes
        **(fifo if channel.topic.endswith(".fifo") else {}),
    )
