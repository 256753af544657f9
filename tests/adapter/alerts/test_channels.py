"""Every channel that ``model.yaml`` may name has a module; sending is tested in tests/integration."""

from __future__ import annotations

import logging
from typing import get_args

import pytest
from pydantic import TypeAdapter

from include.config.alert_channels import AlertChannel
from mlops.alerts import channels
from mlops.alerts.channels import channel_name, deliver
from mlops.alerts.channels.base import Message

pytestmark = pytest.mark.adapter

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"


def configured(**fields: object) -> AlertChannel:
    return TypeAdapter(AlertChannel).validate_python(fields)


def test_every_kind_of_channel_has_its_module() -> None:
    (union, _) = get_args(AlertChannel)
    kinds = {get_args(schema.model_fields["kind"].annotation)[0] for schema in get_args(union)}
    assert set(channels._CHANNELS) == kinds


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "log"}, "log"),
        ({"kind": "smtp", "to": ["a@b.c", "d@e.f"]}, "mail to a@b.c, d@e.f (smtp_default)"),
        ({"kind": "slack", "connection": "ours"}, "Slack (ours)"),
        ({"kind": "sns", "topic": TOPIC}, f"SNS to {TOPIC} (aws_default)"),
        ({"kind": "webhook", "template": "teams"}, "teams webhook (webhook_default)"),
    ],
)
def test_records_of_earlier_releases_name_a_channel_the_same(fields: dict[str, object], name: str) -> None:
    assert channel_name(configured(**fields)) == name


def test_the_log_gets_subject_and_text(caplog: pytest.LogCaptureFixture) -> None:
    deliver(configured(kind="log"), Message(subject="loans: validate failed", text="12 rows", cause="c"))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "ALERT loans: validate failed\n12 rows"
