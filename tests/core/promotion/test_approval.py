from __future__ import annotations

import json

import pytest

from include.errors import StaleDecisionError
from include.promotion.approval import Answer, approval_verdict, check_approved, read_comment
from include.verdicts import Reason, Verdict

pytestmark = pytest.mark.core

GATE = Verdict(
    kind="gate", decision="promote", subject="loans candidate", summary="better than version 3",
    reasons=(Reason(rule="gain", passed=True, found="+0.01", required="more than 0"),),
    inputs={"candidate_run": "r4"},
)  # fmt: skip
NOON = "2005-07-01T12:00:00+00:00"
YES = Answer(approved=True, by="ann", at=NOON, comment="looks fine")
NO = Answer(approved=False, by="bob", at=NOON)
LATE = Answer(approved=False, by="nobody", at=NOON, timed_out=True)


@pytest.mark.parametrize(
    ("answer", "kind", "decision", "summary"),
    [
        (YES, "approval", "approve", "ann approved version 4: looks fine"),
        (NO, "rejection", "reject", "bob rejected version 4"),
        (LATE, "rejection", "reject", "nobody approved version 4 in time, so it is rejected"),
    ],
)
def test_an_answer_becomes_a_verdict(answer: Answer, kind: str, decision: str, summary: str) -> None:
    verdict = approval_verdict(GATE, "4", answer)
    assert (verdict.kind, verdict.decision, verdict.summary) == (kind, decision, summary)
    assert [reason.rule for reason in verdict.reasons] == ["gain", "approval"]
    assert verdict.reasons[-1].passed is answer.approved
    assert f"by {answer.by} at {NOON}" in verdict.to_text()
    assert verdict.inputs == GATE.inputs
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        (YES, "a rejection, or no answer in time"),
        (NO, "an approval; to be asked again, train with force"),
        (LATE, "an approval; to be asked again, train with force"),
    ],
)
def test_an_answer_names_the_one_that_would_have_led_elsewhere(answer: Answer, other: str) -> None:
    assert approval_verdict(GATE, "4", answer).counterfactuals[0].startswith(other)


def test_what_was_not_answered_is_distinguished_from_what_was_rejected() -> None:
    assert [answer.outcome for answer in (YES, NO, LATE)] == ["approved", "rejected", "timed out"]


def test_a_comment_is_one_line_and_not_endless() -> None:
    assert read_comment(" fine\nby me ") == "fine by me"
    assert read_comment(None) == ""
    assert len(read_comment("x" * 10_000)) == 2000


def test_only_an_approval_lets_a_version_serve() -> None:
    check_approved("approve", "4")
    with pytest.raises(StaleDecisionError, match=r"version 4 may not serve .* nobody was asked"):
        check_approved(None, "4")
    with pytest.raises(StaleDecisionError, match="it was rejected: nothing was moved"):
        check_approved("reject", "4")
