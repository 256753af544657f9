"""Reject a version that does not serve: it loses ``challenger``, and its data is not trained on again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.errors import ConfigError, RefusedError
from include.promotion.alias_plan import CHAMPION, decision_id
from include.promotion.approval import APPROVE, Answer, approval_verdict
from include.verdicts import Verdict
from mlops.requests.base import Request
from mlops.tracking.approvals import answer_from_tags, record_answer
from mlops.tracking.tags import CANDIDATE_RUN, TEST_DIGEST, TRAINING_KEY

if TYPE_CHECKING:
    from mlops.requests.base import Asked


def _reject(asked: Asked) -> Verdict:
    model, number = asked.config.name, asked.subject
    version = asked.registry.version(number) if number.isdecimal() else None
    if version is None:
        raise ConfigError(f"{model} has no version {number!r}. Nothing was changed.")
    if asked.registry.aliases().get(CHAMPION) == number:
        raise RefusedError(
            f"version {number} is {model}'s champion: it is left by a rollback. Nothing was changed."
        )
    identifier = decision_id(model, "approval", str(version.run_id))
    known = asked.ledger.find(identifier)
    if known is not None and known.decision == APPROVE:
        raise RefusedError(f"version {number} was approved before: {known.summary}. Nothing was changed.")
    answer = answer_from_tags(known.tags) if known is not None else _answer(asked)
    subject = Verdict(
        kind="rejection", decision="reject", subject=f"version {number} of {model}, on manual request",
        summary=asked.reason,
    )  # fmt: skip
    verdict = approval_verdict(subject, number, answer)
    record_answer(
        asked.registry, asked.ledger, verdict, number, answer,
        identifier=identifier, decided_by=asked.task,
        tags={
            TRAINING_KEY: version.tags.get(TRAINING_KEY, ""),
            TEST_DIGEST: version.tags.get(TEST_DIGEST, ""),
            CANDIDATE_RUN: str(version.run_id),
        },
    )  # fmt: skip
    return verdict


def _answer(asked: Asked) -> Answer:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Answer(approved=False, by=asked.by, at=now, comment=asked.reason)


REJECT = Request(name="reject", subject="number of the version", do=_reject)
