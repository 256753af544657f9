"""Champion too old: it was to be examined again by now, and still serves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from include.config.schedule import tick_from
from include.watchdog.rules.delivery_late import end_of
from include.watchdog.silence import Rule, Silence, days, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts

_TIME_TO_RETRAIN = timedelta(days=1)


def find(facts: Facts) -> Iterator[Silence]:
    """Yield the champion, if monitoring has had the time to have it examined again.

    :param facts: what is known.
    """
    champion, limit = facts.champion, facts.max_age_days
    if champion is None or limit is None or not champion.trained:
        return
    old = end_of(champion.trained) + timedelta(days=limit)
    due = (tick_from(facts.schedule, old) if facts.schedule else old) + _TIME_TO_RETRAIN
    if facts.now < due:
        return
    yield Silence(
        subject=f"version {champion.version}",
        what=f"champion version {champion.version} was trained as of {champion.trained} and still serves",
        since=old,
        expected=f"another champion by {show(due)}: no older than {days(limit)} "
        "(monitoring.policy.max_age_days), and a day for a retraining",
        to_do=f"Look at the newest verdict of {facts.model}_monitoring: at this age it starts a retraining; "
        "if it has, the gate of that run says why its candidate was not better. An old champion that nothing "
        "beats is good: then raise max_age_days.",
        resolved="another champion",
    )


RULE = Rule(name="champion too old", needs=("champion",), find=find)
