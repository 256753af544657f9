"""Alert channel failing: an alert was to be sent by it, and it has accepted none since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.watchdog.silence import Rule, Silence, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.watchdog.facts import Facts

_SHOWN = 10


def find(facts: Facts) -> Iterator[Silence]:
    """Yield each channel that fails. This very alert tries it again, every time.

    :param facts: what is known.
    """
    for channel in facts.channels:
        missed = list(channel.missed[:_SHOWN])
        if len(channel.missed) > _SHOWN:
            missed.append(f"{len(channel.missed) - _SHOWN} more")
        yield Silence(
            subject=channel.name,
            what=f"alerts do not arrive by {channel.name}; it has missed {'; '.join(missed)}",
            since=channel.since,
            expected=f"that it accepts what was first to be sent at {show(channel.since)}",
            to_do="Look for `ALERT not sent by` in the log of the watchdog: it has the reason. Check the "
            "connection. Whoever reads this by that channel: it works again.",
            resolved="a message that the channel accepts; it is tried at each look",
            effect="Whoever reads only this channel was not notified. The other channels are used.",
        )


RULE = Rule(name="alert channel failing", needs=("channels",), find=find)
