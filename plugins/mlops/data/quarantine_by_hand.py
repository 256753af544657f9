"""Quarantine a snapshot that meets its contract and is wrong all the same, until somebody releases it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
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


def release_snapshot(store: ObjectStoreHook, model: str, md5: str, *, by: str = "", reason: str = "") -> str:
    """Let a snapshot be used under the contract as it is now; return its path in the data registry.

    The release is written before the record of quarantine is removed: who is killed in between, and called
    again, ends the same.

    :param store: the object store.
    :param model: name of the model.
    :param md5: of the snapshot.
    :param by: who asks; empty where nobody says.
    :param reason: why.
    :raises ConfigError: it is not quarantined, and was not released before.
    """
    quarantined = store.resolve(object_keys.quarantine(model, md5))
    released = store.resolve(object_keys.release(model, md5))
    record: dict[str, Any] | None = store.read_json(quarantined)
    if record is None:
        if (before := store.read_json(released)) is not None:
            return str(before["path"])
        raise ConfigError(f"{md5} is not quarantined; `bin/mlops quarantine {model}` lists what is")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    store.write_json(released, {**record, "released": {"by": by, "reason": reason, "at": at}})
    store.remove(quarantined)
    return str(record["path"])
