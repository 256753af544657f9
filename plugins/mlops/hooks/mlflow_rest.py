"""What tasks ask MLflow, over its REST API alone. Knows nothing of Airflow.

``import mlflow`` takes almost two seconds of CPU, and each client looks through all installed packages.
Most tasks only ask: which version is the champion, what does the ledger say. The API behind these questions
is public and versioned (https://mlflow.org/docs/latest/api_reference/rest-api.html), so they are asked
directly; whoever writes, loads a model or fetches from another store uses MLflow's client.

The methods and what they return have the names of ``mlflow.MlflowClient``, so one may stand for the other.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from mlops.hooks.mlflow_entities import ArtifactFile, Experiment, ModelVersion, Page, RegisteredModel, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import requests

_API = "/api/2.0/mlflow"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
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
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_PAGE = 1_000
_LONGEST = 200
# Ways to log in and to address a server that only MLflow's client knows.
_BEYOND = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_WORKSPACE")


class MlflowAnswer(Exception):  # noqa: N818 - as often an answer as an error: "there is none"
    """The server refused, failed, or could not be reached: what ``MlflowException`` is of MLflow's client.

    :param message: what to say.
    :param error_code: the server's, such as ``RESOURCE_DOES_NOT_EXIST``.
    """

    def __init__(self, message: str, error_code: str = "INTERNAL_ERROR") -> None:
        super().__init__(message)
        self.error_code = error_code


def error_code(error: BaseException) -> str | None:
    """Return the code of an error from here or of MLflow's client; None of any other error."""
    exceptions = sys.modules.get("mlflow.exceptions")  # what was not imported was not raised
    if isinstance(error, MlflowAnswer) or (exceptions and isinstance(error, exceptions.MlflowException)):
        return str(error.error_code)
    return None


def as_mlflows(error: Exception) -> Exception:
    """Return an error as MlflowException, which those expect who know MlflowClient; it is rare."""
    if not isinstance(error, MlflowAnswer):
        return error
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import ErrorCode

    converted: Exception = MlflowException(str(error), error_code=ErrorCode.Value(error.error_code))
    return converted


def is_missing(error: BaseException) -> bool:
    """Return whether an error says that what was asked for does not exist."""
    return error_code(error) == _MISSING


@dataclass(frozen=True, kw_only=True)
class MlflowRest:
    """Asks an MLflow server.

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

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return an experiment, a deleted one too; None where there is none."""
        try:
            found = self._get("experiments/get-by-name", "experiment", experiment_name=name)
        except MlflowAnswer as error:
            if error.error_code != _MISSING:
                raise
            return None
        return Experiment.from_json(found)

    def get_run(self, run_id: str) -> Run:
        """Return a run by its id."""
        return Run.from_json(self._get("runs/get", "run", run_id=run_id))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        max_results: int = _PAGE,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
    ) -> Page:
        """Return the runs that meet a condition; those that were deleted are none."""
        body = {
            "experiment_ids": list(experiment_ids),
            "filter": filter_string,
            "max_results": max_results,
            "order_by": list(order_by),
            "run_view_type": "ACTIVE_ONLY",
        }
        if page_token:
            body["page_token"] = page_token
        found = _object(self._call("POST", f"{_API}/runs/search", json=body))
        page = Page(Run.from_json(one) for one in found.get("runs", []))
        page.token = found.get("next_page_token") or None
        return page

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with its aliases."""
        found = self._get("registered-models/get", "registered_model", name=name)
        return RegisteredModel.from_json(found)

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return a version of a registered model."""
        found = self._get("model-versions/get", "model_version", name=name, version=version)
        return ModelVersion.from_json(found)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[ArtifactFile]:
        """Return what lies in a folder of a run's artifacts; nothing where there is no such folder."""
        where = {"path": path} if path else {}
        files: list[ArtifactFile] = []
        token = None
        while True:
            more: dict[str, str] = {"page_token": token} if token else {}
            found = self._get("artifacts/list", run_id=run_id, **where, **more)
            files += [
                ArtifactFile(path=one["path"], is_dir=bool(one.get("is_dir")))
                for one in found.get("files", [])
            ]
            token = found.get("next_page_token")
            if not token:
                return files

    def read_text(self, run_id: str, artifact: str) -> str | None:
        """Return a text artifact that the server itself hands out.

        :return: None if its clients have to go to the store themselves.
        """
        path = self._artifact_path(run_id, artifact)
        if path is None:
            return None
        content = self._call("GET", path).content
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()

    def log_text(self, run_id: str, text: str, artifact: str) -> bool:
        """Store a text as an artifact through the server.

        :return: False if its clients have to go to the store themselves, and nothing was stored.
        """
        path = self._artifact_path(run_id, artifact)
        if path is None:
            return False
        self._call("PUT", path, data=text.encode())
        return True

    def _artifact_path(self, run_id: str, artifact: str) -> str | None:
        """Return under which path the server itself keeps an artifact; None if it does not."""
        where = urlsplit(self.get_run(run_id).info.artifact_uri)
        if where.scheme != "mlflow-artifacts" or where.netloc:
            return None
        folder = where.path.strip("/")
        return f"{_ARTIFACTS}/{quote(f'{folder}/{artifact}')}"

    def _get(self, method: str, part: str = "", **query: str) -> dict[str, Any]:
        """Return what a method answers, or one part of it.

        :raises MlflowAnswer: it is not there, or not what MLflow would say.
        """
        answer = self._call("GET", f"{_API}/{method}", params=query)
        found = _object(answer)
        if part and not isinstance(found.get(part), dict):
            raise _nonsense(answer)
        return found[part] if part else found

    def _call(self, method: str, path: str, **content: Any) -> requests.Response:
        """Return the answer to a request.

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
