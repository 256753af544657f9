"""Open alerts, as the page shows them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from include.pages.bounded import REMEDY, cut, fit
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.alerting.alert import OpenAlert

MOST_ALERTS = 40

PAGE_ALERTS = RecordKind(name="page alerts", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class ShownAlert:
    """An open alert.

    :param cause: digest of its cause.
    :param headline: what it says.
    :param since: its first occurrence, ISO time in UTC.
    :param occurrences: how often it occurred.
    :param by: who looks after it; empty where nobody does.
    """

    cause: str
    headline: str
    since: str
    occurrences: int
    by: str = ""

    @property
    def when(self) -> datetime:
        """When it occurred first."""
        return datetime.fromisoformat(self.since)


@dataclass(frozen=True, kw_only=True)
class PageAlerts(Record, kind=PAGE_ALERTS):
    """The alerts that were open when a task looked last.

    :param alerts: longest open first.
    """

    alerts: tuple[ShownAlert, ...] = ()

    @classmethod
    def of(cls, found: Iterable[tuple[str, OpenAlert]]) -> PageAlerts:
        """Return open alerts for the page.

        :param found: each with the digest of its cause.
        """
        shown = [
            ShownAlert(
                cause=cause, headline=one.headline, since=one.since, occurrences=one.occurrences,
                by=one.acknowledged.get("by", ""),
            )
            for cause, one in found
        ]  # fmt: skip
        return cls(alerts=tuple(sorted(shown, key=lambda one: one.since)))

    def _plain(self) -> dict[str, Any]:
        rows = [
            {name: cut(value) for name, value in dataclasses.asdict(one).items()}
            for one in self.alerts[:MOST_ALERTS]
        ]
        return fit({"alerts": rows}, least_important_last=[rows])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> PageAlerts:
        found = tuple(ShownAlert(**one) for one in fields["alerts"])
        for one in found:
            texts = (one.cause, one.headline, one.since, one.by)
            if not all(isinstance(text, str) for text in texts) or type(one.occurrences) is not int:
                raise ValueError("an open alert has texts, and a number of occurrences")
            if one.when.tzinfo is None:
                raise ValueError(f"{one.since} has no time zone")
        return cls(alerts=found)


NO_ALERTS = PageAlerts()
