"""From a run or a file of predictions back to snapshots, feature views and deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.provenance import data_nodes
from mlops import object_keys
from mlops.object_keys import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.data.views.record import JoinRecord
    from include.lineage import SnapshotRef
    from include.provenance.facts import Snapshot, TrainingRun
    from include.provenance.graph import Graph, Node
    from mlops.lineage.sources import Sources


class DataTracer:
    """Adds what is known of data to a graph; everything is asked for in as few requests as there are places.

    :param sources: MLflow, data registry and object store of one environment.
    :param graph: gets the nodes.
    """

    def __init__(self, sources: Sources, graph: Graph) -> None:
        self._sources, self._graph = sources, graph

    def manifest(self, node: Node, run: TrainingRun) -> None:
        """Link a run to the snapshots that it was given.

        :param node: the run's node.
        :param run: the run.
        """
        manifest = self._sources.manifest(run.manifest_key) if run.manifest_key else None
        if manifest is None or isinstance(manifest, str):
            self._graph.link(node, "learned from", data_nodes.missing_data(run, manifest or ""))
            return
        self.snapshots(node, "learned from", manifest.model, manifest.snapshots)

    def snapshot(self, node: Node, says: str, owner: str, path: str, *, md5: str, commit: str) -> None:
        """Link a node to one snapshot, wherever in the registry it is.

        :param node: the node.
        :param says: what the snapshot is to it.
        :param owner: the model's name.
        :param path: path of the data in the registry.
        :param md5: DVC's digest of the content.
        :param commit: commit that is said to have introduced it.
        """
        pointers = self._sources.pointers
        (ref,) = pointers.at([(commit, path)])
        if ref is None or ref.md5 != md5:  # a registry that was copied or cleaned has other commits
            again = [one.ref for one in pointers.all if one.md5 == md5 and one.path == f"{path}.dvc"]
            if not again:
                missing = data_nodes.missing_snapshot(owner, path, md5, commit, pointers.remote)
                self._graph.link(node, says, missing)
                return
            ref = again[-1]
        self.snapshots(node, says, owner, [ref])

    def begin(self, snapshot: Snapshot) -> None:
        """Begin an answer with a snapshot, and tell what it was made from."""
        self._before([snapshot], [self._graph.add_root(self._told(snapshot))])

    def snapshots(self, node: Node, says: str, owner: str, refs: Sequence[SnapshotRef]) -> None:
        """Link a node to snapshots, and these to what they were made from."""
        found = self._sources.look_up(owner, refs)
        self._before(found, [self._graph.link(node, says, self._told(one)) for one in found])

    def _told(self, snapshot: Snapshot) -> Node:
        return data_nodes.snapshot_node(snapshot, self._sources.pointers.remote)

    def _before(self, found: Sequence[Snapshot], told: Sequence[Node]) -> None:
        """Link snapshots to their deliveries, and to those of views."""
        for snapshot, one in zip(found, told, strict=True):
            if snapshot.ref.source:
                self._graph.link(one, "made from", data_nodes.source_node(snapshot))
        self._joined(found, told)

    def _joined(self, found: Sequence[Snapshot], told: Sequence[Node]) -> None:
        """Link snapshots of features to the deliveries of views that they were joined with."""
        features = [(one, node) for one, node in zip(found, told, strict=True) if one.ref.table == "features"]
        keys = [object_keys.join(one.owner, one.ref.partition, one.ref.source_sha256) for one, _ in features]
        joined: list[tuple[Node, JoinRecord]] = []
        for (one, node), record in zip(features, self._sources.joins(keys), strict=True):
            if isinstance(record, str):
                self._graph.link(node, "joined with", data_nodes.join_gap(one, record))
            elif record is not None:
                joined.append((node, record))
        self._views(joined)

    def _views(self, joined: Sequence[tuple[Node, JoinRecord]]) -> None:
        wanted = [
            (node, f"{VIEWS}/{view.view}/{part.partition}.parquet", part)
            for node, record in joined
            for view in record.views
            for part in view.deliveries
        ]
        pointers = self._sources.pointers
        places = list(dict.fromkeys((part.commit, path) for _, path, part in wanted))
        refs = dict(zip(places, pointers.at(places), strict=True))
        there = [ref for ref in refs.values() if ref is not None]
        known = {one.ref: one for one in self._sources.look_up(VIEWS, there)}
        for node, path, part in wanted:
            ref = refs[part.commit, path]
            if ref is None or ref.md5 != part.md5:
                missing = data_nodes.missing_snapshot(VIEWS, path, part.md5, part.commit, pointers.remote)
                self._graph.link(node, "joined with", missing)
                continue
            snapshot = known[ref]
            view = self._graph.link(node, "joined with", self._told(snapshot))
            self._graph.link(view, "made from", data_nodes.source_node(snapshot))
