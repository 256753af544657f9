"""What a delivery has touched: snapshots joined with it, runs, versions, decisions and predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.provenance.data_nodes import missing_data, snapshot_name, snapshot_node
from include.provenance.graph import Graph
from include.provenance.model_nodes import (
    decision_node,
    prediction_node,
    run_node,
    unreadable_node,
    version_node,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.data.views.record import JoinRecord
    from include.provenance.facts import Decision, Prediction, Snapshot, TrainingRun, UsedData, Version
    from include.provenance.graph import Node


@dataclass(kw_only=True)
class Known:
    """All that one model has left; in each list everything, also what somebody deleted.

    :param snapshots: every version of every partition.
    :param joins: what its deliveries of features were joined with.
    :param runs: its training runs.
    :param used: run id to what the run had of the data.
    :param versions: its versions.
    :param decisions: its ledger.
    :param predictions: its files of predictions.
    :param unreadable: object key of a file that may belong here to why it can't be read.
    """

    snapshots: Sequence[Snapshot] = ()
    joins: Sequence[JoinRecord] = ()
    runs: Sequence[TrainingRun] = ()
    used: Mapping[str, UsedData] = field(default_factory=dict)
    versions: Sequence[Version] = ()
    decisions: Sequence[Decision] = ()
    predictions: Sequence[Prediction] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Touched:
    """The answer: a graph from the delivery on, and what may be quarantined.

    :param graph: the delivery and all that it touched.
    :param snapshots: model to its snapshots of the delivery, and those that were joined with it.
    """

    graph: Graph
    snapshots: dict[str, list[Snapshot]] = field(default_factory=dict)


def find_touched(
    question: str, bad: Sequence[Snapshot], models: Mapping[str, Known], registry: str
) -> Touched:
    """Follow a delivery through everything that is known.

    A run counts as touched if the delivery was among the snapshots that it was given; where its dataset is
    known, the link says whether it learned from it, was tested on it, or left it out. A run of which nobody
    knows the data is shown as a gap.

    :param question: what was asked, in words.
    :param bad: the snapshots of the delivery, of models and of feature views.
    :param models: name to all that is known of a model.
    :param registry: the data registry's git remote, for messages.
    """
    touched = Touched(graph=Graph(question))
    roots = {
        snapshot_name(one.owner, one.ref): touched.graph.add_root(snapshot_node(one, registry)) for one in bad
    }
    for model, known in models.items():
        follow = _Follow(model, known, touched, registry)
        for one in bad:
            follow.snapshot(one, roots[snapshot_name(one.owner, one.ref)])
        follow.runs()
        follow.unreadable(next(iter(roots.values())))
    return touched


class _Follow:
    """Follows a delivery through one model."""

    def __init__(self, model: str, known: Known, touched: Touched, registry: str) -> None:
        self._model, self._known, self._registry = model, known, registry
        self._graph, self._touched = touched.graph, touched
        self._tainted: dict[tuple[str, str, str], tuple[Snapshot, Node]] = {}

    def snapshot(self, bad: Snapshot, node: Node) -> None:
        """Note a snapshot of the delivery, or those that were joined with it."""
        if bad.owner == self._model:
            self._note(bad, node)
            return
        for record in self._known.joins:
            named = {
                part.md5
                for view in record.views
                if view.view == bad.ref.table
                for part in view.deliveries
                if part.partition == bad.ref.partition
            }
            if bad.ref.md5 not in named:
                continue
            for one in self._known.snapshots:
                made = (one.ref.table, one.ref.partition, one.ref.source_sha256)
                if made == ("features", record.partition, record.source_sha256):
                    self._note(one, self._graph.link(node, "joined into", snapshot_node(one, self._registry)))

    def _note(self, snapshot: Snapshot, node: Node) -> None:
        ref = snapshot.ref
        if (ref.table, ref.partition, ref.md5) not in self._tainted:
            self._tainted[ref.table, ref.partition, ref.md5] = snapshot, node
            self._touched.snapshots.setdefault(self._model, []).append(snapshot)

    def runs(self) -> None:
        """Follow the snapshots into runs, and from both into versions, decisions and predictions."""
        if not self._tainted:
            return
        makers: dict[str, Node] = {}
        for run in self._known.runs:
            used = self._known.used.get(run.run_id)
            if used is None or used.md5s is None:
                makers[run.run_id] = self._perhaps(run)
                continue
            for (table, partition, md5), (_, node) in self._tainted.items():
                if used.md5s.get((table, partition)) == md5:
                    says = _relation(table, partition, used)
                    makers[run.run_id] = self._graph.link(node, says, run_node(run))
        for decision in self._known.decisions:
            if decision.run_id in makers and not decision.version:
                self._graph.link(makers[decision.run_id], "decided on in", decision_node(decision))
        versions: dict[tuple[str, str], Node] = {}
        for version in self._known.versions:
            if version.run_id in makers:
                made = self._graph.link(makers[version.run_id], "registered as", version_node(version))
                versions[version.run_id, version.number] = made
                self._decisions(made, version)
        self._predictions(makers, versions)

    def _perhaps(self, run: TrainingRun) -> Node:
        """Link a run of which nobody knows the data; what it made is shown with it."""
        told = run_node(run)
        for _, node in self._tainted.values():
            self._graph.link(node, "perhaps given to", told)
        self._graph.link(told, "had", missing_data(run))
        return told

    def _predictions(self, makers: Mapping[str, Node], versions: Mapping[tuple[str, str], Node]) -> None:
        tainted = {md5: node for (table, _, md5), (_, node) in self._tainted.items() if table == "features"}
        for prediction in self._known.predictions:
            stamp, node = prediction.stamp, prediction_node(prediction)
            if stamp.training_run in makers:
                maker = versions.get((stamp.training_run, stamp.version), makers[stamp.training_run])
                self._graph.link(maker, "predicted", node)
            if stamp.snapshot_md5 in tainted:
                self._graph.link(tainted[stamp.snapshot_md5], "scored in", node)

    def _decisions(self, node: Node, version: Version) -> None:
        for decision in self._known.decisions:
            if decision.version == version.number and decision.run_id in {"", version.run_id}:
                self._graph.link(node, "decided on in", decision_node(decision))

    def unreadable(self, root: Node) -> None:
        """Name the files of which nobody can tell whether they were touched."""
        for key, why in self._known.unreadable.items():
            self._graph.link(root, "perhaps touched", unreadable_node(key, why))


def _relation(table: str, partition: str, used: UsedData) -> str:
    """Return what a run did with a snapshot that it was given."""
    if table != "features" or used.trained is None:
        return "given to"
    if partition in used.trained and partition in used.tested:
        return "learned and tested by"
    if partition in used.trained:
        return "learned by"
    return "tested by" if partition in used.tested else "given to and left out by"
