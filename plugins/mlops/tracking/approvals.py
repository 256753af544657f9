"""A person's answer on a candidate, as tags of its version and of its ledger entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.promotion.approval import Answer
from mlops.tracking.tags import APPROVAL, APPROVAL_AT, APPROVAL_BY, APPROVAL_COMMENT

if TYPE_CHECKING:
    from collections.abc import Mapping


def answer_to_tags(answer: Answer) -> dict[str, str]:
    """Return an answer as tags; :func:`answer_from_tags` reads them."""
    return {
        APPROVAL: answer.outcome,
        APPROVAL_BY: answer.by,
        APPROVAL_AT: answer.at,
        APPROVAL_COMMENT: answer.comment,
    }


def answer_from_tags(tags: Mapping[str, str]) -> Answer:
    """Return the answer that tags hold.

    :param tags: of a version or a ledger entry that somebody has answered.
    """
    return Answer(
        approved=tags[APPROVAL] == "approved",
        by=tags[APPROVAL_BY],
        at=tags[APPROVAL_AT],
        comment=tags[APPROVAL_COMMENT],
        timed_out=tags[APPROVAL] == "timed out",
    )
