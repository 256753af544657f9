"""What a run of monitoring works with, whatever it looks at: one object instead of six parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from include.data.run_snapshots import RunSnapshots
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import Manifest, SnapshotRef
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook


@dataclass(frozen=True, kw_only=True)
class RunData:
    """Configuration, connections and snapshots of one run.

    :param config: the model's configuration.
    :param hook: the MLflow hook.
    :param registry: the data registry, which also knows the object store.
    :param manifest: the snapshots that the run may use.
    :param as_of: ISO date whose knowledge is used.
    :param scratch: folder for copies.
    """

    config: ModelConfig
    hook: MlflowHook
    registry: DataRegistryHook
    manifest: Manifest
    as_of: str
    scratch: Path

    @property
    def store(self) -> ObjectStoreHook:
        """The object store."""
        return self.registry.store

    def local(self, ref: SnapshotRef) -> Path:
        """Return a snapshot as a local file."""
        return self.registry.local_path(ref, self.scratch)

    @cached_property
    def versions(self) -> ModelRegistry:
        """The versions of the model."""
        return ModelRegistry(self.hook, self.config.name)

    @cached_property
    def snapshots(self) -> RunSnapshots:
        """The snapshots, copied to the folder as they are asked for."""
        return RunSnapshots(
            config=self.config,
            manifest=self.manifest,
            as_of=self.as_of,
            local=self.local,
        )
