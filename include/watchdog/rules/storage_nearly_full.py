"""Storage nearly full: the disk of a store has little space left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts

_MORE = 1.2  # times as much has to be free before the alert is resolved, or it would come and go


def find(facts: Facts) -> Iterator[Silence]:
    """Yield each store with too little space.

    :param facts: what is known.
    """
    least = facts.settings.min_free
    for name, free in sorted(facts.storage.items()):
        is_open = (RULE.name, name) in facts.open_alerts
        if free >= least * (_MORE if is_open else 1):
            continue
        yield Silence(
            subject=name,
            what=f"the disk of the {name} has {free:.1%} left",
            since=facts.now,
            expected=f"at least {least:.1%} (min_free), as it was before {show(facts.now)}",
            to_do="Make room or enlarge the disk. docs/operations.md says what may be removed.",
            resolved="enough space",
            effect="The champion keeps serving. When the disk is full, every task fails that writes.",
        )


RULE = Rule(name="storage nearly full", needs=("storage",), find=find)
