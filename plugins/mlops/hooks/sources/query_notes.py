"""What is noted of a query between runs: the types of its columns, and of each partition rows and digest.

Notes save work and are never needed: without them partitions are read again. They belong to one text of one
query, so that a query that was changed on purpose begins anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.strict_json import to_json
from mlops import object_keys

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook

_FORMAT = 1


@dataclass
class QueryNotes:
    """Notes about one table.

    :param store: where they are kept; None keeps none.
    :param key: their object key.
    :param types: column to type, as of the last partition that was read.
    :param partitions: partition to the number of its rows and the digest of what was read.
    """

    store: ObjectStoreHook | None
    key: str
    types: dict[str, str] = field(default_factory=dict)
    partitions: dict[str, tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, store: ObjectStoreHook | None, model: str, table: str, about: list[object]) -> QueryNotes:
        """Return what is known.

        :param store: where it is kept.
        :param model: the model's name.
        :param table: ``features`` or ``labels``.
        :param about: what the notes depend on, as plain values: the query, how it is cut, the columns.
        """
        key = object_keys.query_notes(model, table, hashlib.sha256(to_json(about).encode()).hexdigest())
        found = store.read_json(store.resolve(key)) if store is not None else None
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            return cls(store, key)
        partitions = {day: (int(rows), str(digest)) for day, (rows, digest) in found["partitions"].items()}
        return cls(store, key, dict(found["types"]), partitions)

    def note(self, partition: str, rows: int, digest: str, types: dict[str, str | None]) -> None:
        """Note what was read, for later runs.

        :param partition: ISO date.
        :param rows: how many there are.
        :param digest: of the delivery.
        :param types: column to type; None where it is not known.
        """
        self.partitions[partition] = (rows, digest)
        self.types |= {name: one for name, one in types.items() if one is not None}
        if self.store is not None:
            content = {
                "format": _FORMAT,
                "types": self.types,
                "partitions": {day: list(known) for day, known in sorted(self.partitions.items())},
            }
            self.store.write_json(self.store.resolve(self.key), content)
