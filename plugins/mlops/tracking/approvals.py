"""A person's answer on a candidate: from Airflow's event, and as tags of its version and its ledger entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.promotion.alias_plan import CHALLENGER
from include.promotion.approval import Answer, read_comment
from mlops.tracking.tags import APPROVAL, APPROVAL_AT, APPROVAL_BY, APPROVAL_COMMENT, BY, COMMENT, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.verdicts import Verdict
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry


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


def answer_from_event(event: Mapping[str, Any], *, approve: str) -> Answer:
    """Return the answer that Airflow hands to a waiting task.

    :param event: what the form was answered with, or that nobody did in time.
    :param approve: the option that approves.
    """
    timed_out, person = bool(event.get("timedout")), event.get("responded_by_user")
    return Answer(
        approved=event["chosen_options"] == [approve],
        by="nobody" if timed_out else str(person["name"]) if person else "an unknown user",
        at=event["responded_at"].isoformat(timespec="seconds"),
        comment="" if timed_out else read_comment((event["params_input"] or {}).get("comment")),
        timed_out=timed_out,
    )


def record_answer(
    registry: ModelRegistry,
    ledger: Ledger,
    verdict: Verdict,
    version: str,
    answer: Answer,
    *,
    identifier: str,
    decided_by: str,
    tags: Mapping[str, str],
) -> None:
    """Put an answer into the ledger and on the version; each step may be repeated.

    A rejected version loses ``challenger``.

    :param registry: the registered model.
    :param ledger: its ledger.
    :param verdict: the answer as a verdict.
    :param version: the version.
    :param answer: the answer.
    :param identifier: id of the decision.
    :param decided_by: the Airflow task.
    :param tags: what later decisions will want to know.
    """
    entry = ledger.record_planned(
        identifier,
        verdict,
        plan={},
        decided_by=decided_by,
        tags={
            **answer_to_tags(answer),
            BY: answer.by,
            COMMENT: answer.comment,
            VERSION: version,
            **tags,
        },
    )
    registry.set_tags(version, answer_to_tags(answer))
    if not answer.approved and registry.aliases().get(CHALLENGER) == version:
        registry.delete_alias(CHALLENGER)
    ledger.record_applied(entry, verdict)
