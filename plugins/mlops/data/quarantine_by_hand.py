"""Quarantine a snapshot that meets its contract and is wrong all the same, until somebody releases it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops import object_keys

if TYPE_CHECKING:
    from include.lineage import SnapshotRef
    from mlops.hooks.object_store import ObjectStoreHook

BY_HAND = "by_hand"
"""Key of a record of quarantine: why somebody put the snapshot there. Validation does not free it then."""


def quarantine_by_hand(store: ObjectStoreHook, model: str, ref: SnapshotRef, reason: str) -> bool:
    """Quarantine a snapshot; return whether this call did it.

    One record at a place that follows from the content, written whole or not at all: who is killed, and
    called again, ends the same. A snapshot whose contract has quarantined it already keeps that record, with
    the reason beside it.

    :param store: the object store.
    :param model: name of the model.
    :param ref: the snapshot.
    :param reason: why, for people.
    """
    path = store.resolve(object_keys.quarantine(model, ref.md5))
    known: dict[str, Any] | None = store.read_json(path)
    if known is not None and BY_HAND in known:
        return False
    content = {"md5": ref.md5, "path": ref.path, "contract": "", **(known or {})}
    store.write_json(path, {**content, BY_HAND: reason, "summary": f"by hand: {reason}."})
    return True
