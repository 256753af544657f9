"""Read what the live system decided: the records of monitoring, MLflow's training runs, the versions."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.monitoring.report.day_record import DayRecord
from include.replay.outcome import Kind
from include.replay.recorded import Recorded, RecordedTraining
from include.scoring.predictions import read_stamp
from mlops import object_keys
from mlops.defaults import Tag
from mlops.hooks.stored_records import require_record
from mlops.tracking.run_claims import RAISED
from mlops.tracking.runs import all_runs
from mlops.tracking.tags import AS_OF_DATE, CLAIM, GATE, SUPERSEDED_BY, TASK

if TYPE_CHECKING:
    from mlflow.entities import Run

    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.json$")
_PAGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.html$")
_PREDICTIONS = re.compile(r"predictions/[^/]+/[^/]+$")


def read_recorded(hook: MlflowHook, store: ObjectStoreHook, model: str) -> Recorded:
    """Return what was decided about a model.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param model: the model's name.
    :raises DataError: a record is damaged.
    """
    days = {}
    for path in store.list(store.resolve(object_keys.watch_record(model, "*"))):
        if found := _DAY.search(path):
            days[found[1]] = require_record(
                store, object_keys.watch_record(model, found[1]), DayRecord.from_dict
            )
    pages = store.list(store.resolve(object_keys.watch_report(model, "*")))
    return Recorded(
        days=days,
        trainings=_trainings(hook, model),
        scored_on=_scored_on(store, model),
        watched_on=frozenset(found[1] for path in pages if (found := _PAGE.search(path))),
    )


def read_released(store: ObjectStoreHook, model: str) -> frozenset[str]:
    """Return the digests of the snapshots that somebody released from quarantine.

    :param store: the object store.
    :param model: the model's name.
    """
    listed = store.list(store.resolve(object_keys.release(model, "*")))
    return frozenset(path.rpartition("/")[2].removesuffix(".json") for path in listed)


def _scored_on(store: ObjectStoreHook, model: str) -> frozenset[str]:
    """Return the days as of which a delivery was scored, from the stamps of all predictions."""
    with tempfile.TemporaryDirectory(prefix="predictions-") as scratch:
        return frozenset(
            read_stamp(store.local_path(store.resolve(f"models/{model}/{found[0]}"), Path(scratch))).as_of
            for path in store.list(store.resolve(object_keys.all_predictions(model, "*-*-*")))
            if (found := _PREDICTIONS.search(path))
        )


def _trainings(hook: MlflowHook, model: str) -> tuple[RecordedTraining, ...]:
    """Return the candidates of a model, in the order in which they were trained."""
    runs = all_runs(hook, f"{model}/training", order="ASC")
    if not runs:
        return ()
    with hook.errors(f"read the versions of {model}"):
        versions = hook.client.search_model_versions(f"name = '{model}'")
    by_run = {one.run_id: str(one.version) for one in versions}
    return tuple(
        RecordedTraining(
            kind=_kind(run, model),
            as_of=run.data.tags[AS_OF_DATE],
            gate=run.data.tags.get(GATE, ""),
            version=by_run.get(run.info.run_id),
        )
        for run in runs
        if AS_OF_DATE in run.data.tags
        and SUPERSEDED_BY not in run.data.tags
        and run.data.tags.get(CLAIM) != RAISED
    )


def _kind(run: Run, model: str) -> Kind:
    dag = run.data.tags.get(TASK, "").partition("/")[0]
    return Kind.RETRAINING if dag == f"{model}_{Tag.RETRAINING}" else Kind.TRAINING
