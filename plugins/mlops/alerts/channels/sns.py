"""Alerts through Amazon SNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.alerts.channels.base import TIME_LIMIT, Channel

if TYPE_CHECKING:
    from include.config.alert_channels import SnsAlert
    from mlops.alerts.channels.base import Message

_LONGEST_SUBJECT = 100


def _name(config: SnsAlert) -> str:
    return f"SNS to {config.topic} ({config.connection})"


def _deliver(config: SnsAlert, message: Message) -> None:
    from airflow.providers.amazon.aws.hooks.sns import SnsHook
    from botocore.config import Config

    limits = Config(connect_timeout=TIME_LIMIT, read_timeout=TIME_LIMIT, retries={"max_attempts": 2})
    region = config.topic.split(":")[3]
    fifo = {"message_group_id": message.cause, "message_deduplication_id": message.cause}
    SnsHook(aws_conn_id=config.connection, region_name=region, config=limits).publish_to_target(
        target_arn=config.topic,
        message=message.text,
        subject=message.subject.encode("ascii", "replace").decode()[:_LONGEST_SUBJECT],  # all SNS accepts
        **(fifo if config.topic.endswith(".fifo") else {}),
    )


CHANNEL = Channel(name=_name, deliver=_deliver)
