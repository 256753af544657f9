"""What each kind of webhook is sent, and which connections are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.alerting.webhook import (
    resolution_address,
    resolution_content,
    webhook_address,
    webhook_content,
    webhook_headers,
)
from include.errors import ConfigError

SECRET = "hunter2hunter2"
TEAMS = "https://example.com/workflows/1?sig=hunter2"


def content(
    template: str, subject: str = "loans: validate failed", text: str = "12 rows\n\n*bold*"
) -> dict[str, Any]:
    return webhook_content(template, subject, text, "c0ffee", SECRET)


def test_only_pagerduty_has_the_secret_in_the_content() -> None:
    holders = [
        one for one in ("json", "pagerduty", "opsgenie", "teams") if SECRET in json.dumps(content(one))
    ]
    assert holders == ["pagerduty"]
    assert content("pagerduty")["routing_key"] == SECRET


def test_plain_json_has_all() -> None:
    expected = {
        "source": "mlops",
        "status": "open",
        "subject": "loans: validate failed",
        "text": "12 rows\n\n*bold*",
        "cause": "c0ffee",
    }
    assert content("json") == expected


def test_receivers_that_know_duplicates_get_the_cause_as_key() -> None:
    assert content("pagerduty")["dedup_key"] == "c0ffee"
    assert content("opsgenie")["alias"] == "c0ffee"


def test_texts_keep_to_the_receivers_limits() -> None:
    assert len(content("pagerduty", "x" * 2000)["payload"]["summary"]) == 1024
    opsgenie = content("opsgenie", "x" * 200, "y" * 20_000)
    assert len(opsgenie["message"]) == 130
    assert len(opsgenie["description"]) == 15_000
    assert opsgenie["description"].startswith("x" * 200)


def test_teams_reads_no_markdown_in_names() -> None:
    (attachment,) = content("teams")["attachments"]
    blocks = attachment["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    assert [block["inlines"][0]["text"] for block in blocks] == [
        "loans: validate failed",
        "12 rows",
        "*bold*",
    ]


def test_headers() -> None:
    assert webhook_headers("json", SECRET) == {"Authorization": f"Bearer {SECRET}"}
    assert webhook_headers("opsgenie", SECRET) == {"Authorization": f"GenieKey {SECRET}"}
    assert (
        webhook_headers("json", "")
        == webhook_headers("pagerduty", SECRET)
        == webhook_headers("teams", TEAMS)
        == {}
    )


@pytest.mark.parametrize(
    ("template", "host", "secret", "address"),
    [
        ("json", "http://10.0.0.1/alerts", "", "http://10.0.0.1/alerts"),
        ("json", "http://127.0.0.1:8000/", SECRET, "http://127.0.0.1:8000/"),
        ("json", "http://[::1]:8000", SECRET, "http://[::1]:8000"),
        ("pagerduty", "", SECRET, "https://events.pagerduty.com/v2/enqueue"),
        (
            "opsgenie",
            "https://api.eu.opsgenie.com/v2/alerts",
            SECRET,
            "https://api.eu.opsgenie.com/v2/alerts",
        ),
        ("teams", "", TEAMS, TEAMS),
    ],
)
def test_address(template: str, host: str, secret: str, address: str) -> None:
    assert webhook_address(template, host, secret, "ours") == address


@pytest.mark.parametrize(
    ("template", "host", "secret", "message"),
    [
        ("json", "", "", "has no address as host"),
        ("json", "ftp://example.com", "", "has no address as host"),
        ("json", "https://", "", "has no address as host"),
        ("json", "http://example.com", SECRET, "unencrypted"),
        ("json", "http://localhost@example.com", SECRET, "without a user"),
        ("json", "http://localhost:1@example.com", SECRET, "without a user"),
        ("json", "http://localhost.example.com", SECRET, "unencrypted"),
        ("json", "http://[::1", SECRET, "has no address as host"),
        ("json", "http://127.0.0.1:80:80@example.com/", SECRET, "without a user"),
        ("pagerduty", "", "", "has no password; pagerduty needs the integration's key there"),
        ("teams", "https://example.com", "", "the workflow's whole address"),
        ("teams", "", SECRET, "has no address as password"),
    ],
)
def test_a_connection_that_cannot_work_is_refused(
    template: str, host: str, secret: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        webhook_address(template, host, secret, "ours")
    assert "'ours'" in str(raised.value)
    assert SECRET not in str(raised.value)


def resolution(template: str, address: str = "https://example.com/alerts") -> tuple[str, dict[str, Any]]:
    closing = resolution_content(template, "loans: validate failed", "Open since noon", "c0ffee", SECRET)
    return resolution_address(template, address, "c0ffee"), closing


def test_what_opened_an_incident_closes_it_by_the_same_key() -> None:
    address, closed = resolution("pagerduty")
    assert address == "https://example.com/alerts"
    assert closed == {
        "routing_key": SECRET,
        "event_action": "resolve",
        "dedup_key": content("pagerduty")["dedup_key"],
    }
    address, closed = resolution("opsgenie", "https://api.eu.opsgenie.com/v2/alerts/")
    assert address == "https://api.eu.opsgenie.com/v2/alerts/c0ffee/close?identifierType=alias"
    assert closed["note"] == "Resolved: loans: validate failed\nOpen since noon"
    assert content("opsgenie")["alias"] in address


def test_a_receiver_without_incidents_gets_a_message() -> None:
    _, closed = resolution("json")
    assert (closed["status"], closed["cause"]) == ("resolved", content("json")["cause"])
    address, card = resolution("teams", TEAMS)
    assert address == TEAMS
    assert "Resolved: loans: validate failed" in json.dumps(card)
