"""Alerts by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.media import html
from mlops.alerts.channels.base import Channel

if TYPE_CHECKING:
    from include.config.alert_channels import MailAlert
    from mlops.alerts.channels.base import Message


def _name(config: MailAlert) -> str:
    return f"mail to {', '.join(config.to)} ({config.connection})"


def _deliver(config: MailAlert, message: Message) -> None:
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook(smtp_conn_id=config.connection) as hook:
        hook.send_email_smtp(
            to=list(config.to),
            subject=message.subject,
            html_content=f'<pre style="white-space: pre-wrap">{html(message.text)}</pre>',
        )


CHANNEL = Channel(name=_name, deliver=_deliver)
