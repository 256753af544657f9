"""How MLflow is asked, and what becomes of answers; tests/integration compares with its own client."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from mlflow.exceptions import MlflowException

from include.errors import ConfigError, TrackingError
from mlops.hooks.mlflow_http import MlflowHttp, is_enough
from mlops.hooks.mlflow_rest import MlflowRest
from mlops.hooks.mlflow_server import MlflowServer, tracking_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


class Server:
    """Answers with what it is given, one answer after the other, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.headers.append(dict(self.headers))
                status, body = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()


FOUND = json.dumps({"experiment": {"experiment_id": "1", "name": "n"}})


def test_login_and_password_are_sent_and_not_shown(server: Server) -> None:
    server.answers = [(200, FOUND)]
    reader = MlflowServer(tracking_uri=server.uri, login="me", password="secret").rest()
    assert isinstance(reader, MlflowRest)
    reader.get_experiment_by_name("n")
    assert server.headers[0]["Authorization"] == "Basic bWU6c2VjcmV0"
    assert "bWU6" not in repr(reader)


def test_a_token_of_the_environment_is_sent_where_there_is_no_password(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t")
    server.answers = [(200, FOUND)]
    MlflowRest(http=MlflowHttp(tracking_uri=server.uri)).get_experiment_by_name("n")
    assert server.headers[0]["Authorization"] == "Bearer t"


def test_a_server_that_is_busy_is_asked_again(server: Server) -> None:
    server.answers = [(503, ""), (200, FOUND)]
    found = MlflowRest(http=MlflowHttp(tracking_uri=server.uri, retries=1)).get_experiment_by_name("n")
    assert found is not None
    assert found.lifecycle_stage == "active"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, "who are you", ConfigError),
        (403, "<html>no</html>", ConfigError),
        (403, '{"error_code": "PERMISSION_DENIED", "message": "no"}', ConfigError),
        (500, '{"error_code": "INTERNAL_ERROR", "message": "database is locked"}', TrackingError),
        (503, "", TrackingError),
        (502, "bad gateway", TrackingError),
        (404, "not here", TrackingError),  # no MLflow, or one behind another prefix
        (404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"}', MlflowException),
        (400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "bad"}', MlflowException),
        (200, "no json", TrackingError),
        (200, "[]", TrackingError),
        (200, "{}", TrackingError),
    ],
)
def test_an_answer_that_does_not_help(server: Server, status: int, body: str, error: type[Exception]) -> None:
    server.answers = [(status, body)]
    reader = MlflowRest(http=MlflowHttp(tracking_uri=server.uri, retries=0))
    with pytest.raises(error), tracking_errors("read run r"):
        reader.get_run("r")


def test_a_server_that_is_away_is_an_outage() -> None:
    reader = MlflowRest(http=MlflowHttp(tracking_uri="http://127.0.0.1:9", retries=0))
    told = pytest.raises(TrackingError, match="Is the server of connection 'mlflow_default' up")
    with told, tracking_errors("read run r"):
        reader.get_run("r")


@pytest.mark.parametrize(
    ("uri", "variable", "enough"),
    [
        ("http://mlflow:5000", "", True),
        ("https://mlflow.example", "", True),
        ("databricks", "", False),
        ("http://mlflow:5000", "MLFLOW_TRACKING_AUTH", False),
        ("http://mlflow:5000", "MLFLOW_TRACKING_AWS_SIGV4", False),
        ("http://mlflow:5000", "MLFLOW_WORKSPACE", False),
    ],
)
def test_what_only_mlflows_client_knows_is_left_to_it(
    uri: str, variable: str, enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, "x")
    assert is_enough(uri) is enough
