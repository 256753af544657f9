"""The section ``alerts`` of ``model.yaml``: one class for each kind of channel."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from include.config.base import ConnectionId, StrictModel, Text


class LogAlert(StrictModel):
    """An alert in the task log; the channel that always works."""

    kind: Literal["log"]


class MailAlert(StrictModel):
    """An alert by mail.

    :param connection: Airflow connection of type ``smtp``.
    :param to: addresses.
    """

    kind: Literal["smtp"]
    connection: ConnectionId = "smtp_default"
    to: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


class SlackAlert(StrictModel):
    """An alert in a Slack channel.

    :param connection: Airflow connection of type ``slackwebhook``; it knows the channel.
    """

    kind: Literal["slack"]
    connection: ConnectionId = "slack_default"


class SnsAlert(StrictModel):
    """An alert through Amazon SNS.

    :param connection: Airflow connection of type ``aws``.
    :param topic: ARN of the topic.
    """

    kind: Literal["sns"]
    connection: ConnectionId = "aws_default"
    topic: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sns:.+:.+:.+$")]


class WebhookAlert(StrictModel):
    """An alert to a webhook.

    :param connection: Airflow connection of type ``http``: the whole address as host, the key or token as
        password; for Teams the whole address as password.
    :param template: what the receiver expects.
    """

    kind: Literal["webhook"]
    connection: ConnectionId = "webhook_default"
    template: Literal["json", "pagerduty", "opsgenie", "teams"] = "json"


AlertChannel = Annotated[
    LogAlert | MailAlert | SlackAlert | SnsAlert | WebhookAlert, Field(discriminator="kind")
]
