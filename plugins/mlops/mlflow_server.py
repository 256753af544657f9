"""The MLflow client of a process, and what its errors mean. Knows nothing of Airflow."""

from __future__ import annotations

import base64
import logging
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from include.errors import TrackingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient

_CLIENT_FAULTS = {
    "ALREADY_EXISTS",
    "BAD_REQUEST",
    "FEATURE_DISABLED",
    "INVALID_PARAMETER_VALUE",
    "INVALID_STATE",
    "NOT_FOUND",
    "PERMISSION_DENIED",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_DOES_NOT_EXIST",
    "UNAUTHENTICATED",
}


@dataclass(frozen=True, kw_only=True)
class MlflowServer:
    """How to reach an MLflow server.

    :param tracking_uri: ``http://host:port`` or ``https://...``.
    :param login: user name, where the server asks for one.
    :param password: what goes with it.
    :param timeout: seconds for one request.
    :param retries: of one request; what lasts longer is the retry of the task.
    """

    tracking_uri: str
    login: str = ""
    password: str = field(default="", repr=False)
    timeout: int = 30
    retries: int = 3

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, the password included: for a pipe between processes, never for a log."""
        return asdict(self)

    def connect(self) -> MlflowClient:
        """Return a client, and make MLflow's own functions use the same server in this process."""
        import mlflow
        from mlflow.environment_variables import (
            MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
            MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR,
            MLFLOW_HTTP_REQUEST_MAX_RETRIES,
            MLFLOW_HTTP_REQUEST_TIMEOUT,
            MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
        )

        MLFLOW_HTTP_REQUEST_TIMEOUT.set(self.timeout)
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(self.retries)
        MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR.set(1)
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        if self.password:
            _send_authorization(self.login, self.password)
        mlflow.set_tracking_uri(self.tracking_uri)
        mlflow.set_registry_uri(self.tracking_uri)
        return mlflow.MlflowClient(self.tracking_uri, self.tracking_uri)


@contextmanager
def tracking_errors(action: str) -> Iterator[None]:
    """Turn an outage of the server into a :class:`TrackingError`; an error of the caller stays what it is."""
    import requests
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code in _CLIENT_FAULTS:
            raise
        raise TrackingError(_outage(action, error)) from error
    except requests.RequestException as error:
        raise TrackingError(_outage(action, error)) from error


def _outage(action: str, error: Exception) -> str:
    return (
        f"MLflow could not {action}: {str(error)[:600]}. Is the server of connection 'mlflow_default' up and "
        "healthy? The task is retried."
    )


def _send_authorization(login: str, password: str) -> None:
    """Let every MLflow request of this process carry basic authentication, kept out of the environment."""
    from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider
    from mlflow.tracking.request_header.registry import _request_header_provider_registry

    token = base64.b64encode(f"{login}:{password}".encode()).decode()

    class ConnectionAuthorization(RequestHeaderProvider):
        def in_context(self) -> bool:
            return True

        def request_headers(self) -> dict[str, str]:
            return {"Authorization": f"Basic {token}"}

    _request_header_provider_registry._registry[:] = [
        known
        for known in _request_header_provider_registry._registry
        if type(known).__name__ != ConnectionAuthorization.__name__
    ]
    _request_header_provider_registry.register(ConnectionAuthorization)
