"""Labels late: the source has no newer labels, although those of earlier deliveries are due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.watchdog.facts import gap_of_features, usual_gap
from include.watchdog.rules.delivery_late import end_of, was_silent_before
from include.watchdog.silence import Rule, Silence, days, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts


def find(facts: Facts) -> Iterator[Silence]:
    """Yield the newest labels, if the next ones should be there by now.

    Labels can't come without the deliveries that they are about: where these stopped first, that is what is
    late.

    :param facts: what is known.
    """
    if facts.labels is None or not facts.features:
        return
    delay, late = facts.labels_delay, facts.settings.labels_late
    if not facts.labels:
        since = end_of(facts.features[0])
        due = since + timedelta(days=delay + late)
        newest, gap = "", 0
    else:
        newest = facts.labels[-1]
        gap = facts.settings.labels_every or usual_gap(facts.labels, gap_of_features(facts))
        since = end_of(newest)
        due = since + timedelta(days=gap + late)
        if _none_to_come(facts, newest):
            return
    if facts.now < due or was_silent_before(facts, due):
        return
    expected = (
        f"the next ones by {show(due)}: labels come every {days(gap)} at most, and may be {days(late)} late "
        "(labels_every, labels_late)"
        if newest
        else f"the first ones by {show(due)}: those of {facts.features[0]} are due {days(delay)} later "
        f"(target.delay_days, target.horizon_days), and may be {days(late)} late (labels_late)"
    )
    yield Silence(
        subject=f"after {newest or 'none'}",
        what=f"the newest labels are still those of {newest}" if newest else "no labels have come at all",
        since=since,
        expected=expected,
        to_do="Ask whoever delivers the labels. If they are there, look at `source.labels` in model.yaml, "
        "and at its connection.",
        resolved="newer labels at the source",
        effect="The champion keeps serving, but how well it does is not known any more, and nothing can be "
        "learned.",
    )


def _none_to_come(facts: Facts, newest: str) -> bool:
    """Tell whether the newest labels are already those of the newest delivery."""
    return newest >= (end_of(facts.features[-1]) + timedelta(days=facts.labels_delay - 1)).date().isoformat()


RULE = Rule(name="labels late", needs=("features", "labels", "memory"), find=find)
