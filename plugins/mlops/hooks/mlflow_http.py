"""How MLflow's REST API is reached: sessions, retries, logins, and what becomes of an answer.

As MLflow's own client does it, in its words and with its environment variables
(https://mlflow.org/docs/latest/api_reference/rest-api.html), but without importing MLflow. Knows nothing of
Airflow, and nothing of what is asked (:mod:`mlops.hooks.mlflow_rest`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops.hooks.mlflow_errors import MlflowAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

_API = "/api/2.0/mlflow"
_TRANSIENT = (408, 429, 500, 502, 503, 504)  # as MLflow's client
_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    429: "RESOURCE_EXHAUSTED",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_LONGEST = 200
# Ways to log in and to address a server that only MLflow's client knows.
_BEYOND = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_WORKSPACE")


@dataclass(frozen=True, kw_only=True)
class MlflowHttp:
    """Sends requests to an MLflow server.

    :param tracking_uri: ``http://host:port`` or ``https://...``.
    :param headers: sent with every request, such as an authorization.
    :param timeout: seconds for one request.
    :param retries: of one request, with pauses of 1, 2, 4, ... seconds.
    """

    tracking_uri: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: int = 30
    retries: int = 3
    _sessions: dict[int, requests.Session] = field(default_factory=dict, repr=False, compare=False)

    def get(self, method: str, part: str = "", **query: str) -> dict[str, Any]:
        """Return what a method of the API answers, or one part of it.

        :param method: such as ``runs/get``.
        :param part: key of an object in the answer; empty for the whole.
        :param query: parameters of the method.
        :raises MlflowAnswer: it is not there, or not what MLflow would say.
        """
        answer = self.request("GET", f"{_API}/{method}", params=query)
        found = _object(answer)
        if part and not isinstance(found.get(part), dict):
            raise _nonsense(answer)
        return found[part] if part else found

    def post(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a method of the API answers that is given JSON.

        :param method: such as ``runs/search``.
        :param body: JSON values.
        :raises MlflowAnswer: it refuses, or says what MLflow would not.
        """
        return _object(self.request("POST", f"{_API}/{method}", json=body))

    def request(self, method: str, path: str, **content: Any) -> requests.Response:
        """Return the answer to a request.

        :param method: of HTTP.
        :param path: on the server.
        :param content: what goes along, as requests names it.
        :raises MlflowAnswer: it is not the one that was asked for, or there was none.
        """
        import requests

        url = f"{self.tracking_uri}{path}"
        try:
            answer = self._session().request(method, url, timeout=self.timeout, **content)
        except requests.RequestException as error:
            raise MlflowAnswer(f"API request to {url} failed with exception {error}") from error
        if answer.status_code != requests.codes.ok:
            raise _refusal(path, answer)
        return answer

    def _session(self) -> requests.Session:
        """Return this process's own session: two must not speak on one connection."""
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        found = self._sessions.get(os.getpid())
        if found is None:
            found = self._sessions[os.getpid()] = requests.Session()
            patience = Retry(
                total=self.retries,
                backoff_factor=1,
                status_forcelist=_TRANSIENT,
                allowed_methods=None,  # each request may be repeated
                raise_on_status=True,
            )
            for scheme in ("http://", "https://"):
                found.mount(scheme, HTTPAdapter(max_retries=patience))
            found.headers.update(self.headers)
            token = os.environ.get("MLFLOW_TRACKING_TOKEN")
            if token and "Authorization" not in self.headers:
                found.headers["Authorization"] = f"Bearer {token}"
            if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}:
                found.verify = False
            elif bundle := os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"):
                found.verify = bundle
            found.cert = os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None
        return found


def is_enough(tracking_uri: str) -> bool:
    """Return whether a server can be asked from here in the way that the environment demands.

    :param tracking_uri: of the server.
    """
    plain = tracking_uri.startswith(("http://", "https://"))
    return plain and not any(os.environ.get(name) for name in _BEYOND)


def _object(answer: requests.Response) -> dict[str, Any]:
    """Return the JSON object in an answer."""
    try:
        found = answer.json()
    except ValueError as error:
        raise _nonsense(answer) from error
    if not isinstance(found, dict):
        raise _nonsense(answer)
    return found


def _nonsense(answer: requests.Response) -> MlflowAnswer:
    return MlflowAnswer(
        f"API request to {answer.url} was successful but the response is not MLflow's: "
        f"'{answer.text[:_LONGEST]}'"
    )


def _refusal(path: str, answer: requests.Response) -> MlflowAnswer:
    """Return the error for an answer, in the words of MLflow's client."""
    try:
        said = answer.json()
        code = said["error_code"]
    except (ValueError, KeyError, TypeError):
        return MlflowAnswer(
            f"API request to endpoint {path} failed with error code {answer.status_code} != 200. "
            f"Response body: '{answer.text}'",
            _CODES.get(answer.status_code, "INTERNAL_ERROR"),
        )
    return MlflowAnswer(f"{code}: {said.get('message', '')}", str(code))
