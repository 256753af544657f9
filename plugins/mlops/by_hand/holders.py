"""Who held a model's lock, one numbered record each; the one with the highest number holds it, or let it go.

A record is only ever created where there is none, so of several that would follow the same one, one does. The
newest record is never removed: whoever has read an old one, and follows it long after, finds a higher number
than his own, and knows that he does not hold the lock. (Numbers that only grow: as fencing tokens in
M. Kleppmann, "How to do distributed locking", 2016.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from include.errors import DataError
from mlops import object_keys

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook

_NAME = re.compile(r"(?P<number>\d+)\.json")
_KEPT = 8
"""Records before the newest that are kept, so that a folder which changes while it is listed shows one."""


class Holder(NamedTuple):
    """One that has held the lock, or let it go.

    :param number: its number; 0 before the first one.
    :param record: what it wrote; empty before the first one, and where it can't be read.
    """

    number: int
    record: dict[str, Any]


class Holders:
    """The records of one model's lock.

    :param store: the object store.
    :param model: the model's name.
    """

    def __init__(self, store: ObjectStoreHook, model: str) -> None:
        self._store, self._model = store, model

    def newest(self) -> Holder:
        """Return the record with the highest number."""
        while True:
            number = max(self._numbers(), default=0)
            if not number:
                return Holder(0, {})
            try:
                found = self._store.read_json(self._path(number))
            except DataError:
                return Holder(number, {})
            if found is not None:  # else others have come and gone since it was listed
                return Holder(number, found if isinstance(found, dict) else {})

    def follow(self, last: Holder, record: dict[str, Any]) -> Holder | None:
        """Write the record that comes after another; return it if it is the newest then, else None.

        :param last: the one that it comes after.
        :param record: what is written; no other has its ``token``.
        """
        path = self._path(last.number + 1)
        created = self._store.create_json(path, record)
        newest = self.newest()
        if newest.record.get("token") == record["token"]:  # also where a repeated request found its own
            return newest
        if created and newest.number > last.number + 1:
            self._store.remove(path)
        return None

    def forget_older(self, newest: Holder) -> None:
        """Remove the records that nobody can still be about to follow and be believed.

        :param newest: the one that was written last.
        """
        for number in self._numbers():
            if number < newest.number - _KEPT:
                self._store.remove(self._path(number))

    def _numbers(self) -> list[int]:
        folder = self._store.resolve(object_keys.by_hand_locks(self._model))
        found = (_NAME.fullmatch(entry.name) for entry in self._store.entries(folder))
        return [int(one["number"]) for one in found if one]

    def _path(self, number: int) -> Any:
        return self._store.resolve(object_keys.by_hand_lock(self._model, number))
