"""What was decided, by whom and why: an excerpt of the ledger, with the task that decided."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from include.pages.bounded import REMEDY, cut, fit
from include.pages.entry import Place, read_place
from include.records import Record, RecordKind

MOST_DECISIONS = 60  # of one kind

DECISIONS = RecordKind(name="page decisions", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One decision.

    :param at: when, as ISO text in UTC.
    :param as_of: ISO date whose knowledge was used.
    :param decision: such as ``promote``.
    :param subject: what it is about.
    :param summary: why, in a sentence or two.
    :param place: the task that decided.
    :param version: the version that serves from then on; empty for a decision that moved nothing.
    :param by: who asked for it; empty where nobody did.
    """

    at: str
    as_of: str
    decision: str
    subject: str
    summary: str
    place: Place
    version: str = ""
    by: str = ""

    @property
    def when(self) -> datetime:
        """When it was decided."""
        return datetime.fromisoformat(self.at)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, with texts of bounded length."""
        return {name: cut(value) for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Any) -> Decided:
        """Build a decision from what :meth:`to_dict` returned.

        :raises ValueError: something else stands there.
        """
        fields = {**values, "place": read_place(values["place"])}
        if wrong := [name for name in fields if name != "place" and not isinstance(fields[name], str)]:
            raise ValueError(f"{wrong[0]} of a decision is not text")
        date.fromisoformat(fields["as_of"])
        if datetime.fromisoformat(fields["at"]).tzinfo is None:
            raise ValueError(f"{fields['at']} has no time zone")
        return cls(**fields)


@dataclass(frozen=True, kw_only=True)
class Decisions(Record, kind=DECISIONS):
    """The newest decisions of one kind.

    :param decided: oldest first.
    """

    decided: tuple[Decided, ...] = ()

    def after(self, earlier: tuple[Decided, ...]) -> Decisions:
        """Return these decisions with those before: a task that decides once more the same is one decision.

        :param earlier: what was known.
        """
        known = {one.place: one for one in earlier}
        for one in self.decided:
            before = known.get(one.place)
            same = before is not None and (before.decision, before.subject) == (one.decision, one.subject)
            known[one.place] = before if same and before else one
        return Decisions(decided=tuple(sorted(known.values(), key=lambda one: one.when))[-MOST_DECISIONS:])

    def _plain(self) -> dict[str, Any]:
        decided = [one.to_dict() for one in self.decided[-MOST_DECISIONS:]]
        return fit({"decided": decided}, oldest_first=[decided])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Decisions:
        return cls(decided=tuple(map(Decided.from_dict, fields["decided"])))
