"""References that tasks hand on: small, JSON, and enough to find the thing again years later."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Self

from include.records import Record, RecordKind
from include.strict_json import to_json

MANIFEST = RecordKind(name="manifest", remedy="clear the task extract, which writes it again")


@dataclass(frozen=True, kw_only=True)
class SnapshotRef:
    """One version of one partition in the data registry.

    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param path: path of the data in the registry; ``dvc get <registry> <path> --rev <commit>`` brings it
        back.
    :param md5: DVC's digest of the content.
    :param rows: number of rows.
    :param size: bytes of the Parquet file.
    :param commit: registry commit that introduced this version.
    :param source: URI it was read from.
    :param source_sha256: digest of the source file's bytes.
    :param schema_digest: digest of the column types it was converted to.
    """

    table: str
    partition: str
    path: str
    md5: str
    rows: int
    size: int
    commit: str
    source: str
    source_sha256: str
    schema_digest: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Manifest(Record, kind=MANIFEST):
    """The snapshots one run works on.

    :param model: name of the model.
    :param as_of: ISO date; nothing delivered after it is in here.
    :param snapshots: the snapshots, features before labels, oldest first.
    """

    model: str
    as_of: str
    snapshots: tuple[SnapshotRef, ...]

    @property
    def digest(self) -> str:
        """Digest of the content: same data in the same partitions, same digest, whoever delivered it when."""
        content = sorted([ref.table, ref.partition, ref.md5] for ref in self.snapshots)
        return hashlib.sha256(to_json([self.model, content]).encode()).hexdigest()

    def of(self, table: str) -> tuple[SnapshotRef, ...]:
        """Return the snapshots of one table."""
        return tuple(ref for ref in self.snapshots if ref.table == table)

    def _plain(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "as_of": self.as_of,
            "snapshots": [ref.to_dict() for ref in self.snapshots],
        }

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        snapshots = tuple(SnapshotRef(**ref) for ref in fields["snapshots"])
        return cls(model=fields["model"], as_of=fields["as_of"], snapshots=snapshots)
