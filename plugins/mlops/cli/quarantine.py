"""``bin/mlops quarantine``: which snapshots of a model failed their contract."""

from __future__ import annotations

import getpass
from pathlib import Path

from mlops import object_keys
from mlops.cli.known_models import require_name
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.data.quarantine_by_hand import release_snapshot
from mlops.hooks.object_store import ObjectStoreHook


def run(model: str, *, release: str | None = None, as_json: bool = False) -> int:
    """List the quarantined snapshots of a model, or release one; return the exit code.

    :param model: its name.
    :param release: the md5 of a snapshot, or None.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model, or no such snapshot is quarantined.
    """
    use_connections()
    store = ObjectStoreHook()
    if release is not None:
        release_snapshot(store, model, release, by=getpass.getuser())
        show(as_json, {"released": release}, lambda: f"{release} released")
        return 0
    records = [
        store.require_json(store.resolve(object_keys.quarantine(model, Path(found).stem)))
        for found in store.list(store.resolve(object_keys.quarantine(model, "*")))
    ]
    if not records and not store.list(store.resolve(object_keys.release(model, "*"))):
        require_name(model)
    lines = [f"{record['md5']}  {record['path']}  {record['summary']}" for record in records]
    show(as_json, records, lambda: "\n".join(lines) or "nothing is quarantined")
    return 0
