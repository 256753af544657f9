"""What lineage reads from: MLflow, the data registry and the object store of one environment."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.data.views.record import JoinRecord
from include.errors import DataError
from include.lineage import Manifest
from include.provenance.facts import Snapshot
from mlops import object_keys
from mlops.lineage.objects import open_objects, read_json
from mlops.lineage.pointers import Pointers
from mlops.lineage.tracking import Tracking
from mlops.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.lineage import SnapshotRef
    from mlops.lineage.objects import Objects


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The three places that hold the links; each is opened when it is asked first.

    :param mlflow: connection of the MLflow server.
    :param object_store: connection of the object store.
    :param registry: connection of the data registry.
    """

    mlflow: str = "mlflow_default"
    object_store: str = "object_store_default"
    registry: str = "data_registry_default"

    @cached_property
    def tracking(self) -> Tracking:
        """MLflow."""
        return Tracking(self.mlflow)

    @cached_property
    def objects(self) -> Objects:
        """The object store."""
        return open_objects(self.object_store)

    @cached_property
    def pointers(self) -> Pointers:
        """The data registry."""
        return Pointers(self.registry)

    def models(self) -> set[str]:
        """Return every model that left something anywhere."""
        delivered = {pointer.owner for pointer in self.pointers.all}
        return {*self.tracking.models(), *delivered} - {object_keys.VIEWS}

    def manifest(self, key: str) -> Manifest | str | None:
        """Return a manifest; what is wrong with it where it can't be read; None where there is none."""
        try:
            found = read_json(self.objects, key)
            return None if found is None else Manifest.from_dict(found)
        except DataError as error:
            return f"{key}: {error}"

    def joins(self, keys: Iterable[str]) -> list[JoinRecord | str | None]:
        """Return records of what deliveries of features were joined with, in the order given.

        :param keys: their object keys.
        :return: of each the record, what is wrong with it, or None where there is none.
        """

        def read(key: str) -> JoinRecord | str | None:
            try:
                found = read_json(self.objects, key)
                return None if found is None else JoinRecord.from_dict(found)
            except DataError as error:
                return f"{key}: {error}"

        return self.objects.many(read, keys)

    def look_up(self, owner: str, refs: Iterable[SnapshotRef]) -> list[Snapshot]:
        """Return snapshots with what the three places say of them, in the order given.

        :param owner: the model's name, or what stands in its place for feature views.
        :param refs: the snapshots.
        """
        wanted = list(refs)
        registered = self.pointers.has(wanted)
        objects = self.objects
        stored = objects.many(objects.exists, [content_key(ref.md5) for ref in wanted])
        reasons = objects.many(self._quarantined, [object_keys.quarantine(owner, ref.md5) for ref in wanted])
        return [
            Snapshot(
                owner=owner,
                ref=ref,
                registered=registered[ref],
                stored=there,
                source_there=_source_there(ref.source),
                quarantined=reason,
            )
            for ref, there, reason in zip(wanted, stored, reasons, strict=True)
        ]

    def _quarantined(self, key: str) -> str:
        """Return why a snapshot is in quarantine; empty where it is not."""
        try:
            found: Mapping[str, Any] | None = read_json(self.objects, key)
        except DataError as error:
            return str(error)
        return "" if found is None else str(found.get("summary") or "yes")


def _source_there(source: str) -> bool | None:
    """Return whether a delivery is still there; None where it is not known without its connection."""
    return Path(source.removeprefix("file://")).exists() if source.startswith("file://") else None


def has_commit(commit: str) -> bool | None:
    """Return whether this checkout has a commit of the code; None where it is not a git repository."""
    plain = commit.removesuffix("-dirty")
    if plain in {"", "unknown"} or not (PROJECT_ROOT / ".git").exists():
        return None
    try:
        asked = subprocess.run(
            ["git", "-c", f"safe.directory={PROJECT_ROOT}", "cat-file", "-e", f"{plain}^{{commit}}"],
            cwd=PROJECT_ROOT, capture_output=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.returncode == 0


def content_key(md5: str) -> str:
    """Return where DVC keeps the content of a snapshot, below the store's root."""
    return f"dvc/files/md5/{md5[:2]}/{md5[2:]}"
