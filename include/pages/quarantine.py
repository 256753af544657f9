"""Deliveries that may not be used, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from include.pages.bounded import REMEDY, cut, fit
from include.pages.entry import NOWHERE, Place, read_place
from include.records import Record, RecordKind

MOST_DELIVERIES = 60

PAGE_QUARANTINE = RecordKind(name="page quarantine", remedy=REMEDY)


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """A delivery in quarantine.

    :param md5: of its snapshot.
    :param path: in the data registry.
    :param why: what is wrong with it.
    """

    md5: str
    path: str
    why: str


@dataclass(frozen=True, kw_only=True)
class PageQuarantine(Record, kind=PAGE_QUARANTINE):
    """The deliveries that the newest validation kept out.

    :param place: the task that validated.
    :param deliveries: newest first.
    """

    place: Place = NOWHERE
    deliveries: tuple[Quarantined, ...] = ()

    def without(self, md5: str) -> PageQuarantine:
        """Return those that are left once somebody has released one.

        :param md5: of its snapshot.
        """
        left = tuple(one for one in self.deliveries if one.md5 != md5)
        return PageQuarantine(place=self.place, deliveries=left)

    def _plain(self) -> dict[str, Any]:
        rows = [[one.md5, cut(one.path), cut(one.why)] for one in self.deliveries[:MOST_DELIVERIES]]
        place = {"dag_id": self.place.dag_id, "run_id": self.place.run_id, "task_id": self.place.task_id}
        return fit({"place": place, "deliveries": rows}, least_important_last=[rows])

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> PageQuarantine:
        found = tuple(Quarantined(md5=md5, path=path, why=why) for md5, path, why in fields["deliveries"])
        for one in found:
            if not all(isinstance(text, str) for text in (one.md5, one.path, one.why)):
                raise ValueError("a delivery in quarantine has three texts: md5, path and why")
        return cls(place=read_place(fields["place"]), deliveries=found)


NO_QUARANTINE = PageQuarantine()
