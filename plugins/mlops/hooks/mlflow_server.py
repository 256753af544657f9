"""The MLflow client of a process, and what its errors mean. Knows nothing of Airflow."""

from __future__ import annotations

import base64
import logging
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError, TrackingError
from mlops.hooks.mlflow_errors import as_mlflows, error_code
from mlops.hooks.mlflow_http import MlflowHttp, is_enough
from mlops.hooks.mlflow_rest import MlflowRest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient

    from mlops.hooks.connection_fields import ConnectionFields

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
_REFUSALS = {"FEATURE_DISABLED", "PERMISSION_DENIED", "UNAUTHENTICATED"}
_REFUSING = {401, 403, 407}
_DISTRUST = "CERTIFICATE_VERIFY_FAILED"
_ARTIFACTS = ("mlflow-artifacts", "/get-artifact", "/upload-artifact")
_ANSWERED = ("500", "502", "503", "504")
_DATABASE = ("sqlalchemy", "sqlite3.", "psycopg", "database is locked")
# A server without --serve-artifacts: its clients talk to the store themselves.
_STORE_LIBRARIES = {"boto3", "botocore", "s3transfer"}
_LONGEST = 600
_HEADERS: dict[str, str] = {}  # sent with every request of MLflow in this process
_READ_FROM: list[MlflowServer] = []  # the server that was only read from so far, if any


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

    @classmethod
    def of(cls, connection: ConnectionFields, conn_id: str) -> MlflowServer:
        """Return the server that a connection names.

        :param connection: Airflow's, or the same without Airflow.
        :param conn_id: its id, for messages.
        :raises ConfigError: it has no host.
        """
        extra = connection.extra_dejson
        return cls(
            tracking_uri=tracking_uri(
                connection.host, connection.port, connection.schema, connection=conn_id
            ),
            login=connection.login or "",
            password=connection.password or "",
            timeout=int(extra.get("timeout", 30)),
            retries=int(extra.get("retries", 3)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, the password included: for a pipe between processes, never for a log."""
        return asdict(self)

    def rest(self) -> MlflowRest | MlflowClient:
        """Return what asks this server, without MLflow where that is enough.

        MLflow's own functions find the same server afterwards, too: :func:`connect_late`.
        """
        if not is_enough(self.tracking_uri):
            return self.connect()
        _READ_FROM[:] = [self]
        return MlflowRest(
            http=MlflowHttp(
                tracking_uri=self.tracking_uri,
                headers=_authorization(self.login, self.password),
                timeout=self.timeout,
                retries=self.retries,
            )
        )

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
        _send_authorization(self.login, self.password)
        _READ_FROM.clear()
        mlflow.set_tracking_uri(self.tracking_uri)
        mlflow.set_registry_uri(self.tracking_uri)
        return mlflow.MlflowClient(self.tracking_uri, self.tracking_uri)


@contextmanager
def tracking_errors(action: str, connection: str = "mlflow_default") -> Iterator[None]:
    """Turn an error of MLflow's client into one that says what is at fault, and whether a retry may help.

    :param action: for messages, such as ``store model.json``.
    :param connection: id of the Airflow connection that leads to the server, or the option of a program.
    :raises ConfigError: the server refuses this client, and a retry would not help.
    :raises TrackingError: the server, its database or its artifact store is away or out of order.
    :raises MlflowException: an error of the caller is not converted, whoever asked the server.
    """
    import requests

    try:
        yield
    except requests.RequestException as error:
        status = getattr(error.response, "status_code", None)
        raise _failure(action, error, status in _REFUSING, connection) from error
    except Exception as error:
        code = error_code(error)
        if code is not None:
            if code not in _REFUSALS and code in _CLIENT_FAULTS:
                raise as_mlflows(error) from error.__cause__
            raise _failure(action, error, code in _REFUSALS, connection) from error
        if type(error).__module__.partition(".")[0] not in _STORE_LIBRARIES:
            raise
        raise TrackingError(
            f"MLflow could not {action}: {str(error)[:_LONGEST]}. The server of {_way(connection)} "
            "lets its clients reach the artifact store by themselves, and from this worker that failed: "
            "check the store, and this worker's credentials for it, or start the server with "
            "--serve-artifacts. The task is retried."
        ) from error


def _failure(action: str, error: Exception, refused: bool, connection: str) -> Exception:
    """Return the error for an answer of the server, or for none."""
    said = str(error)[:_LONGEST]
    if refused or _DISTRUST in str(error):
        return ConfigError(
            f"MLflow could not {action}: {said}. The server refuses, or this worker does not trust it, and "
            f"the next try would end the same: correct login, password, host or certificates of "
            f"{_way(connection)} (a server that knows itself by other names only needs --allowed-hosts)."
        )
    culprit = ""
    if any(sign in str(error) for sign in _ARTIFACTS) and any(sign in str(error) for sign in _ANSWERED):
        culprit = (
            "The server answers, and what it could not reach may be its artifact store (its "
            "--artifacts-destination): look into the server's log. "
        )
    elif any(sign in str(error) for sign in _DATABASE):
        culprit = "The server answers, its database does not: look at its --backend-store-uri. "
    return TrackingError(
        f"MLflow could not {action}: {said}. {culprit}Is the server of {_way(connection)} up and "
        "healthy? The task is retried."
    )


def _way(connection: str) -> str:
    return f"option {connection}" if connection.startswith("--") else f"connection {connection!r}"


def _send_authorization(login: str, password: str) -> None:
    """Let every MLflow request of this process carry basic authentication, kept out of the environment.

    :param login: user name.
    :param password: empty where the server asks for none; an earlier server's is not sent to it.
    """
    _HEADERS.clear()
    _HEADERS.update(_authorization(login, password))
    if _HEADERS:
        _register_headers()


def _authorization(login: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication; none without a password."""
    if not password:
        return {}
    token = base64.b64encode(f"{login}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def connect_late() -> None:
    """Make MLflow's own functions use the server that was only read from so far: before they are called."""
    for server in list(_READ_FROM):
        server.connect()


@cache
def _register_headers() -> None:
    """Add the provider of :data:`_HEADERS` to MLflow's, once per process."""
    from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider
    from mlflow.tracking.request_header.registry import _request_header_provider_registry

    class ConnectionHeaders(RequestHeaderProvider):
        def in_context(self) -> bool:
            return bool(_HEADERS)

        def request_headers(self) -> dict[str, str]:
            return dict(_HEADERS)

    _request_header_provider_registry.register(ConnectionHeaders)


def tracking_uri(
    host: str | None,
    port: int | None,
    schema: str | None,
    *,
    connection: str,
    expected: str = "the MLflow server's",
) -> str:
    """Return the address of the server that an Airflow connection names.

    :param host: its host, with or without ``http://`` or ``https://``.
    :param port: its port, if it has one.
    :param schema: its schema, used where the host has none; ``http`` by default.
    :param connection: its id, for messages.
    :param expected: whose host is meant, for messages.
    :raises ConfigError: it has no host.
    """
    if not host:
        raise ConfigError(f"Connection {connection!r} has no host; expected {expected}, such as 127.0.0.1.")
    scheme, given, name = host.rstrip("/").rpartition("://")
    return f"{scheme if given else schema or 'http'}://{name}{f':{port}' if port else ''}"
