"""Airflow's public REST API, as much of it as the command line needs.

Everything that is asked here may be asked twice: a reading; a setting that is set to the same value; a run
that is started under an id of its own, which Airflow has once. So a request that found the server busy, or
whose answer was lost on the way, is sent again for a while.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from include.errors import InfrastructureError
from include.strict_json import to_json
from mlops.cli.settings import connection_body

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_FOUND, CONFLICT = 404, 409
_UNAUTHORIZED = 401
_NO_ANSWER = 0
_PASSING = {_NO_ANSWER, 408, 425, 429, 500, 502, 503, 504}  # a locked database is a 500
_REQUEST_SECONDS = 90  # longer than the server waits for its database
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


class AirflowApiError(InfrastructureError):
    """Airflow's API answered with an error, or not at all."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class AirflowApi:
    """A client of an Airflow: of a local one that asks for no login, or of one with its simple auth manager.

    :param url: address of the API server, without a path.
    :param login: user name, where it asks for one.
    :param password: what goes with it.
    :param patience: seconds for which a request is sent again where the fault may pass.
    :param check: called before a request is sent again; raises where it is known to be in vain.
    """

    def __init__(
        self,
        url: str,
        *,
        login: str = "",
        password: str = "",
        patience: float = 180.0,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.url = url.rstrip("/")
        self._login = {"username": login, "password": password} if login else None
        self._patience = patience
        self._check = check
        self._token = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request until it is answered, and return the JSON that comes back.

        A request that changes something may have been applied although its answer was an error or got
        lost: a caller that creates something has to expect :data:`CONFLICT`.

        :raises AirflowApiError: the server is away or in trouble for longer than the patience, or its answer
            is an error that stays.
        """
        deadline, pause, tries = time.monotonic() + self._patience, _FIRST_PAUSE, 1
        while True:
            try:
                return self._logged_in(method, path, body)
            except AirflowApiError as error:
                if error.status not in _PASSING:
                    raise
                if time.monotonic() + pause > deadline:
                    raise AirflowApiError(f"{error} (tried {tries} times)", error.status) from error
                self._check()
            time.sleep(pause)
            pause, tries = min(2 * pause, _LONGEST_PAUSE), tries + 1

    def _logged_in(self, method: str, path: str, body: Any) -> Any:
        """Send one request, with a token where the server asks for one."""
        try:
            return self._send(method, f"/api/v2/{path}", body)
        except AirflowApiError as error:
            if error.status != _UNAUTHORIZED:
                raise
        asks = "POST" if self._login else "GET"
        self._token = self._send(asks, "/auth/token", self._login)["access_token"]
        return self._send(method, f"/api/v2/{path}", body)

    def healthy(self) -> dict[str, str]:
        """Return the state of each component; empty while the API server does not answer."""
        try:
            answer = self._send("GET", "/api/v2/monitor/health", None, seconds=10)
        except AirflowApiError:
            return {}
        return {name: part.get("status") or "starting" for name, part in answer.items() if part}

    def apply_settings(self, settings: dict[str, list[dict[str, Any]]]) -> int:
        """Create or replace connections, pools and variables; return how many."""
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
            if error.status != CONFLICT:
                raise
            self.call("PATCH", f"{kind}/{identifier}", body)

    def _send(self, method: str, path: str, body: Any, seconds: float = _REQUEST_SECONDS) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is our own server's
            f"{self.url}{path}",
            method=method,
            data=None if body is None else to_json(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - see above
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
                f"{method} {self.url}{path} answered {content[:200]!r}, which is not JSON. Is it Airflow "
                "that listens there?"
            ) from error
