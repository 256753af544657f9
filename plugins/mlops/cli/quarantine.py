"""``bin/mlops quarantine``: which snapshots of a model failed their contract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mlops import object_keys
from mlops.cli.local_connections import use_connections
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """List the quarantined snapshots of a model, or release one; return the exit code.

    :param options: ``model``, and ``release``: the md5 of a snapshot, or None.
    """
    use_connections()
    store = ObjectStoreHook()
    if options.release is not None:
        path = store.resolve(object_keys.quarantine(options.model, options.release))
        if not store.exists(path):
            sys.stderr.write(f"mlops: {options.release} is not quarantined\n")
            return 1
        record = store.require_json(path)
        store.write_json(store.resolve(object_keys.release(options.model, options.release)), record)
        store.remove(path)
        sys.stdout.write(f"{options.release} released\n")
        return 0
    for found in store.list(store.resolve(object_keys.quarantine(options.model, "*"))):
        record = store.require_json(store.resolve(object_keys.quarantine(options.model, Path(found).stem)))
        sys.stdout.write(f"{record['md5']}  {record['path']}  {record['summary']}\n")
    return 0
