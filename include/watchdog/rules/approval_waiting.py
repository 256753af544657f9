"""Approval waiting: somebody was asked, and has not answered. People are reminded, each time anew."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts


def find(facts: Facts) -> Iterator[Silence]:
    """Yield each version that waits, with the number of the reminder: each reminder is a cause of its own.

    :param facts: what is known.
    """
    every = timedelta(hours=facts.settings.remind_after)
    for waiting in facts.approvals:
        number = (facts.now - waiting.since) // every
        if number < 1:
            continue
        yield Silence(
            subject=f"{waiting.subject}, reminder {number}",
            what=f"{waiting.subject} still waits for an approval (reminder {number})",
            since=waiting.since,
            expected=f"an answer; people are reminded every {facts.settings.remind_after} hours "
            f"(remind_after), next at {show(waiting.since + (number + 1) * every)}",
            to_do="Approve or reject it under Required Actions in Airflow. No answer in time rejects it.",
            resolved="an answer",
            effect="The champion keeps serving until somebody approves.",
        )


RULE = Rule(name="approval waiting", needs=("approvals",), find=find)
