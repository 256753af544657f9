"""Say why a delivery of features was joined anew, so that no snapshot of the past changes unexplained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.data.views.record import JoinedWith, JoinRecord

_NAMED = 3


def explain_rejoin(before: JoinRecord | None, now: Sequence[JoinedWith]) -> str:
    """Return what went into a join that had not gone into the one before, as one phrase.

    :param before: what was joined before; None where no record tells.
    :param now: what is joined now, view by view.
    """
    if before is None:
        return "it had no view before, or no record tells which"
    known = {one.view: one for one in before.views}
    phrases = [
        phrase
        for one in now
        for phrase in (
            [f"the view {one.view} is new"] if one.view not in known else _moved(known[one.view], one)
        )
    ]
    phrases += [
        f"the view {name} is not joined any more" for name in known.keys() - {one.view for one in now}
    ]
    return "; ".join(phrases) or "its own rows, or what model.yaml or the views' files say, changed"


def _moved(before: JoinedWith, now: JoinedWith) -> Iterator[str]:
    """Yield what happened to the deliveries of one view."""
    old = {one.partition: one.md5 for one in before.deliveries}
    new = {one.partition: one.md5 for one in now.deliveries}
    restated = sorted(day for day in old.keys() & new.keys() if old[day] != new[day])
    for what, days in (
        ("was restated for", restated),
        ("has, since then, a delivery of", sorted(new.keys() - old.keys())),
        ("is not read any more as of", sorted(old.keys() - new.keys())),
    ):
        if days:
            more = f" and {len(days) - _NAMED} more" if len(days) > _NAMED else ""
            yield f"the view {now.view} {what} {', '.join(days[:_NAMED])}{more}"
