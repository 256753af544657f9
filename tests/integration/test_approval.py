"""Promotion on manual request: an answer between registering and promoting, with a real MLflow server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import TaskAwaitingInput

from include.errors import StaleDecisionError
from mlops.tracking.model_registry import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION
from mlops.tracking.reproducibility import ReproducibilityResult
from mlops.tracking.tags import (
    APPROVAL,
    APPROVAL_AT,
    APPROVAL_BY,
    APPROVAL_COMMENT,
    BY,
    COMMENT,
    TEST_DIGEST,
)
from tests.integration.test_crashes import run_and_die
from tests.world.versions import Versions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

HITL = "airflow.providers.standard.operators.hitl"
NOON = datetime(2005, 7, 1, 12, tzinfo=UTC)


class Approval:
    """The approval of version 2; it looks like a run of one task."""

    def __init__(self, versions: Versions) -> None:
        self.folder, self.versions = versions.folder, versions
        self.answer = event("Approve", "ann", "looks fine")
        self.run = versions.promotion("2", "1")

    def ask(self) -> Any:
        """Run the task; return ``None`` where what follows is skipped."""
        return self.run.run_task("approve")

    def run_task(self, task_id: str = "approve") -> Any:
        """Go on with the answer; return ``None`` where what follows is skipped."""
        return self.run.resume(task_id, self.answer)

    @property
    def skipped(self) -> set[str]:
        """The tasks that are skipped after what was answered."""
        return self.run.skipped


def event(option: str, by: str | None, comment: str = "", *, timedout: bool = False) -> dict[str, Any]:
    """Return what Airflow hands on when somebody answered, or the time was up."""
    return {
        "chosen_options": [option],
        "params_input": {"comment": comment},
        "responded_at": NOON,
        "responded_by_user": {"id": "7", "name": by} if by else None,
        "timedout": timedout,
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What people were asked."""
    questions: list[dict[str, Any]] = []
    monkeypatch.setattr(f"{HITL}.upsert_hitl_detail", lambda **question: questions.append(question))
    return questions


@pytest.fixture
def versions(
    small_model: Path,
    state: Path,
    mlflow_server: object,
    monkeypatch: pytest.MonkeyPatch,
    asked: list[dict[str, Any]],
) -> Versions:
    """Version 1 is champion, version 2 is registered; a person decides."""
    fine = ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0)
    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", lambda order: fine)
    found = Versions(small_model, state)
    for number in "12":
        found.register(f"r{number}", found.key(f"t{number}"))
    found.promote("1", None)
    file = small_model / "model.yaml"
    file.write_text(file.read_text().replace("approval: none", "approval: required"))
    return found


@pytest.fixture
def approval(versions: Versions) -> Approval:
    return Approval(versions)


def test_the_question_shows_the_comparison_and_the_version_can_be_tried(
    approval: Approval, asked: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TaskAwaitingInput) as waiting:
        approval.ask()
    assert waiting.value.timeout.total_seconds() == 48 * 3600
    (question,) = asked
    model = approval.folder.name
    assert question["subject"] == f"May version 2 of {model} serve?"
    assert "### gate: promote - the candidate" in question["body"]
    assert "better than version 1" in question["body"]
    assert f"/#/models/{model}/versions/2" in question["body"]
    assert question["options"] == ["Approve", "Reject"]
    assert question["defaults"] == ["Reject"]
    assert list(question["params"]) == ["comment"]
    assert approval.versions.registry.aliases() == {CHAMPION: "1", CHALLENGER: "2"}
    assert f"ALERT {model}: version 2 waits for an approval" in caplog.text
    assert "No answer within 48 hours rejects it." in caplog.text
    assert "Airflow: http://airflow/approve/required_actions" in caplog.text


