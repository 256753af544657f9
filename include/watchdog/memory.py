"""What the watchdog remembers of a model from one look to the next: what it saw first, and since when.

Kept in Airflow's asset state store, which may be emptied: then the watchdog begins anew, and is later by one
tolerance at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = RecordKind(
    name="memory of the watchdog",
    remedy="clear the key `watchdog` of the asset's state store: the watchdog begins anew",
)
_NOTHING: Mapping[str, datetime] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Memory(Record, kind=MEMORY):
    """What was seen of one model.

    :param since: the first look; None before it.
    :param unscored: the first look since which no newest delivery was scored; None while the newest one is.
    :param delivery: the delivery (ISO date) that was the newest at that look; empty without one.
    :param running: kind of DAG to the first look since which it has not been paused.
    :param paused: kind of DAG to the first look since which it has been paused, or missing.
    """

    since: datetime | None = None
    unscored: datetime | None = None
    delivery: str = ""
    running: Mapping[str, datetime] = field(default_factory=lambda: _NOTHING)
    paused: Mapping[str, datetime] = field(default_factory=lambda: _NOTHING)

    def after(
        self, now: datetime, *, newest: str, scored: str | None, paused: Mapping[str, bool] | None
    ) -> Memory:
        """Return the memory after a look.

        :param now: the moment.
        :param newest: the newest delivery at the source (ISO date); empty if there is none.
        :param scored: the newest delivery that was scored, empty if none was; None if either is not known.
        :param paused: kind of DAG to whether it is paused or missing; None if it is not known.
        """
        found = self if self.since is not None else replace(self, since=now)
        if scored is not None:
            found = _after_scoring(found, now, newest, scored)
        if paused is not None:
            found = replace(
                found,
                running={
                    kind: self.running.get(kind, now) for kind, is_paused in paused.items() if not is_paused
                },
                paused={kind: self.paused.get(kind, now) for kind, is_paused in paused.items() if is_paused},
            )
        return found

    def _plain(self) -> dict[str, Any]:
        return {
            "since": _text(self.since),
            "unscored": _text(self.unscored),
            "delivery": self.delivery,
            "running": {kind: _text(one) for kind, one in self.running.items()},
            "paused": {kind: _text(one) for kind, one in self.paused.items()},
        }

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Memory:
        return cls(
            since=_moment(fields["since"]),
            unscored=_moment(fields["unscored"]),
            delivery=str(fields["delivery"]),
            running={str(kind): _required(one) for kind, one in fields["running"].items()},
            paused={str(kind): _required(one) for kind, one in fields["paused"].items()},
        )


def _after_scoring(memory: Memory, now: datetime, newest: str, scored: str) -> Memory:
    """Return a memory that knows since when nothing has been scored."""
    if newest <= scored:
        return replace(memory, unscored=None, delivery="")
    if memory.unscored is not None and memory.delivery > scored:
        return memory
    return replace(memory, unscored=now, delivery=newest)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _required(text)


def _required(text: str) -> datetime:
    """Return a moment; one without a time zone is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
