"""Buttons: each starts a run of the model's own DAG, by Airflow's API and with the user's rights.

So nothing is bypassed: the gate, the reproducibility check and the ledger are in that DAG, and Airflow names
the user in its audit log. A form carries a token that becomes part of the run's id, the same until that DAG
has a newer run: pressed twice, in two windows or once more by a reload, it is still one run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from airflow.api_fastapi.core_api.security import GetUserDep  # noqa: TC002 - FastAPI reads the annotation
from airflow.configuration import conf
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from mlops.pages.offers import ACTIONS
from mlops.pages.rendering import render
from mlops.pages.rights import ReadableDags, may_trigger
from mlops.pages.views import find_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi.responses import HTMLResponse

    from include.pages.overview import Overview

router = APIRouter()

LONGEST_FORM = 20_000  # bytes
_TOKEN = re.compile(r"[0-9a-f]{32}")
_CREDENTIALS = ("authorization", "cookie", "referer")
_CONFLICT = 409


@router.post("/model/{name:path}/{action}")
async def act(
    request: Request, readable: ReadableDags, user: GetUserDep, name: str, action: str
) -> HTMLResponse:
    """Start the run that a button stands for, and say where it is."""
    refuse_other_origins(request)
    wanted = next((one for one in ACTIONS if one.name == action), None)
    found = await run_in_threadpool(find_model, name, readable)
    if wanted is None or wanted.dag not in found.dags:
        raise HTTPException(404)
    dag_id = found.dags[wanted.dag].dag_id
    if not await run_in_threadpool(may_trigger, user, dag_id):
        raise HTTPException(403)
    form = await _read_form(request)
    if missing := [asked for field, asked in wanted.asks.items() if not form.get(field, "").strip()]:
        return _answer(request, found, "Nothing was started", f"{missing[0]}: is missing.", status=400)
    run_id = f"page__{wanted.name}__{form['token']}"
    body = {
        "dag_run_id": run_id, "logical_date": None, "conf": wanted.conf(form),
        "note": f"{wanted.label}: pressed on the page of {found.model}",
    }  # fmt: skip
    status, text = await _trigger(request, dag_id, body)
    if status == _CONFLICT:
        return _answer(request, found, f"{wanted.label}: already started", run=(dag_id, run_id))
    if status >= 400:  # noqa: PLR2004 - as HTTP counts errors
        if status in {401, 403, 404}:
            raise HTTPException(status)
        return _answer(
            request, found, "Nothing was started", f"Airflow answered: {text[:500]}", status=status
        )
    return _answer(request, found, f"{wanted.label}: started", wanted.explained, run=(dag_id, run_id))


def refuse_other_origins(request: Request) -> None:
    """Let nobody press a button from a page that is not Airflow's, whose cookies a browser would send along.

    Browsers say where a form comes from: by ``Sec-Fetch-Site`` where the connection is secure or local, by
    ``Origin`` everywhere. Whoever says neither is not a browser, and has to bring a token.

    :raises HTTPException: 403.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        same = site == "same-origin"
    elif origin is not None:
        public = conf.get("api", "base_url", fallback="")  # what a proxy in front of it is called
        same = urlsplit(origin).netloc in {request.headers.get("host"), urlsplit(public).netloc} - {""}
    else:
        same = "cookie" not in request.headers and "authorization" in request.headers
    if not same:
        raise HTTPException(403)


async def _read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    :raises HTTPException: it is too long, or has no token.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    fields = {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}
    if not _TOKEN.fullmatch(fields.get("token", "")):
        raise HTTPException(422)
    return fields


async def _trigger(request: Request, dag_id: str, body: Mapping[str, Any]) -> tuple[int, str]:
    """Start a run as the user; return the status of Airflow's answer, and its text."""
    headers = {name: value for name, value in request.headers.items() if name in _CREDENTIALS}
    transport = httpx.ASGITransport(app=request.scope["airflow.app"])
    async with httpx.AsyncClient(transport=transport, base_url=str(request.base_url)) as client:
        answer = await client.post(f"api/v2/dags/{dag_id}/dagRuns", headers=headers, json=body)
    return answer.status_code, answer.text


def _answer(
    request: Request,
    found: Overview,
    title: str,
    *lines: str,
    status: int = 200,
    run: tuple[str, str] | None = None,
) -> HTMLResponse:
    return render(
        request, "started.html",
        status=status, model=found, title=title, lines=lines, run=run,
    )  # fmt: skip