def test_asking_again_does_not_alert_again(approval: Approval, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        with pytest.raises(TaskAwaitingInput):
            approval.ask()
    assert caplog.text.count("ALERT ") == 1


def test_an_approval_is_kept_on_the_version_and_in_the_ledger_and_the_version_is_promoted(
    approval: Approval,
) -> None:
    versions = approval.versions
    assert approval.run_task() is not None
    kept = versions.registry.version("2")
    assert kept is not None
    assert {name: value for name, value in kept.tags.items() if "approval" in name} == {
        APPROVAL: "approved",
        APPROVAL_BY: "ann",
        APPROVAL_AT: "2005-07-01T12:00:00+00:00",
        APPROVAL_COMMENT: "looks fine",
    }
    (entry,) = versions.ledger.entries(kind="approval")
    assert (entry.decision, entry.applied) == ("approve", True)
    assert entry.summary == "ann approved version 2: looks fine"
    assert entry.tags[BY] == "ann"
    assert versions.promote("2", "1")["aliases"] == {CHAMPION: "2", PREVIOUS_CHAMPION: "1"}
    newest = versions.ledger.entries(kind="promotion")[0]
    assert (newest.tags[BY], newest.tags[COMMENT]) == ("ann", "looks fine")


@pytest.mark.parametrize(
    ("answer", "word", "by", "summary"),
    [
        (event("Reject", "bob", "no\nthanks"), "rejected", "bob", "bob rejected version 2: no thanks"),
        (
            event("Reject", None, "", timedout=True),
            "timed out",
            "nobody",
            "nobody approved version 2 in time, so it is rejected",
        ),
    ],
    ids=["rejected", "timed out"],
)
def test_a_rejection_is_kept_and_told_and_skips_the_promotion(
    approval: Approval, answer: dict[str, Any], word: str, by: str, summary: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    versions = approval.versions
    with pytest.raises(TaskAwaitingInput):
        approval.ask()
    approval.answer = answer
    assert approval.run_task() is None
    assert approval.skipped == {"promote"}
    assert versions.registry.aliases() == {CHAMPION: "1"}
    kept = versions.registry.version("2")
    assert kept is not None
    assert kept.tags[APPROVAL] == word
    (entry,) = versions.ledger.entries(kind="rejection")
    assert (entry.decision, entry.applied, entry.tags[BY]) == ("reject", True, by)
    assert summary in entry.summary
    assert f"ALERT {approval.folder.name}: " in caplog.text
    assert summary in caplog.text


def test_what_a_person_rejected_is_not_trained_again_by_itself(approval: Approval) -> None:
    versions = approval.versions
    digest = versions.registry.version("2").tags[TEST_DIGEST]  # type: ignore[union-attr]
    assert versions.check_new_data("t2", test_digest=digest) == "train"
    approval.answer = event("Reject", "bob")
    approval.run_task()
    assert versions.check_new_data("t2", test_digest=digest) is None
    assert versions.check_new_data("t2", test_digest=digest, force=True) == "train"


def test_another_challenger_stays(approval: Approval) -> None:
    versions = approval.versions
    versions.registry.set_alias(CHALLENGER, "1")
    approval.answer = event("Reject", "bob")
    approval.run_task()
    assert versions.registry.aliases()[CHALLENGER] == "1"


def test_who_answered_without_a_name_is_said_so(approval: Approval) -> None:
    approval.answer = event("Approve", None)
    approval.run_task()
    (entry,) = approval.versions.ledger.entries(kind="approval")
    assert entry.tags[BY] == "an unknown user"


@pytest.mark.parametrize("option", ["Approve", "Reject"])
def test_a_retry_does_not_ask_again(approval: Approval, asked: list[dict[str, Any]], option: str) -> None:
    approval.answer = event(option, "ann")
    approval.run_task()
    if option == "Approve":
        assert approval.ask() == {"approved": True, "by": "ann"}
    else:
        assert approval.ask() is None
        assert approval.skipped == {"promote"}
    assert asked == []


@pytest.mark.parametrize(
    "after", [pytest.param(False, id="before"), pytest.param(True, id="after", marks=pytest.mark.full)]
)
def test_an_answer_killed_at_any_request_is_kept_once(approval: Approval, after: bool) -> None:
    versions = approval.versions
    versions.registry.set_alias(CHALLENGER, "2")
    approval.answer = event("Reject", "bob")
    at = 1
    while run_and_die(approval, "approve", at=at, after=after):  # type: ignore[arg-type]
        at += 1
    approval.run_task()
    assert versions.kinds() == [("rejection", True), ("promotion", True)]
    assert versions.registry.aliases() == {CHAMPION: "1"}
    assert at > 2


def test_an_answer_that_was_half_kept_is_kept_whole_by_the_next_try(
    approval: Approval, asked: list[dict[str, Any]]
) -> None:
    versions = approval.versions
    approval.run_task()
    (entry,) = versions.ledger.entries(kind="approval")
    versions.hook.client.update_run(entry.run_id, status="RUNNING")
    versions.hook.client.delete_model_version_tag(versions.folder.name, "2", APPROVAL)
    with pytest.raises(StaleDecisionError, match="nobody was asked"):
        versions.promote("2", "1")
    assert approval.ask() == {"approved": True, "by": "ann"}
    assert asked == []
    assert versions.kinds()[0] == ("approval", True)
    assert versions.registry.version("2").tags[APPROVAL] == "approved"  # type: ignore[union-attr]


def test_without_an_approval_nothing_is_promoted(approval: Approval) -> None:
    """Somebody marked the task as successful, or switched approval on while the run was under way."""
    with pytest.raises(StaleDecisionError, match="nobody was asked: nothing was moved"):
        approval.versions.promote("2", "1")
    approval.answer = event("Reject", "bob")
    approval.run_task()
    with pytest.raises(StaleDecisionError, match="it was rejected: nothing was moved"):
        approval.versions.promote("2", "1")
    assert approval.versions.registry.aliases() == {CHAMPION: "1"}


def test_an_option_that_was_not_offered_is_refused_and_not_kept(approval: Approval) -> None:
    approval.answer = event("Maybe", "bob")
    with pytest.raises(ValueError, match="Maybe"):
        approval.run_task()
    assert approval.versions.kinds() == [("promotion", True)]
