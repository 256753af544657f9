"""From a version or a file of predictions back to all that it came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from include.promotion.alias_plan import CHAMPION
from include.provenance import data_nodes, model_nodes
from include.provenance.asked import unknown
from include.provenance.deleted import deleted_versions
from include.provenance.facts import Prediction, Version
from include.provenance.graph import Graph
from include.provenance.stamps import check_stamp
from include.scoring.predictions import read_stamp
from mlops import object_keys
from mlops.lineage.data import DataTracer
from mlops.lineage.objects import key_within, read_json, read_stamp_of
from mlops.lineage.predictions import predictions_of
from mlops.lineage.sources import has_commit

if TYPE_CHECKING:
    from include.provenance.asked import Asked
    from include.provenance.graph import Node
    from include.scoring.predictions import Stamp
    from mlops.lineage.sources import Sources

_REGISTRY_PAGE = "Look at the model's page in MLflow."


def trace_back(sources: Sources, asked: Asked) -> Graph:
    """Return what a version or a file of predictions came from.

    :param sources: MLflow, data registry and object store of one environment.
    :param asked: what is asked about.
    :raises ConfigError: there is no such model, alias, version or file; the nearest names are in the message.
    :raises DataError: the file holds no predictions of this project.
    """
    if asked.file:
        return _Backward(sources, Graph(f"Where does {asked.file} come from?")).file(asked.file)
    what = f"version {asked.version}" if asked.version else asked.alias
    tracer = _Backward(sources, Graph(f"Where does {what} of {asked.model} come from?"))
    return tracer.version(asked)


class _Backward:
    def __init__(self, sources: Sources, graph: Graph) -> None:
        self._sources, self._graph = sources, graph
        self._data = DataTracer(sources, graph)

    def version(self, asked: Asked) -> Graph:
        """Trace a version, and name the files that it predicted."""
        model, tracking = asked.model, self._sources.tracking
        aliases = tracking.aliases(model)
        if aliases is None and model not in (known := self._sources.models()):
            raise unknown("model", model, known, where="`bin/mlops models` lists the model folders.")
        aliases = aliases or {}
        number = asked.version or aliases.get(asked.alias, "")
        if not number:
            raise unknown(f"alias of {model}", asked.alias, aliases, where=_REGISTRY_PAGE)
        version = tracking.version(model, number, aliases)
        predictions, unreadable = predictions_of(self._sources.objects, model, number)
        if version is None:
            version = self._deleted(model, number, aliases, predictions)
        root = self._graph.add_root(model_nodes.version_node(version))
        self._before(root, version)
        for one in predictions:
            if (one.stamp.training_run, one.stamp.version) == (version.run_id, version.number):
                self._graph.link(root, "predicted", model_nodes.prediction_node(one))
        for key, why in unreadable.items():
            self._graph.link(root, "perhaps predicted", model_nodes.unreadable_node(key, why))
        return self._graph

    def file(self, text: str) -> Graph:
        """Trace a file of predictions: the rows that it is about, and the version that answered."""
        prediction = self._prediction(text)
        stamp = prediction.stamp
        root = self._graph.add_root(model_nodes.prediction_node(prediction))
        path = f"{stamp.model}/features/{stamp.partition}.parquet"
        self._data.snapshot(
            root, "scored rows of", stamp.model, path, md5=stamp.snapshot_md5, commit=stamp.registry_commit
        )
        self._graph.link(root, "scored in", model_nodes.airflow_node(stamp.model, stamp.airflow_run))
        version = self._of_stamp(stamp)
        self._before(self._graph.link(root, "predicted by", model_nodes.version_node(version)), version)
        return self._graph

    def _prediction(self, text: str) -> Prediction:
        local = Path(text)
        if local.is_file():
            return Prediction(key=text, stamp=check_stamp(read_stamp(local), text))
        objects = self._sources.objects
        key = key_within(objects, text)
        if not objects.exists(key):
            model = key.removeprefix("models/").split("/")[0]
            known = objects.below(object_keys.predictions_folder(model)) if model else []
            raise unknown("file", key, known, where=f"They were looked for in {objects.root}.")
        return Prediction(key=key, stamp=read_stamp_of(objects, key))

    def _of_stamp(self, stamp: Stamp) -> Version:
        """Return the version that a stamp names: a number may have been given twice, its run was not."""
        tracking = self._sources.tracking
        aliases = tracking.aliases(stamp.model) or {}
        found = tracking.version(stamp.model, stamp.version, aliases)
        if found is not None and found.run_id == stamp.training_run:
            return found
        return Version(
            model=stamp.model,
            number=stamp.version,
            run_id=stamp.training_run,
            deleted=True,
            known_from="the stamp of the file",
        )

    def _deleted(
        self, model: str, number: str, aliases: dict[str, str], predictions: list[Prediction]
    ) -> Version:
        """Return a version that only the ledger and predictions tell of.

        :raises ConfigError: nothing tells of it.
        """
        tracking = self._sources.tracking
        run_ids = {one.stamp.training_run for one in predictions} | {
            run.run_id for run in tracking.runs(model)
        }
        decisions = tracking.decisions(model, run_ids=run_ids, version=number)
        found = [one for one in deleted_versions(model, [], decisions, predictions) if one.number == number]
        if not found:
            live = [one.number for one in tracking.versions(model, aliases)]
            raise unknown(f"version of {model}", number, live, where=_REGISTRY_PAGE)
        return found[-1]

    def _before(self, node: Node, version: Version) -> None:
        """Link a version to its decisions, its evaluation, and the run that trained it."""
        model, tracking, objects = version.model, self._sources.tracking, self._sources.objects
        decisions = tracking.decisions(model, run_ids=[version.run_id], version=version.number)
        answers = tracking.answers(model, version.run_id) if version.run_id else []
        decisions = [one for one in decisions if one.run_id in {"", version.run_id}]
        for decision in {one.decision_id: one for one in [*decisions, *answers]}.values():
            says = "approval" if decision.kind == "approval" else "decided on in"
            self._graph.link(node, says, model_nodes.decision_node(decision))
        moved = any(one.state == "applied" and one.kind != "approval" for one in decisions)
        if CHAMPION in version.aliases and not moved:
            self._graph.link(node, "decided on in", model_nodes.missing_promotion(version))
        if version.run_id:
            own = f"{object_keys.evaluation(model, version.run_id)}/evaluation.json"
            key = version.evaluation or own
            self._graph.link(node, "evaluated in", model_nodes.evaluation_node(key, read_json(objects, key)))
        self._run(node, version)

    def _run(self, node: Node, version: Version) -> None:
        model = version.model
        run = self._sources.tracking.run(model, version.run_id)
        if run is None:
            self._graph.link(node, "trained by", model_nodes.missing_run(model, version.run_id))
            return
        told = self._graph.link(node, "trained by", model_nodes.run_node(run))
        self._graph.link(told, "ran in", model_nodes.airflow_node(model, run.airflow_run))
        self._graph.link(
            told, "by the code of", model_nodes.code_node(run.code_version, has_commit(run.code_version))
        )
        if run.dataset_key:
            there = self._sources.objects.exists(f"{run.dataset_key}/dataset.json")
            self._graph.link(told, "prepared as", data_nodes.dataset_node(run.dataset_key, there))
        self._data.manifest(told, run)
