"""From a delivery forward to all that it touched: the answer to "this file was wrong, what now?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.dataset_record import RECORD_FILE, Dataset
from include.errors import ConfigError, DataError
from include.provenance.asked import unknown
from include.provenance.deleted import deleted_versions
from include.provenance.facts import Snapshot, UsedData
from include.provenance.graph import Graph
from include.provenance.taint import Known, find_touched
from mlops import object_keys
from mlops.lineage.data import DataTracer
from mlops.lineage.objects import read_json
from mlops.lineage.predictions import predictions_of
from mlops.object_keys import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.data.views.record import JoinRecord
    from include.provenance.facts import TrainingRun
    from include.provenance.taint import Touched
    from mlops.lineage.pointers import Pointer
    from mlops.lineage.sources import Sources

_SHORTEST = 6  # digits of an md5 that are enough to name a snapshot


def find_deliveries(sources: Sources, md5: str, model: str = "") -> list[Snapshot]:
    """Return the snapshots with a digest, of models and of feature views; one for each partition that has it.

    :param sources: MLflow, data registry and object store of one environment.
    :param md5: DVC's digest of the content, or how it begins.
    :param model: only those of this model, and of feature views; empty for all.
    :raises ConfigError: there is none, or the beginning is that of several.
    """
    pointers = sources.pointers.all
    owners = {pointer.owner for pointer in pointers} - {VIEWS}
    if model and model not in owners:
        raise unknown("model in the data registry", model, owners, where="Leave --model out to ask for all.")
    counted = [pointer for pointer in pointers if not model or pointer.owner in {model, VIEWS}]
    wanted = md5.strip().lower()
    found = [pointer for pointer in counted if len(wanted) >= _SHORTEST and pointer.md5.startswith(wanted)]
    digests = sorted({pointer.md5 for pointer in found})
    if len(digests) > 1:
        raise ConfigError(
            f"{md5!r} is how {len(digests)} snapshots begin ({', '.join(digests[:3])} ...): give more digits."
        )
    if not found:
        where = (
            f"Expected DVC's md5 of a snapshot, or its first {_SHORTEST} digits or more, in the data "
            f"registry {sources.pointers.remote}: `bin/mlops lineage <model>@champion` names them."
        )
        raise unknown("snapshot with the md5", md5, {pointer.md5 for pointer in counted}, where=where)
    newest = {pointer.path: pointer for pointer in found}
    return [one for pointer in newest.values() for one in sources.look_up(pointer.owner, [pointer.ref])]


def describe_delivery(sources: Sources, md5: str, model: str = "") -> Graph:
    """Return what snapshots with a digest were made from. Parameters and errors as above."""
    graph = Graph(f"Where does the delivery {md5} come from?")
    tracer = DataTracer(sources, graph)
    for snapshot in find_deliveries(sources, md5, model):
        tracer.begin(snapshot)
    return graph


def trace_forward(sources: Sources, md5: str, model: str = "") -> Touched:
    """Return what a delivery touched. Parameters and errors as :func:`find_deliveries`."""
    bad = find_deliveries(sources, md5, model)
    registered = {pointer.owner for pointer in sources.pointers.all} - {VIEWS}
    owners = {one.owner for one in bad}
    models = [model] if model else sorted(registered if VIEWS in owners else owners)
    known = {name: _Reader(sources, name).read(bad) for name in models}
    return find_touched(f"What did the delivery {md5} touch?", bad, known, sources.pointers.remote)


class _Reader:
    """Reads all that one model has left, each kind of thing once."""

    def __init__(self, sources: Sources, model: str) -> None:
        self._sources, self._model = sources, model

    def read(self, bad: Sequence[Snapshot]) -> Known:
        """Return what is known; of a model that the delivery can't have touched, nothing.

        :param bad: the snapshots of the delivery.
        """
        sources, model = self._sources, self._model
        joins, broken = self._joins() if any(one.owner == VIEWS for one in bad) else ([], {})
        named = {(one.ref.table, one.ref.partition, one.ref.md5) for one in bad if one.owner == VIEWS}
        joins = [one for one in joins if not named.isdisjoint(_deliveries(one))]
        if not joins and not broken and all(one.owner != model for one in bad):
            return Known()
        runs = sources.tracking.runs(model)
        aliases = sources.tracking.aliases(model) or {}
        live = sources.tracking.versions(model, aliases)
        decisions = sources.tracking.decisions(model, run_ids=[run.run_id for run in runs])
        predictions, unreadable = predictions_of(sources.objects, model)
        return Known(
            snapshots=self._snapshots(joins),
            joins=joins,
            runs=runs,
            used=self._used(runs),
            versions=[*live, *deleted_versions(model, live, decisions, predictions)],
            decisions=decisions,
            predictions=predictions,
            unreadable={**broken, **unreadable},
        )

    def _joins(self) -> tuple[list[JoinRecord], dict[str, str]]:
        keys = self._sources.objects.below(object_keys.joins_folder(self._model))
        found = dict(zip(keys, self._sources.joins(keys), strict=True))
        broken = {key: record for key, record in found.items() if isinstance(record, str)}
        return [one for one in found.values() if one is not None and not isinstance(one, str)], broken

    def _snapshots(self, joins: Sequence[JoinRecord]) -> list[Snapshot]:
        """Return the snapshots that were joined in one of these ways."""
        made = {record.source_sha256 for record in joins}
        chosen: list[Pointer] = [
            pointer
            for pointer in self._sources.pointers.all
            if pointer.owner == self._model and any(one in pointer.text for one in made)
        ]
        return self._sources.look_up(self._model, [pointer.ref for pointer in chosen]) if chosen else []

    def _used(self, runs: Sequence[TrainingRun]) -> dict[str, UsedData]:
        """Return what each run had of the data; each manifest and each dataset is read once."""
        sources = self._sources
        keys = sorted({run.manifest_key for run in runs if run.manifest_key})
        manifests = dict(zip(keys, sources.objects.many(sources.manifest, keys), strict=True))
        folders = sorted({run.dataset_key for run in runs if run.dataset_key})
        datasets = dict(zip(folders, sources.objects.many(self._dataset, folders), strict=True))
        found = {}
        for run in runs:
            manifest, dataset = manifests.get(run.manifest_key), datasets.get(run.dataset_key)
            if manifest is None or isinstance(manifest, str):
                continue
            found[run.run_id] = UsedData(
                md5s={(ref.table, ref.partition): ref.md5 for ref in manifest.snapshots},
                trained=None if dataset is None else frozenset(dataset.train_partitions),
                tested=frozenset() if dataset is None else frozenset(dataset.test_partitions),
            )
        return found

    def _dataset(self, folder: str) -> Dataset | None:
        try:
            found = read_json(self._sources.objects, f"{folder}/{RECORD_FILE}")
            return None if found is None else Dataset.from_dict(found)
        except DataError:
            return None  # the link then says "given to", which its manifest proves


def _deliveries(record: JoinRecord) -> set[tuple[str, str, str]]:
    return {(view.view, part.partition, part.md5) for view in record.views for part in view.deliveries}
