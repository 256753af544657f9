"""Airflow's public REST API, as much of it as the command line needs."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from include.errors import InfrastructureError
from include.strict_json import to_json

NOT_FOUND = 404
_CONFLICT, _UNAUTHORIZED = 409, 401


class AirflowApiError(InfrastructureError):
    """Airflow's API answered with an error, or not at all."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class AirflowApi:
    """A client of a local Airflow that asks for no login.

    :param url: address of the API server, without a path.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._token = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request and return the JSON that comes back.

        :raises AirflowApiError: the server is away, or its answer is an error.
        """
        try:
            return self._send(method, f"/api/v2/{path}", body)
        except AirflowApiError as error:
            if error.status != _UNAUTHORIZED:
                raise
        self._token = self._send("GET", "/auth/token", None)["access_token"]
        return self._send(method, f"/api/v2/{path}", body)

    def healthy(self) -> dict[str, str]:
        """Return the state of each component; empty while the API server does not answer."""
        try:
            answer = self._send("GET", "/api/v2/monitor/health", None)
        except AirflowApiError:
            return {}
        return {name: part.get("status") or "starting" for name, part in answer.items() if part}

    def apply_settings(self, settings: dict[str, list[dict[str, Any]]]) -> int:
        """Create or replace connections, pools and variables; return how many."""
        from mlops.cli.settings import connection_body

        for connection in settings["connections"]:
            body = connection_body(connection)
            self._put("connections", body["connection_id"], body)
        for pool in settings["pools"]:
            body = {
                "name": pool["pool_name"],
                "slots": pool["pool_slot"],
                "description": pool.get("pool_description"),
            }
            self._put("pools", pool["pool_name"], body)
        for variable in settings["variables"]:
            body = {"key": variable["variable_name"], "value": variable["variable_value"]}
            self._put("variables", variable["variable_name"], body)
        return sum(map(len, settings.values()))

    def _put(self, kind: str, identifier: str, body: dict[str, Any]) -> None:
        try:
            self.call("POST", kind, body)
        except AirflowApiError as error:
            if error.status != _CONFLICT:
                raise
            self.call("PATCH", f"{kind}/{identifier}", body)

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is our own server's
            f"{self.url}{path}",
            method=method,
            data=None if body is None else to_json(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - see above
                content = answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:600]
            raise AirflowApiError(f"{method} {path}: {error.code} {said}", error.code) from error
        except (OSError, http.client.HTTPException) as error:
            raise AirflowApiError(f"{method} {self.url}{path}: {error}") from error
        try:
            return json.loads(content or b"null")
        except ValueError as error:
            raise AirflowApiError(
                f"{method} {self.url}{path} answered {content[:200]!r}, which is no JSON. Is it Airflow that "
                "listens there?"
            ) from error
