"""Which content a delivery was found to have, in addition to what the data registry records.

A pointer in the registry names the source file that its version was made from. The same rows may arrive again
in other bytes (other line ends, other quotes, compressed): the version stays, and it is recorded separately
that these bytes hold the same content. The object store has one small record for each digest of a source and
of the column types, so that no later run of any DAG converts the delivery again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops import object_keys

if TYPE_CHECKING:
    from include.lineage import SnapshotRef
    from mlops.hooks.dvc.workspace import NewSnapshot
    from mlops.hooks.object_store import ObjectStoreHook

_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class KnownDeliveries:
    """What is known of one model's deliveries.

    :param store: the object store.
    :param model: the model's name.
    """

    store: ObjectStoreHook
    model: str

    def is_version(self, current: SnapshotRef | None, source_sha256: str, schema_digest: str) -> bool:
        """Return whether a delivery is known to have the content of a version.

        :param current: the newest version of its partition, None before the first.
        :param source_sha256: digest of the delivered bytes.
        :param schema_digest: digest of the column types asked for.
        """
        if current is None:
            return False
        if (current.source_sha256, current.schema_digest) == (source_sha256, schema_digest):
            return True
        key = object_keys.delivery(self.model, current.table, current.partition, source_sha256, schema_digest)
        known = self.store.read_json(self.store.resolve(key))
        return isinstance(known, dict) and (known.get("format"), known.get("md5")) == (_FORMAT, current.md5)

    def remember(self, new: NewSnapshot, version: SnapshotRef) -> None:
        """Record which version a delivery has the content of, unless the registry's pointer says so.

        :param new: what was converted.
        :param version: the version that has its content.
        """
        if (version.source_sha256, version.schema_digest) == (new.source_sha256, new.schema_digest):
            return
        key = object_keys.delivery(self.model, new.table, new.partition, new.source_sha256, new.schema_digest)
        content = {
            "format": _FORMAT,
            "md5": version.md5,
            "path": version.path,
            "commit": version.commit,
            "source": new.source,
            "source_sha256": new.source_sha256,
            "schema_digest": new.schema_digest,
        }
        self.store.write_json(self.store.resolve(key), content)
