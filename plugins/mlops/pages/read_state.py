"""Read what the pages show from Airflow's metadata database: entries, and what Airflow knows of the DAGs.

A few queries whatever the number of models. An entry that can't be read is shown as such.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from airflow.models.asset import AssetModel
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import func, select

from include.pages.alerts import KEY, ShownAlerts
from include.pages.columns import ColumnDays
from include.pages.entry import Entry
from include.pages.known import DagFacts, Details, Kept
from include.pages.moment import History
from include.pages.overview import CHAMPION, KINDS, Overview
from include.pages.quarantine import PageQuarantine
from mlops.model_asset import SCHEME
from mlops.page_state.keys import history_key, page_key
from mlops.pages.approvals import read_approvals
from mlops.pages.dag_names import DAG_KINDS
from mlops.pages.read_details import read_details
from mlops.pages.stored import is_of, read_value, values_under

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy.orm import Session

    from include.pages.alerts import ShownAlert


def read_models(session: Session, readable: Collection[str], model: str | None = None) -> list[Overview]:
    """Return the models of which a user may read a DAG, with what those DAGs have left.

    :param session: of the metadata database.
    :param readable: ids of the DAGs that the user may read.
    :param model: only this one, with the details of its own page.
    """
    ids = {f"{name}_{kind}": (name, kind) for name in _names(session, model) for kind in DAG_KINDS}
    dags, kept = _dags(session, ids), _entries(session, model)
    approvals = read_approvals(session, [dag_id for dag_id in ids if dag_id in readable])
    alerts, found = _alerts(session, model), []
    for name, known in sorted(dags.items()):
        seen = {kind: dag for kind, dag in known.items() if dag.dag_id in readable}
        if seen:
            everything = len(seen) == len(known)
            whole = Overview(
                model=name, kept=kept.get(name, {}), dags=seen,
                approvals=approvals.get(name, ()), alerts=alerts.get(name, ()),
                details=read_details(session, name) if model is not None else Details(),
            )  # fmt: skip
            found.append(whole if everything else only_from(whole, {dag.dag_id for dag in seen.values()}))
    return found


def only_from(whole: Overview, readable: Collection[str]) -> Overview:
    """Return a model without what DAGs have left that a user may not read.

    :param whole: all that is known.
    :param readable: ids of the model's DAGs that he may.
    """
    details, monitored = whole.details, f"{whole.model}_monitoring" in readable
    return dataclasses.replace(
        whole,
        alerts=(),  # may be about any of its DAGs
        kept={
            kind: one for kind, one in whole.kept.items() if one.entry and one.entry.place.dag_id in readable
        },
        details=Details(
            decisions=tuple(one for one in details.decisions if one[1].place.dag_id in readable),
            columns=details.columns if monitored else ColumnDays(),
            accounts=details.accounts if monitored else (),
            quarantine=(
                details.quarantine if details.quarantine.place.dag_id in readable else PageQuarantine()
            ),
        ),
    )


def _names(session: Session, model: str | None) -> Iterator[str]:
    """Yield the names of models, or one of them if there is such a model: each has an asset of its own."""
    for uri in session.scalars(select(AssetModel.uri).where(is_of(model))):
        yield uri.removeprefix(SCHEME)


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
    for name, kind, value, written in values_under(
        session, {page_key(kind): kind for kind in (*KINDS, CHAMPION)}, model
    ):
        entry, problem = read_value(value, Entry)
        found.setdefault(name, {})[kind] = Kept(entry=entry, written=written, problem=problem)
    if model is not None:
        for name, kind, value, _ in values_under(session, {history_key(kind): kind for kind in KINDS}, model):
            history, _ = read_value(value, History)
            kept = found.get(name, {}).get(kind)
            if history is not None and kept is not None and kept.entry is not None:
                whole = kept.entry.after(history.moments)
                found[name][kind] = dataclasses.replace(kept, entry=whole)
    return found


def _alerts(session: Session, model: str | None) -> dict[str, tuple[ShownAlert, ...]]:
    """Return the open alerts by model; none of a model where they can't be read."""
    found = {}
    for name, _, value, _ in values_under(session, {KEY: ""}, model):
        alerts, _ = read_value(value, ShownAlerts)
        found[name] = alerts.alerts if alerts else ()
    return found
