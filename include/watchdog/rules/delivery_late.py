"""Delivery late: the source has nothing newer, although deliveries have come more often so far."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from include.watchdog.facts import gap_of_features
from include.watchdog.silence import Rule, Silence, days, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts

ARCHIVE = timedelta(days=30)
"""A source that had been silent for so long when the watchdog first looked is an archive."""


def find(facts: Facts) -> Iterator[Silence]:
    """Yield the newest delivery, if the next one should be there by now.

    :param facts: what is known.
    """
    gap, late = gap_of_features(facts), facts.settings.delivery_late
    if not facts.features:
        first = facts.memory.since
        if first is not None and facts.now >= (due := first + timedelta(days=gap + late)):
            yield _silence(facts, "the source has no delivery at all", first, due)
        return
    newest = facts.features[-1]
    since = end_of(newest)
    due = since + timedelta(days=gap + late)
    if facts.now >= due and not was_silent_before(facts, due):
        yield _silence(facts, f"the newest delivery is still {newest}", since, due)


def end_of(partition: str) -> datetime:
    """Return the end of a day, in UTC.

    :param partition: ISO date.
    """
    return datetime.combine(datetime.fromisoformat(partition), time(), UTC) + timedelta(days=1)


def was_silent_before(facts: Facts, due: datetime) -> bool:
    """Tell whether something was overdue for long when the watchdog first looked.

    :param facts: what is known.
    :param due: when it should have come.
    """
    return facts.memory.since is not None and due < facts.memory.since - ARCHIVE


def _silence(facts: Facts, what: str, since: datetime, due: datetime) -> Silence:
    gap, late = gap_of_features(facts), facts.settings.delivery_late
    return Silence(
        subject=f"after {facts.features[-1] if facts.features else 'none'}",
        what=what,
        since=since,
        expected=f"the next one by {show(due)}: deliveries come every {days(gap)} at most, and may be "
        f"{days(late)} late (delivery_every, delivery_late)",
        to_do="Ask whoever delivers. If the source has it, look at its connection, and at `uri` or `sql` "
        "under `source.features` in model.yaml.",
        resolved="a newer delivery at the source",
        effect="The champion keeps serving; there is nothing newer to score.",
    )


RULE = Rule(name="delivery late", needs=("features", "memory"), find=find)
