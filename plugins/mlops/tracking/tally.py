"""How often a model was trained, promoted and rolled back, and what serves since when: by its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.pages.gauges import SERVES, SINCE
from mlops.tracking.tags import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops.tracking.ledger import Entry


def tally(entries: Sequence[Entry]) -> dict[str, float | str]:
    """Return the counts, the version that serves, and since when, in seconds since 1970.

    A training counts once something was decided about its candidate: promoted, or rejected by the gate or by
    a person.

    :param entries: the whole ledger.
    """
    promotions = [one for one in entries if one.kind == "promotion" and one.applied]
    rollbacks = [one for one in entries if one.kind == "rollback" and one.applied]
    rejections = [one for one in entries if one.decision == "reject" and one.applied]
    found: dict[str, float | str] = {
        "retrainings": len(promotions) + len(rejections),
        "promotions": len(promotions),
        "rollbacks": len(rollbacks),
    }
    if moves := [*promotions, *rollbacks]:
        newest = max(moves, key=lambda one: one.time)
        found |= {SERVES: newest.tags.get(VERSION, ""), SINCE: newest.time / 1000}
    return found
