"""The pages: all models, one model, and the tab of a DAG, a run or a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.api_fastapi.core_api.security import GetUserDep  # noqa: TC002 - FastAPI reads the annotation
from airflow.utils.session import create_session
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from include.pages.chart import sparkline
from include.pages.heatmap import heatmap
from include.pages.needs import URGENT, by_attention, needs_of
from include.pages.overview import CHAMPION, KINDS, tone
from include.pages.timeline import Lane, Point, timeline
from include.promotion.probation.report import HEADS
from mlops.pages.dag_names import model_of
from mlops.pages.offers import offered
from mlops.pages.read_state import read_models
from mlops.pages.rendering import render
from mlops.pages.rights import ReadableDags  # noqa: TC001 - FastAPI reads the annotation

if TYPE_CHECKING:
    from collections.abc import Set

    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
    from fastapi.responses import HTMLResponse

    from include.pages.moment import Moment
    from include.pages.overview import Overview

router = APIRouter()
MOST_ROWS = 60  # of one table of history


@router.get("/models")
def models(request: Request, readable: ReadableDags) -> HTMLResponse:
    """Show all models that the user may see, those first that need somebody."""
    with create_session(scoped=False) as session:
        found = by_attention(read_models(session, readable))
    return render(request, "models.html", models=found, tone=tone, sparkline=sparkline, urgent=URGENT)


@router.get("/model/{name:path}")
def model(request: Request, readable: ReadableDags, user: GetUserDep, name: str) -> HTMLResponse:
    """Show one model."""
    return _page(request, find_model(name, readable), user, marked=frozenset())


@router.get("/tab")
def tab(
    request: Request,
    readable: ReadableDags,
    user: GetUserDep,
    *,
    dag_id: str,
    run_id: str = "",
    task_id: str = "",
) -> HTMLResponse:
    """Show the model of a DAG, opened at a run or a task of it."""
    of_model = model_of(dag_id)
    if of_model is None or dag_id not in readable:
        return render(request, "no_model.html", dag_id=dag_id)
    try:
        found = find_model(of_model[0], readable)
    except HTTPException:
        return render(request, "no_model.html", dag_id=dag_id)
    # Runs of several DAGs have the same id: Airflow makes it of the moment for which they were scheduled.
    decided = {kind: kept.entry.place for kind, kept in found.kept.items() if kept.entry and run_id}
    marked = {
        kind for kind, place in decided.items()
        if (place.dag_id, place.run_id) == (dag_id, run_id) and task_id in {"", place.task_id}
    }  # fmt: skip
    return _page(request, found, user, marked=marked)


def find_model(name: str, readable: set[str]) -> Overview:
    """Return a model that the user may see.

    :raises HTTPException: 404: there is none, or it is not for him to know.
    """
    with create_session(scoped=False) as session:
        found = read_models(session, readable, name)
    if not found:
        raise HTTPException(404)
    return found[0]


def _page(request: Request, found: Overview, user: BaseUser, *, marked: Set[str]) -> HTMLResponse:
    picture = timeline(_lanes(found), found=found.performance, estimated=found.estimates, metric=found.metric)
    return render(
        request, "model.html", model=found, kinds=KINDS, tone=tone, marked=marked, urgent=URGENT,
        needs=needs_of(found), champion=found.entry(CHAMPION), timeline=picture,
        offered=offered(user, found, only_from=found.champion or ""),
        quarantine=[
            (one, offered(user, found, "delivery", subject=one.md5))
            for one in found.details.quarantine.deliveries
        ],
        alerts=[(one, offered(user, found, "alert", subject=one.cause)) for one in found.alerts],
        heatmap=heatmap(found.details.columns), account_heads=HEADS,
        windows=_windows(found),
        decisions=found.details.decisions[:MOST_ROWS],
    )  # fmt: skip


def _windows(found: Overview) -> list[tuple[str, Moment | None, Moment | None]]:
    """Return day, what was found and what was estimated, newest first."""
    real = {one.day: one for one in found.performance}
    estimated = {one.day: one for one in found.estimates}
    days = sorted({*real, *estimated}, reverse=True)[:MOST_ROWS]
    return [(day, real.get(day), estimated.get(day)) for day in days]


def _lanes(found: Overview) -> list[Lane]:
    """Return a lane for the champions, and one for each kind of decision that was made."""
    moves = [
        Point(day=one.as_of, tone=tone(one.decision), said=one.subject, label=one.version)
        for _, one in reversed(found.details.decisions)
        if one.version
    ]
    lanes = [Lane(name="champion", points=moves)] if moves else []
    for kind in KINDS:
        kept = found.kept.get(kind)
        if kept and kept.entry and kept.entry.history:
            points = [Point(day=one.day, tone=tone(one.said), said=one.said) for one in kept.entry.history]
            lanes.append(Lane(name="deliveries" if kind == "scoring" else kind, points=points))
    return lanes
