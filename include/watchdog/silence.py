"""Something that has not happened, in the words in which people are notified, and what a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from include.config.watchdog_schema import WatchdogRule
    from include.watchdog.facts import Facts


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Something that has not happened.

    :param subject: what it is about, free of all that changes from day to day: with the rule it is the cause.
    :param what: what has not happened, in a sentence.
    :param since: since when: the last time that it did happen, or was as it should be; with its time zone.
    :param expected: when it should have happened, in words.
    :param to_do: what to do.
    :param resolved: what resolves the alert, in words: "a newer delivery".
    :param effect: what still works, and what does not.
    """

    subject: str
    what: str
    since: datetime
    expected: str
    to_do: str
    resolved: str
    effect: str = "The champion keeps serving."


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One way of being silent.

    :param name: as in ``monitoring.watchdog.ignore``.
    :param needs: names of the facts without which it says nothing.
    :param find: returns what has not happened.
    """

    name: WatchdogRule
    needs: tuple[str, ...]
    find: Callable[[Facts], Iterable[Silence]]


def show(moment: datetime) -> str:
    """Return a moment as people read it.

    :param moment: with its time zone.
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def days(number: int) -> str:
    """Return ``1 day`` or ``3 days``.

    :param number: how many.
    """
    return f"{number} day{'' if number == 1 else 's'}"
