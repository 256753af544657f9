"""What becomes of a delivery of features once it is read: it is a snapshot, or is joined with views first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from include.config.views.read import load_view, views_folder
from include.data.views.choose import choose_deliveries
from include.data.views.columns import delivered_columns
from include.data.views.join import join_views
from include.data.views.record import JoinRecord, ViewVersion, join_digest, joined_with
from mlops.data.join_notes import note_join
from mlops.data.view_deliveries import take_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.schema import Column
    from include.lineage import SnapshotRef
    from mlops.data.view_deliveries import Known
    from mlops.hooks.data_registry import DataRegistryHook


class Finish(Protocol):
    """How a table's deliveries become its snapshots."""

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """Return the columns that are delivered, of those that the snapshots have."""

    def digest(self, partition: str, source_sha256: str) -> str:
        """Return the digest of all that a snapshot is made from.

        :param partition: ISO date of the delivery.
        :param source_sha256: digest of the delivery.
        """

    def finish(self, delivered: Path, partition: str, source_sha256: str) -> Path:
        """Return the snapshot of a delivery.

        :param delivered: what was delivered, in its canonical form.
        :param partition: ISO date of the delivery.
        :param source_sha256: what :meth:`digest` returned.
        """


class AsDelivered:
    """A snapshot is what was delivered."""

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """Return the columns that are delivered: all."""
        return columns

    def digest(self, partition: str, source_sha256: str) -> str:  # noqa: ARG002 - of the protocol
        """Return the digest of the delivery."""
        return source_sha256

    def finish(self, delivered: Path, partition: str, source_sha256: str) -> Path:  # noqa: ARG002
        """Return the delivery itself."""
        return delivered


class WithViews:
    """A snapshot is what was delivered, with the columns of the model's views.

    :param config: the model's configuration.
    :param known: view to what is known of it.
    :param registry: the data registry.
    :param scratch: folder for copies and for what does not fit into memory.
    :param before: newest version of each table and partition of the model.
    """

    def __init__(
        self,
        config: ModelConfig,
        known: dict[str, Known],
        registry: DataRegistryHook,
        scratch: Path,
        before: Mapping[tuple[str, str], SnapshotRef],
    ) -> None:
        self._config, self._known, self._before = config, known, before
        self._registry, self._scratch = registry, scratch

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """Return the model's own columns, and those that views are joined on."""
        return delivered_columns(self._config, columns)

    def digest(self, partition: str, source_sha256: str) -> str:
        """Return the digest of the delivery, of the views' definitions, and of what is read of them.

        :raises DataError: a delivery of a view that is needed can't be read.
        """
        views = self._config.features.views
        return join_digest(source_sha256, views, {name: self._versions(name, partition) for name in views})

    def finish(self, delivered: Path, partition: str, source_sha256: str) -> Path:
        """Join the views, and keep a record of what was joined."""
        folder = self._scratch / f"views-of-{partition}"
        folder.mkdir(parents=True)
        joined = delivered.with_name(f"joined-{delivered.name}")
        versions = {name: self._versions(name, partition) for name in self._config.features.views}
        paths = {
            name: [
                self._registry.local_path(self._known[name].versions[one.partition], folder) for one in many
            ]
            for name, many in versions.items()
        }
        found = join_views(delivered, joined, self._config, paths, scratch=folder)
        note_join(
            self._registry.store,
            JoinRecord(
                model=self._config.name,
                partition=partition,
                source_sha256=source_sha256,
                views=tuple(joined_with(name, versions[name], one) for name, one in found.items()),
            ),
            before=self._before.get(("features", partition)),
        )
        return joined

    def _versions(self, name: str, partition: str) -> tuple[ViewVersion, ...]:
        """Return what is read of a view for a delivery of features, oldest first."""
        known = self._known[name]
        chosen = choose_deliveries(known.days, partition, self._config.features.views[name], self._config)
        for day in chosen:
            if day in known.broken:
                raise known.broken[day]
        refs = [known.versions[day] for day in chosen]
        return tuple(ViewVersion(partition=ref.partition, md5=ref.md5, commit=ref.commit) for ref in refs)


def finish_of(
    config: ModelConfig,
    model_folder: Path,
    registry: DataRegistryHook,
    partitions: Collection[str],
    *,
    as_of: str,
    scratch: Path,
    known: Mapping[tuple[str, str], SnapshotRef],
) -> Finish:
    """Return how a model's deliveries of features become snapshots, with its views taken in where it has any.

    :param config: the model's configuration.
    :param model_folder: its folder.
    :param registry: the data registry.
    :param partitions: ISO dates of the deliveries of features that the run works on.
    :param as_of: ISO date of the run.
    :param scratch: folder for copies and new snapshots.
    :param known: newest version of each table and partition of the model.
    :raises ConfigError: the file of a view is wrong.
    :raises DataError: a view has no delivery.
    """
    if not config.features.views:
        return AsDelivered()
    root = views_folder(model_folder)
    views = {name: load_view(root, name) for name in config.features.views}
    of_views = take_in(config, views, partitions, registry, as_of=as_of, scratch=scratch / "views")
    return WithViews(config, of_views, registry, scratch / "joined", known)
