"""The open alerts of a model, as the pages show them: a copy of what the object store holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.alerting.alert import OpenAlert

KEY = "page.alerts"
"""Under which they stand in the asset state store."""
MOST, _LONGEST = 100, 300
BAD, WARN = "bad", "warn"
_MILD = frozenset({
    "silence: labels late", "silence: champion too old", "silence: approval waiting", "silence: dag paused",
    "silence: candidate undecided", "performance by group: warning", "probation: ask",
})  # fmt: skip

SHOWN_ALERTS = RecordKind(
    name="page of open alerts",
    remedy="clear this key of the asset's state store: the watchdog writes it anew",
)


@dataclass(frozen=True, kw_only=True)
class ShownAlert:
    """One open alert.

    :param cause: digest of its cause.
    :param kind: of the cause, such as ``failure`` or ``silence: delivery late``.
    :param since: first occurrence, ISO time in UTC.
    :param words: its one line.
    :param severity: ``bad`` or ``warn``.
    :param notified: the channels that accepted it.
    :param by: who looks after it; empty where nobody does.
    """

    cause: str
    kind: str
    since: str
    words: str
    severity: str = BAD
    notified: tuple[str, ...] = ()
    by: str = ""

    @property
    def when(self) -> datetime:
        """When it occurred first."""
        return datetime.fromisoformat(self.since)


@dataclass(frozen=True, kw_only=True)
class ShownAlerts(Record, kind=SHOWN_ALERTS):
    """The open alerts of a model.

    :param alerts: longest open first; the newest hundred at most.
    """

    alerts: tuple[ShownAlert, ...] = ()

    @classmethod
    def of(cls, open_alerts: Iterable[tuple[str, OpenAlert]]) -> ShownAlerts:
        """Return what is shown of open alerts.

        :param open_alerts: each with the digest of its cause.
        """
        shown = [
            ShownAlert(
                cause=digest,
                kind=known.kind,
                since=known.since,
                words=known.headline[:_LONGEST],
                severity=WARN if known.kind in _MILD else BAD,
                notified=tuple(sorted(known.notified)),
                by=known.acknowledged.get("by", ""),
            )
            for digest, known in open_alerts
        ]
        return cls(alerts=tuple(sorted(shown, key=lambda one: (one.since, one.cause))[-MOST:]))

    def _plain(self) -> dict[str, Any]:
        return {"alerts": [{**asdict(one), "notified": list(one.notified)} for one in self.alerts]}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> ShownAlerts:
        return cls(alerts=tuple(map(_read, fields["alerts"])))


def _read(values: dict[str, Any]) -> ShownAlert:
    """Return an alert, every part of which is what it should be: somebody may have edited it.

    :raises ValueError: something in it is not.
    """
    found = ShownAlert(**{**values, "notified": tuple(values["notified"])})
    texts = (found.cause, found.kind, found.since, found.words, found.severity, found.by, *found.notified)
    if wrong := [one for one in texts if not isinstance(one, str)]:
        raise ValueError(f"{wrong[0]!r} in an alert is not text")
    if found.severity not in (BAD, WARN):
        raise ValueError(f"the severity {found.severity!r} is neither {BAD} nor {WARN}")
    if found.when.tzinfo is None:
        raise ValueError(f"{found.since} has no time zone")
    return found
