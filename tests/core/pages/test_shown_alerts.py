"""The open alerts that the pages show: what is kept of them, and what somebody may have edited."""

from __future__ import annotations

from typing import Any

import pytest

from include.alerting.alert import Alert, Cause, OpenAlert
from include.errors import DataError
from include.pages.alerts import MOST, ShownAlerts

pytestmark = pytest.mark.core


def open_alert(kind: str, since: str = "2026-11-28T10:00:00+00:00", subject: str = "x") -> OpenAlert:
    alert = Alert(
        cause=Cause(model="lending", kind=kind, subject=subject), subject=f"lending: {kind}", text=""
    )
    return OpenAlert.first(alert, since).notified_through(["mail", "log"], since)


def test_the_longest_open_comes_first_with_how_bad_it_is():
    shown = ShownAlerts.of([
        ("b", open_alert("failure")),
        ("a", open_alert("silence: dag paused", "2026-11-27T10:00:00+00:00")),
    ])
    assert [(one.cause, one.severity, one.notified) for one in shown.alerts] == [
        ("a", "warn", ("log", "mail")), ("b", "bad", ("log", "mail")),
    ]  # fmt: skip
    assert ShownAlerts.from_dict(shown.to_dict()) == shown


def test_no_more_than_a_hundred_are_kept_the_newest():
    shown = ShownAlerts.of(
        (str(n), open_alert("failure", f"2026-11-28T10:{n % 60:02}:00+00:00")) for n in range(300)
    )
    assert len(shown.alerts) == MOST
    assert min(one.since for one in shown.alerts) >= "2026-11-28T10:40"


@pytest.mark.parametrize(
    "change",
    [
        {"severity": "fatal"}, {"since": "yesterday"}, {"words": 3}, {"kind": None}, {"notified": [1]},
        {"notified": None}, {"more": 1},
    ],
)  # fmt: skip
def test_what_somebody_edited_is_refused_with_a_remedy(change: dict[str, Any]):
    values = ShownAlerts.of([("a", open_alert("failure"))]).to_dict()
    values["alerts"][0].update(change)
    with pytest.raises(DataError, match="clear this key"):
        ShownAlerts.from_dict(values)


def test_who_looks_after_an_alert_is_shown():
    known = open_alert("failure").acknowledged_by("ann", "on it", "2026-11-28T11:00:00+00:00")
    (shown,) = ShownAlerts.from_dict(ShownAlerts.of([("a", known)]).to_dict()).alerts
    assert shown.by == "ann"
