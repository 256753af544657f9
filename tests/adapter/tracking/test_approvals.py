"""An answer is the same after it was kept as tags."""

from __future__ import annotations

import pytest

from include.promotion.approval import Answer
from mlops.tracking.approvals import answer_from_tags, answer_to_tags

pytestmark = pytest.mark.adapter

NOON = "2005-07-01T12:00:00+00:00"
YES = Answer(approved=True, by="ann", at=NOON, comment="looks fine")
NO = Answer(approved=False, by="bob", at=NOON)
LATE = Answer(approved=False, by="nobody", at=NOON, timed_out=True)


@pytest.mark.parametrize("answer", [YES, NO, LATE])
def test_an_answer_survives_as_tags(answer: Answer) -> None:
    assert answer_from_tags(answer_to_tags(answer)) == answer


def test_the_tags_are_those_that_were_always_written() -> None:
    assert answer_to_tags(YES) == {
        "mlops.approval": "approved",
        "mlops.approval_by": "ann",
        "mlops.approval_at": NOON,
        "mlops.approval_comment": "looks fine",
    }
