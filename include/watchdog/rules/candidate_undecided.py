"""Candidate undecided: a decision was begun, and nobody has brought it to an end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts


def find(facts: Facts) -> Iterator[Silence]:
    """Yield what has been without a decision, or half decided, for too long.

    :param facts: what is known.
    """
    patience = timedelta(hours=facts.settings.undecided)
    for waiting in facts.undecided:
        due = waiting.since + patience
        if facts.now < due:
            continue
        yield Silence(
            subject=waiting.subject,
            what=f"{waiting.subject} is neither promoted nor rejected",
            since=waiting.since,
            expected=f"a decision by {show(due)} (undecided)",
            to_do=f"Look at the run of {facts.model}_training or {facts.model}_retraining that made it, and "
            "clear the task that stopped. If it is not wanted any more: `bin/mlops reject`.",
            resolved="a decision about it, or a newer one",
        )


RULE = Rule(name="candidate undecided", needs=("undecided",), find=find)
