"""What a connection says about MLflow, and what its errors mean; the rest needs a server, in
tests/integration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from include.errors import ConfigError, TrackingError
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.mlflow_server import MlflowServer, tracking_errors

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture
def hook_with(monkeypatch: pytest.MonkeyPatch) -> Callable[..., MlflowHook]:
    """Return a function that makes a hook behind a connection with these fields."""

    def make(**connection: Any) -> MlflowHook:
        monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", json.dumps({"conn_type": "http", **connection}))
        return MlflowHook()

    return make


@pytest.mark.parametrize(
    ("connection", "uri"),
    [
        ({"host": "127.0.0.1", "port": 5000}, "http://127.0.0.1:5000"),
        ({"host": "mlflow.example", "schema": "https"}, "https://mlflow.example"),
        ({"host": "https://mlflow.example/"}, "https://mlflow.example"),
        ({"host": "http://mlflow.example", "port": 80, "schema": "https"}, "http://mlflow.example:80"),
    ],
)
def test_a_connection_makes_the_tracking_uri(
    hook_with: Callable[..., MlflowHook], connection: dict[str, Any], uri: str
) -> None:
    assert hook_with(**connection).server.tracking_uri == uri


def test_a_connection_without_a_host_says_what_is_expected(hook_with: Callable[..., MlflowHook]) -> None:
    with pytest.raises(ConfigError, match=r"'mlflow_default' has no host; expected"):
        _ = hook_with(port=5000).server


def test_time_limits_come_from_the_connection(hook_with: Callable[..., MlflowHook]) -> None:
    server = hook_with(host="h", extra={"timeout": 7, "retries": 0}).server
    assert (server.timeout, server.retries) == (7, 0)


def test_people_may_open_mlflow_elsewhere(hook_with: Callable[..., MlflowHook]) -> None:
    assert hook_with(host="mlflow", port=5000).ui_url == "http://mlflow:5000"
    hook = hook_with(host="mlflow", port=5000, extra={"ui": "https://mlflow.example/"})
    assert hook.ui_url == "https://mlflow.example"


def test_the_password_is_not_shown(hook_with: Callable[..., MlflowHook]) -> None:
    server = hook_with(host="h", login="me", password="secret").server
    assert "secret" not in repr(server)
    assert MlflowServer(**server.to_dict()) == server, "a reproducibility check in another process needs it"


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"])
def test_an_error_of_the_server_is_worth_a_retry(code: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2

    error = MlflowException("x" * 5000, error_code=databricks_pb2.ErrorCode.Value(code))
    with (
        pytest.raises(TrackingError, match="MLflow could not do it: xxx") as caught,
        tracking_errors("do it"),
    ):
        raise error
    assert len(str(caught.value)) < 1000
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("code", ["RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"])
def test_an_error_of_the_caller_stays_what_it_is(code: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2

    error = MlflowException("x", error_code=databricks_pb2.ErrorCode.Value(code))
    with pytest.raises(MlflowException) as caught, tracking_errors("do it"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "UNAUTHENTICATED"])
def test_a_server_that_refuses_fails_at_once_with_the_connection(code: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2

    error = MlflowException("403", error_code=databricks_pb2.ErrorCode.Value(code))
    with (
        pytest.raises(ConfigError, match=r"could not do it: 403.*'other_mlflow'"),
        tracking_errors("do it", "other_mlflow"),
    ):
        raise error


@pytest.mark.parametrize("status", [401, 403])
def test_artifacts_that_are_refused_fail_at_once(status: int) -> None:
    answer = requests.Response()
    answer.status_code = status
    with pytest.raises(ConfigError, match="login, password"), tracking_errors("store x"):
        raise requests.HTTPError("no", response=answer)


def test_a_certificate_that_is_not_trusted_fails_at_once() -> None:
    with (
        pytest.raises(ConfigError, match="certificates of connection 'mlflow_default'"),
        tracking_errors("do it"),
    ):
        raise requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")


def test_an_artifact_store_that_is_away_is_not_taken_for_the_server() -> None:
    said = "503 Server Error for url: http://h/api/2.0/mlflow-artifacts/artifacts/0/x"
    words = r"The server answers.*artifact store.*artifacts-destination"
    with pytest.raises(TrackingError, match=words), tracking_errors("store x"):
        raise requests.HTTPError(said)


def test_an_artifact_store_that_workers_reach_themselves_is_named() -> None:
    from botocore.exceptions import EndpointConnectionError

    words = r"reach the artifact store by themselves.*retried"
    with pytest.raises(TrackingError, match=words), tracking_errors("store x"):
        raise EndpointConnectionError(endpoint_url="http://s3")


def test_a_broken_connection_is_worth_a_retry() -> None:
    with pytest.raises(TrackingError, match="reset by peer"), tracking_errors("do it"):
        raise requests.ConnectionError("reset by peer")


def test_a_bug_is_not_taken_for_an_outage() -> None:
    with pytest.raises(KeyError), tracking_errors("do it"):
        raise KeyError("x")
