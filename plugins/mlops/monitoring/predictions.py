"""Find the predictions of a delivery: of the version asked for, or of those that scored it before."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.scoring.predictions import kept_columns, names_rows, read_stamp
from mlops import object_keys

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.scoring.predictions import Stamp
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)

_NAME = re.compile(r"v(?P<version>\d+)-(?P<md5>[0-9a-f]{16})\.parquet$")


@dataclass(frozen=True, kw_only=True)
class Found:
    """Predictions of one delivery.

    :param file: them, on local disk.
    :param object_key: where they lie in the object store.
    :param stamp: where they come from.
    :param restated: whether the delivery was restated after it was scored.
    """

    file: Path
    object_key: str
    stamp: Stamp
    restated: bool

    @property
    def snapshot_md5(self) -> str:
        """Digest of the snapshot that was scored."""
        return self.stamp.snapshot_md5


class ScoredWindows:
    """The predictions of a model.

    :param store: the object store.
    :param config: the model's configuration.
    :param scratch: folder for copies.
    """

    def __init__(self, store: ObjectStoreHook, config: ModelConfig, scratch: Path) -> None:
        self._store = store
        self._config = config
        self._scratch = scratch

    def versions(self, partition: str) -> list[str]:
        """Return the versions that have scored a delivery, in any of its versions, oldest first."""
        return sorted({name["version"] for name in self._names(partition)}, key=int)

    def of(self, ref: SnapshotRef, version: str) -> Found | None:
        """Return what a version predicted about a delivery.

        Predictions of the snapshot as it is now are preferred; without any, those of an older version of it,
        the ones made last. Those that say nothing of the model's row keys or weights, because they are older
        than these, or are of other classes, count as none.

        :param ref: the delivery as it is now.
        :param version: the version.
        """
        names = [name for name in self._names(ref.partition) if name["version"] == version]
        current = [name for name in names if name["md5"] == ref.md5[:16]]
        found = [one for name in current or names if (one := self._fetch(ref, name)) is not None]
        return max(found, key=lambda one: (one.stamp.as_of, one.object_key), default=None)

    def _names(self, partition: str) -> list[re.Match[str]]:
        pattern = self._store.resolve(object_keys.all_predictions(self._config.name, partition))
        return [name for path in self._store.list(pattern) if (name := _NAME.search(path))]

    def _fetch(self, ref: SnapshotRef, name: re.Match[str]) -> Found | None:
        key = object_keys.predictions(self._config.name, ref.partition, name["version"], name["md5"])
        file = self._store.local_path(self._store.resolve(key), self._scratch)
        stamp = read_stamp(file)
        if not names_rows(file, self._config):
            log.warning(
                "%s is older than model.yaml, by which predictions repeat %s, and are of target.classes as "
                "listed: left out; score the delivery again (bin/mlops backfill)", key,
                ", ".join(kept_columns(self._config)),
            )  # fmt: skip
            return None
        return Found(file=file, object_key=key, stamp=stamp, restated=stamp.snapshot_md5 != ref.md5)
