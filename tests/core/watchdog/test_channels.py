"""Which alert channels fail."""

from __future__ import annotations

import pytest

from include.alerting.alert import Alert, Cause, OpenAlert
from include.watchdog.channels import failing_channels

pytestmark = pytest.mark.core

OWN = "silence: alert channel failing"
NAMES = ("log", "mail")


def open_alert(
    subject: str, hour: int, *notified: str, kind: str = "failure", attempted: bool = True
) -> OpenAlert:
    moment = f"2026-11-28T{hour:02}:00:00+00:00"
    alert = Alert(
        cause=Cause(model="lending", kind=kind, subject=subject), subject=f"lending: {subject}", text=""
    )
    first = OpenAlert.first(alert, moment)
    return first.notified_through(notified, moment) if attempted else first


def failing(*open_alerts: OpenAlert) -> list[tuple[str, int, tuple[str, ...]]]:
    found = failing_channels(NAMES, open_alerts, OWN)
    return [(one.name, one.since.hour, one.missed) for one in found]


def test_a_channel_that_missed_an_alert_fails_since_the_first_of_them() -> None:
    assert failing(open_alert("b", 9, "log"), open_alert("a", 8, "log"), open_alert("c", 7, *NAMES)) == [
        ("mail", 8, ("lending: a", "lending: b"))
    ]


def test_one_that_has_accepted_something_since_works_again() -> None:
    assert failing(open_alert("a", 8, "log"), open_alert("b", 9, *NAMES)) == []
    assert failing(open_alert("a", 8, "log"), open_alert("mail", 9, *NAMES, kind=OWN)) == [], (
        "this very alert did"
    )


def test_an_alert_about_it_is_no_reason_and_neither_is_one_that_is_being_sent() -> None:
    assert failing(open_alert("mail", 9, "log", kind=OWN)) == []
    assert failing(open_alert("a", 9, attempted=False)) == []
    assert failing() == []


def test_all_may_fail() -> None:
    assert [name for name, *_ in failing(open_alert("a", 8))] == ["log", "mail"]
