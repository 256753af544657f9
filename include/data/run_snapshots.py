"""The snapshots that one run looks at, wherever they are kept, and the labels that are known by its date."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from include.data.days import first_day
from include.data.labels import open_labels
from include.data.schema import labels_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels import KnownLabels
    from include.lineage import Manifest, SnapshotRef


@dataclass(frozen=True, kw_only=True)
class RunSnapshots:
    """The snapshots of a manifest, by what was known on a date.

    :param config: the model's configuration.
    :param manifest: the snapshots that the run may use.
    :param as_of: ISO date whose knowledge is used; what was delivered after it is not looked at.
    :param local: gives a snapshot as a local file.
    """

    config: ModelConfig
    manifest: Manifest
    as_of: str
    local: Callable[[SnapshotRef], Path]

    @cached_property
    def features(self) -> dict[str, SnapshotRef]:
        """The deliveries of features by partition, oldest first."""
        return {ref.partition: ref for ref in self.manifest.of("features") if ref.partition <= self.as_of}

    def known_labels(self, partitions: Collection[str]) -> KnownLabels:
        """Return the labels of some deliveries of features; ask for the newest partition first.

        :param partitions: the deliveries; no label is delivered before what it is about.
        """
        table = labels_table(self.config)
        oldest = first_day(min(partitions), self.config) if partitions else ""
        wanted = {
            "features": [self.features[partition] for partition in partitions],
            "labels": [ref for ref in self.manifest.of("labels") if oldest <= ref.partition <= self.as_of],
        }
        files = {ref.partition: self.local(ref) for ref in wanted[table]}
        return open_labels({table: files}, self.config, self.as_of)
