"""The pages as an application that is built at its first request.

Every process of Airflow loads plugins: the scheduler, each worker, the DAG processor. Only the API server
answers requests, so only there is anything of a web framework imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.api_server.own_prefix import PREFIX

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LazyApp:
    """An ASGI application that becomes the pages when somebody asks for one."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; the root application is handed on as ``scope["airflow.app"]``."""
        if self._app is None:
            from mlops.pages.app import build_app  # noqa: PLC0415 - the point of this module

            self._app = build_app()
        scope["airflow.app"] = scope.get("app")
        await self._app(scope, receive, send)


def fastapi_apps() -> list[dict[str, Any]]:
    """Return what a plugin of Airflow calls ``fastapi_apps``."""
    return [{"app": LazyApp(), "url_prefix": PREFIX, "name": "mlops pages"}]
