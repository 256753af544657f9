"""The manifest that ``extract`` wrote: which snapshots a run works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.stored_records import require_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.lineage import Manifest
    from mlops.hooks.object_store import ObjectStoreHook


def read_manifest(store: ObjectStoreHook, extracted: Mapping[str, Any]) -> Manifest:
    """Return the manifest of a run.

    :param store: the object store.
    :param extracted: what ``extract`` returned.
    """
    from include.lineage import Manifest

    return require_record(store, extracted["manifest"], Manifest.from_dict)
