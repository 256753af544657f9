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
from include.pages.overview import KINDS, DagFacts, Kept, Overview
from mlops.model_asset import SCHEME
from mlops.page_state.remember import history_key, page_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

T = TypeVar("T", Entry, History)
DAG_KINDS = ("training", "scoring", "monitoring", "retraining", "rollback")


def read_models(session: Session, readable: Collection[str], model: str | None = None) -> list[Overview]:
    """Return the models of which a user may read a DAG.

    :param session: of the metadata database.
    :param readable: ids of the DAGs that the user may read.
    :param model: only this one.
    """
    ids = {
        dag_id: (name, kind)
        for name in _names(session, model)
        for kind in DAG_KINDS
        if (dag_id := f"{name}_{kind}") in readable
    }
    dags, kept = _dags(session, ids), _entries(session, model)
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


def _names(session: Session, model: str | None) -> Iterator[str]:
    """Yield the names of models, or one of them if there is such a model: each has an asset of its own."""
    for uri in session.scalars(select(AssetModel.uri).where(_is_of(model))):
        yield uri.removeprefix(SCHEME)


def _is_of(model: str | None) -> ColumnElement[bool]:
    """Return the condition that an asset stands for a model: for this one, or for any."""
    if model is not None:
        return AssetModel.uri == f"{SCHEME}{model}"
    return AssetModel.uri.startswith(SCHEME) & AssetModel.uri.not_like(
        f"{SCHEME}%/%"
    )  # the nodes of its graph


def _dags(session: Session, ids: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, DagFacts]]:
    """Return what Airflow knows of DAGs, by model and kind.

    :param ids: the id of each to its model and kind; Airflow may have parsed only some of them.
    """
    newest = select(func.max(DagRun.id)).where(DagRun.dag_id.in_(ids)).group_by(DagRun.dag_id)
    query = (
        select(
            DagModel.dag_id, DagModel.is_paused, DagModel.next_dagrun_create_after, DagModel.asset_expression,
            DagRun.run_id, DagRun.state, DagRun.run_after,
        )
        .join(DagRun, DagRun.dag_id == DagModel.dag_id, isouter=True)
        .where(DagModel.dag_id.in_(ids))
        .where(DagModel.is_stale.is_(False))
        .where(DagRun.id.is_(None) | DagRun.id.in_(newest))
    )  # fmt: skip
    models: dict[str, dict[str, DagFacts]] = {}
    known = {row[0]: row for row in session.execute(query)}
    for dag_id, (name, kind) in ids.items():  # in our order, whatever that of the database is
        if dag_id not in known:
            continue
        _, paused, next_run, woken_by, run_id, state, run_after = known[dag_id]
        models.setdefault(name, {})[kind] = DagFacts(
            dag_id=dag_id, kind=kind, paused=paused, next_run=next_run, on_arrival=bool(woken_by),
            last_state=str(state or ""), last_run=run_id or "", last_run_at=run_after,
        )  # fmt: skip
    return models


def _entries(session: Session, model: str | None) -> dict[str, dict[str, Kept]]:
    """Return the entries by model and kind; with a year of days for one model, with the newest for all."""
    found: dict[str, dict[str, Kept]] = {}
    for name, kind, value, written in _values(session, page_key, model):
        entry, problem = _read(value, Entry)
        found.setdefault(name, {})[kind] = Kept(entry=entry, written=written, problem=problem)
    if model is not None:
        for name, kind, value, _ in _values(session, history_key, model):
            history, _ = _read(value, History)
            kept = found.get(name, {}).get(kind)
            if history is not None and kept is not None and kept.entry is not None:
                whole = kept.entry.after(history.moments)
                found[name][kind] = dataclasses.replace(kept, entry=whole)
    return found


def _values(
    session: Session, key_of: Callable[[str], str], model: str | None
) -> Iterator[tuple[str, str, Any, datetime]]:
    """Yield model, kind, value and time of what stands under the keys of all kinds of decisions."""
    kinds = {key_of(kind): kind for kind in KINDS}
    query = (
        select(
            AssetModel.uri, AssetStateStoreModel.key, AssetStateStoreModel.value,
            AssetStateStoreModel.updated_at,
        )
        .join(AssetStateStoreModel, AssetStateStoreModel.asset_id == AssetModel.id)
        .where(_is_of(model))
        .where(AssetStateStoreModel.key.in_(kinds))
    )  # fmt: skip
    for uri, key, value, written in session.execute(query):
        yield uri.removeprefix(SCHEME), kinds[key], value, written


def _read(value: Any, kind: type[T]) -> tuple[T | None, str]:
    """Return a record, or why it is none."""
    try:
        return kind.from_dict(json.loads(value) if isinstance(value, str) else value), ""
    except (DataError, ValueError, RecursionError) as error:
        return None, " ".join(str(error).split())
