"""Read what the pages show from Airflow's metadata database: entries, and what Airflow knows of the DAGs.

A few queries whatever the number of models. An entry that can't be read is shown as such.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.models.asset import AssetModel
from airflow.models.asset_state_store import AssetStateStoreModel
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import func, select

from include.errors import DataError
from include.pages.entry import Entry, History
from include.pages.overview import DagFacts, Kept, Overview
from mlops.model_asset import SCHEME
from mlops.page_state.remember import HISTORY_KEY, KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

T = TypeVar("T", Entry, History)
DAG_KINDS = ("training", "scoring", "monitoring", "retraining", "rollback")


def read_models(session: Session, readable: Collection[str], model: str | None = None) -> list[Overview]:
    """Return the models of which a user may read a DAG.

    :param session: of the metadata database.
    :param readable: ids of the DAGs that the user may read.
    :param model: only this one.
    """
    dags = _dags(session, readable, model)
    kept = _entries(session, model)
    return [Overview(model=name, kept=kept.get(name, {}), dags=facts) for name, facts in sorted(dags.items())]


def model_of(dag_id: str) -> tuple[str, str] | None:
    """Return the model and the kind of a DAG; None for a DAG of somebody else.

    :param dag_id: such as ``credit_risk_training``.
    """
    for kind in DAG_KINDS:
        name = dag_id.removesuffix(f"_{kind}")
        if name and name != dag_id and not name.endswith("_"):
            return name, kind
    return None


def _dags(session: Session, readable: Collection[str], model: str | None) -> dict[str, dict[str, DagFacts]]:
    """Return what Airflow knows of the readable DAGs, by model and kind."""
    of_model = func.max(DagRun.id).label("id")
    newest = select(of_model).group_by(DagRun.dag_id).subquery()
    query = (
        select(
            DagModel.dag_id, DagModel.is_paused, DagModel.next_dagrun_create_after,
            DagRun.run_id, DagRun.state, DagRun.run_after,
        )
        .join(DagRun, DagRun.dag_id == DagModel.dag_id, isouter=True)
        .where(DagModel.is_stale.is_(False))
        .where(DagRun.id.is_(None) | DagRun.id.in_(select(newest.c.id)))
    )  # fmt: skip
    if model is not None:
        query = query.where(DagModel.dag_id.in_([f"{model}_{kind}" for kind in DAG_KINDS]))
    models: dict[str, dict[str, DagFacts]] = {}
    known = _models(session)
    for dag_id, paused, next_run, run_id, state, run_after in session.execute(query):
        found = model_of(dag_id)
        if found is None or dag_id not in readable or found[0] not in known:
            continue
        name, kind = found
        models.setdefault(name, {})[kind] = DagFacts(
            dag_id=dag_id, kind=kind, paused=paused, next_run=next_run,
            last_state=str(state or ""), last_run=run_id or "", last_run_at=run_after,
        )  # fmt: skip
    return models


def _models(session: Session) -> set[str]:
    """Return the names of models, each of which has an asset of its own."""
    uris = session.scalars(select(AssetModel.uri).where(AssetModel.uri.startswith(SCHEME)))
    return {uri.removeprefix(SCHEME) for uri in uris}


def _entries(session: Session, model: str | None) -> dict[str, dict[str, Kept]]:
    """Return the entries by model and kind; with a year of days for one model, with the newest for all."""
    found: dict[str, dict[str, Kept]] = {}
    for name, kind, value, written in _values(session, KEY, model):
        entry, problem = _read(value, Entry)
        found.setdefault(name, {})[kind] = Kept(entry=entry, written=written, problem=problem)
    if model is not None:
        for name, kind, value, _ in _values(session, HISTORY_KEY, model):
            history, _ = _read(value, History)
            kept = found.get(name, {}).get(kind)
            if history is not None and kept is not None and kept.entry is not None:
                whole = kept.entry.after(history.moments)
                found[name][kind] = dataclasses.replace(kept, entry=whole)
    return found


def _values(session: Session, prefix: str, model: str | None) -> Iterator[tuple[str, str, Any, datetime]]:
    """Yield model, kind, value and time of what stands under keys of a prefix."""
    query = (
        select(
            AssetModel.uri, AssetStateStoreModel.key, AssetStateStoreModel.value,
            AssetStateStoreModel.updated_at,
        )
        .join(AssetStateStoreModel, AssetStateStoreModel.asset_id == AssetModel.id)
        .where(AssetStateStoreModel.key.startswith(prefix))
    )  # fmt: skip
    query = query.where(
        AssetModel.uri.startswith(SCHEME) if model is None else AssetModel.uri == f"{SCHEME}{model}"
    )
    for uri, key, value, written in session.execute(query):
        kind = key.removeprefix(prefix).replace("-", " ").replace("new data", "new-data")
        yield uri.removeprefix(SCHEME), kind, value, written


def _read(value: Any, kind: type[T]) -> tuple[T | None, str]:
    """Return a record, or why it is none."""
    try:
        return kind.from_dict(json.loads(value) if isinstance(value, str) else value), ""
    except (DataError, ValueError, RecursionError) as error:
        return None, " ".join(str(error).split())
