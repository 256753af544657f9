"""Which alert channels fail, from what is known of the open alerts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from include.watchdog.facts import FailingChannel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.alerting.alert import OpenAlert


def failing_channels(
    names: Iterable[str], open_alerts: Sequence[OpenAlert], own_kind: str
) -> tuple[FailingChannel, ...]:
    """Return the channels that did not accept an open alert, and none after it.

    :param names: of the model's channels.
    :param open_alerts: all of the model's.
    :param own_kind: kind of the alerts about failing channels: these try a channel again, but are no reason
        to call it failing.
    """
    found = []
    for name in names:
        accepted = max((one.notified[name] for one in open_alerts if name in one.notified), default="")
        missed = [
            one
            for one in open_alerts
            if one.attempted
            and name not in one.notified
            and one.kind != own_kind
            and one.last_seen >= accepted
        ]
        if missed:
            since = min(one.last_seen for one in missed)
            headlines = tuple(one.headline for one in sorted(missed, key=lambda one: one.last_seen))
            found.append(FailingChannel(name=name, since=datetime.fromisoformat(since), missed=headlines))
    return tuple(found)
