"""Pages from templates: every value is text unless a template of ours says otherwise."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mlops.api_server.own_prefix import PREFIX

if TYPE_CHECKING:
    from fastapi import Request

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def environment() -> Environment:
    """Return the templates; a name that no caller gave is an error and not an empty place."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@cache
def static_version() -> str:
    """Return a digest of the static files: Airflow lets browsers keep them, and a new one has to be seen."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page.

    :param request: what asked for it: links begin where the application is mounted, whatever stands before.
    :param template: file name in ``templates/``.
    :param status: HTTP status.
    :param values: what the template names.
    """
    root = str(request.scope.get("root_path", "")).rstrip("/")
    text = (
        environment()
        .get_template(template)
        .render(
            root=root, airflow=root.removesuffix(PREFIX), version=static_version(), status=status, **values
        )
    )
    return HTMLResponse(text, status_code=status)
