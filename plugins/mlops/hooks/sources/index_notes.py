"""What is noted of the files of a table that holds all partitions: which partitions each of them has.

Notes save work and are never needed: without them files are read again. They belong to one way of cutting,
and each to the bytes of one file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.data.sources.index import Index
from include.strict_json import to_json
from mlops import object_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops.hooks.object_store import ObjectStoreHook

_FORMAT = 1


@dataclass
class IndexNotes:
    """Notes about one table.

    :param store: where they are kept; None keeps none.
    :param key: their object key.
    :param known: URI and sha256 of a file to what it holds.
    """

    store: ObjectStoreHook | None
    key: str
    known: dict[tuple[str, str], Index] = field(default_factory=dict)

    @classmethod
    def read(cls, store: ObjectStoreHook | None, model: str, table: str, about: list[object]) -> IndexNotes:
        """Return what is known; nothing where the notes are of another format, or damaged.

        :param store: where it is kept.
        :param model: the model's name.
        :param table: ``features`` or ``labels``, or the name of a view.
        :param about: what the notes depend on, as plain values: the table, how it is cut, the columns.
        """
        key = object_keys.index_notes(model, table, hashlib.sha256(to_json(about).encode()).hexdigest())
        found = store.read_json(store.resolve(key)) if store is not None else None
        try:
            return cls(store, key, _known(found))
        except (LookupError, TypeError, ValueError):
            return cls(store, key)

    def get(self, uri: str, sha256: str) -> Index | None:
        """Return what a file holds, or None where it is not known.

        :param uri: the file.
        :param sha256: digest of its bytes.
        """
        return self.known.get((uri, sha256))

    def keep(self, found: Mapping[tuple[str, str], Index]) -> None:
        """Note what the files hold now, for later runs.

        :param found: URI and sha256 of each file to what it holds; others are forgotten.
        """
        if set(found) == set(self.known):
            return
        self.known = dict(found)
        if self.store is not None:
            files = [
                [uri, sha256, index.to_plain()] for (uri, sha256), index in sorted(found.items(), key=_key)
            ]
            self.store.write_json(self.store.resolve(self.key), {"format": _FORMAT, "files": files})


def _known(found: Any) -> dict[tuple[str, str], Index]:
    if found is None or found["format"] != _FORMAT:
        return {}
    return {(str(uri), str(sha256)): Index.from_plain(plain) for uri, sha256, plain in found["files"]}


def _key(one: tuple[tuple[str, str], Index]) -> tuple[str, str]:
    return one[0]
