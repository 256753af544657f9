"""The application behind the pages: who may ask, what browsers may do with an answer, and errors as pages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from mlops.pages import actions, views
from mlops.pages.rendering import STATIC, render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import Response

log = logging.getLogger(__name__)

# Markup that came in with a name can run nothing: scripts come from our own files only. Without this a page
# in Airflow's frame could act as Airflow.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
EXPLAINED = {
    401: ("You are not logged in", "Your session has ended, or Airflow does not know it any more."),
    403: ("You may not do this", "Airflow does not allow it to you. Ask whoever administers this Airflow."),
    404: ("There is no such page", "There is no model of this name, or you may not read its DAGs."),
    405: ("There is no such page", "This address takes forms only, not a visit."),
    413: ("This is too long", "Say it in fewer words: nothing was started."),
    422: ("This address says too little", "It names no DAG. Go back to the models."),
}
BROKEN = ("This page failed", "It is logged by the API server. Your models are not touched by it.")


def build_app() -> FastAPI:
    """Return the application."""
    app = FastAPI(title="mlops pages", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in (views.router, actions.router):
        app.include_router(router, dependencies=[Depends(requires_authenticated())])
    app.middleware("http")(_add_headers)
    app.exception_handler(HTTPException)(_explain)
    app.exception_handler(RequestValidationError)(_explain_missing)
    return app


async def _add_headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Say in each answer what a browser may do with it; nobody keeps a page, which is one user's."""
    try:
        answer = await go_on(request)
    except Exception:
        # What a sub-application raises past its handlers would be Airflow's to answer, without our headers.
        log.exception("The page %s failed", request.url.path)
        answer = render(request, "error.html", status=500, title=BROKEN[0], text=BROKEN[1])
    answer.headers.update(HEADERS)
    if "/static/" not in request.url.path:
        answer.headers["Cache-Control"] = "no-store"
    return answer


async def _explain(request: Request, error: HTTPException) -> Response:
    """Answer what went wrong as a page that people understand."""
    # Airflow's 403 for a login that it does not know, such as one of before it got another secret.
    status = 401 if error.detail == "Invalid JWT token" else error.status_code
    title, text = EXPLAINED.get(status, (f"Error {status}", str(error.detail)))
    return render(request, "error.html", status=status, title=title, text=text)


async def _explain_missing(request: Request, _: RequestValidationError) -> Response:
    """Answer an address that lacks what it has to name, which FastAPI would answer as JSON."""
    return await _explain(request, HTTPException(422))
