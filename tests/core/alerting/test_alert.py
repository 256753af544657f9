from __future__ import annotations

import json

import pytest

from include.alerting.alert import Alert, Cause, OpenAlert

pytestmark = pytest.mark.core

CAUSE = Cause(model="loans", kind="failure", subject="validate: DataError: rows missing")
ALERT = Alert(
    cause=CAUSE,
    subject="loans: validate failed",
    text="12 rows are missing",
    effect="the champion keeps serving",
    links={"Airflow": "http://airflow/run", "Report": ""},
    runbook="failures-and-retries",
    task="loans_training.validate",
    as_of="2005-06-30",
)
NOON, LATER = "2005-07-01T12:00:00+00:00", "2005-07-02T12:00:00+00:00"


def test_the_message_says_what_how_bad_since_when_and_where_to_look() -> None:
    assert ALERT.to_text(NOON, "https://git/docs/").splitlines() == [
        "12 rows are missing",
        "",
        "How bad: the champion keeps serving",
        f"Since: {NOON}; no further message until it is resolved",
        "Airflow: http://airflow/run",
        "Runbook: https://git/docs/operations.md#failures-and-retries",
    ]


def test_an_event_is_not_said_to_last() -> None:
    event = Alert(
        cause=Cause(model="loans", kind="rollback", subject="d1", event=True), subject="s", text="t"
    )
    assert "Since: noon\n" in event.to_text("noon", "docs")


def test_a_long_message_is_cut_and_says_so() -> None:
    text = Alert(cause=CAUSE, subject="s", text="x" * 10_000).to_text(NOON, "docs")
    assert len(text) < 5000
    assert "(cut; the task log has the rest)" in text


@pytest.mark.parametrize("subject", ["a\nBcc: everybody@example.com", "a\r\nBcc: everybody@example.com"])
def test_a_line_break_can_not_add_a_header(subject: str) -> None:
    assert Alert(cause=CAUSE, subject=subject, text="t").headline == "a Bcc: everybody@example.com"


def test_no_message_holds_what_a_terminal_or_a_page_obeys() -> None:
    text = "\x1b[31m::group::x\x00\u202e"
    alert = Alert(cause=CAUSE, subject=text, text=text, links={text: text})
    assert alert.headline == r"\x1b[31m:\x3agroup::x\x00\u202e"
    assert all(line.isprintable() for line in alert.to_text(NOON, "docs").split("\n"))


def test_a_long_subject_is_cut() -> None:
    assert len(Alert(cause=CAUSE, subject="x" * 500, text="t").headline) == 200


def test_the_name_of_a_cause_depends_on_model_kind_and_subject_only() -> None:
    names = {
        CAUSE.digest,
        Cause(model="cards", kind=CAUSE.kind, subject=CAUSE.subject).digest,
        Cause(model="loans", kind="gate: block", subject=CAUSE.subject).digest,
        Cause(model="loans", kind="failure", subject="validate").digest,
    }
    assert len(names) == 4
    assert CAUSE.digest == Cause(model="loans", kind="failure", subject=CAUSE.subject).digest
    assert len(CAUSE.digest) == 24


def test_an_open_alert_grows_with_each_occurrence() -> None:
    known = OpenAlert.first(ALERT, NOON).notified_through(["log"], NOON)
    again = known.occurred_again(
        Alert(cause=CAUSE, subject="s", text="t", task="loans_scoring.validate", as_of="2005-07-31"), LATER
    )
    assert (again.since, again.last_seen, again.occurrences) == (NOON, LATER, 2)
    assert again.tasks == ("loans_training.validate", "loans_scoring.validate")
    assert again.as_of == "2005-07-31"
    assert again.notified == {"log": NOON}
    assert again.occurred_again(ALERT, LATER).as_of == "2005-07-31"


@pytest.mark.parametrize(
    ("task", "as_of", "resolved"),
    [
        ("loans_training.validate", "2005-06-30", True),
        ("loans_training.validate", "2005-07-31", True),
        ("loans_training.validate", "2005-05-31", False),  # an older delivery was good all the time
        ("loans_training.extract", "2005-07-31", False),
        ("loans_scoring.validate", "2005-07-31", False),
    ],
)
def test_the_next_success_of_the_task_resolves_the_cause(task: str, as_of: str, resolved: bool) -> None:
    assert OpenAlert.first(ALERT, NOON).resolved_by(task, as_of) is resolved


def test_an_open_alert_survives_json() -> None:
    known = OpenAlert.first(ALERT, NOON).notified_through(["log", "Slack (slack_default)"], LATER)
    assert OpenAlert.from_dict(json.loads(json.dumps(known.to_dict()))) == known


def test_an_open_alert_of_earlier_releases_keeps_what_it_knew() -> None:
    known = OpenAlert.first(ALERT, NOON).occurred_again(ALERT, LATER).notified_through(["log"], LATER)
    fields = {name: value for name, value in known.to_dict().items() if name != "format"}
    old_names = {"last_seen": "last", "occurrences": "times", "notified": "told", "attempted": "tried"}
    second = {old_names.get(name, name): value for name, value in fields.items()}
    first = {name: value for name, value in second.items() if name != "tried"}
    assert OpenAlert.from_dict({**second, "format": 2}) == known
    assert OpenAlert.from_dict(first) == known
    assert not OpenAlert.from_dict({**first, "told": {}}).attempted
