from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from demo import runs
from include.errors import InfrastructureError
from mlops.cli import airflow_api
from mlops.cli.airflow_api import AirflowApi, AirflowApiError

if TYPE_CHECKING:
    from tests.adapter.conftest import HttpServer

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture
def api(http_server: HttpServer) -> AirflowApi:
    return AirflowApi(f"{http_server.url}/", patience=0)


@pytest.fixture
def patient(http_server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> AirflowApi:
    """A client that sends a request again, without the pauses."""
    monkeypatch.setattr(airflow_api, "_FIRST_PAUSE", 0.001)
    return AirflowApi(http_server.url, patience=5)


def times(count: int, answer: Any, then: Any) -> Any:
    """Return what answers so many times in one way, and afterwards in another."""
    left = [answer] * count
    return lambda _: left.pop() if left else then


def test_a_request_goes_there_and_its_answer_comes_back(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers["POST /api/v2/dags/d/dagRuns"] = {"state": "queued"}
    assert api.call("POST", "dags/d/dagRuns", {"conf": {"as_of": "2005-05-31"}}) == {"state": "queued"}
    assert http_server.asked("POST") == [("/api/v2/dags/d/dagRuns", {"conf": {"as_of": "2005-05-31"}})]


def test_an_empty_answer_is_none(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers["PATCH /api/v2/x"] = b""
    assert api.call("PATCH", "x") is None


def test_a_token_is_fetched_once_when_it_is_asked_for(api: AirflowApi, http_server: HttpServer) -> None:
    def dags(_: Any) -> Any:
        _, _, _, headers = http_server.requests[-1]
        return [1] if headers["Authorization"] == "Bearer secret" else (401, {})

    http_server.answers |= {"GET /api/v2/dags": dags, "GET /auth/token": {"access_token": "secret"}}
    assert api.call("GET", "dags") == [1]
    assert api.call("GET", "dags") == [1]
    assert [path for path, _ in http_server.asked("GET")] == [
        "/api/v2/dags", "/auth/token", "/api/v2/dags", "/api/v2/dags",
    ]  # fmt: skip


def test_an_error_says_what_was_asked_and_what_was_answered(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers["GET /api/v2/dags"] = (500, {"detail": "database is locked"})
    with pytest.raises(AirflowApiError, match=r"GET /api/v2/dags: 500 .*database is locked") as caught:
        api.call("GET", "dags")
    assert caught.value.status == 500
    assert isinstance(caught.value, InfrastructureError)


def test_a_server_that_is_away_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(AirflowApiError, match=url):
        AirflowApi(url, patience=0).call("GET", "dags")


def test_an_answer_that_is_not_json_is_an_error_of_the_server(
    api: AirflowApi, http_server: HttpServer
) -> None:
    http_server.answers["GET /api/v2/dags"] = b"<html>another program</html>"
    with pytest.raises(AirflowApiError, match=r"another program.*not JSON"):
        api.call("GET", "dags")


def test_a_server_that_speaks_something_else_is_an_error_too() -> None:
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        threading.Thread(target=answer, daemon=True).start()
        api = AirflowApi(f"http://127.0.0.1:{listener.getsockname()[1]}", patience=0)
        with pytest.raises(AirflowApiError, match="ESMTP"):
            api.call("GET", "dags")


def test_health_names_the_state_of_each_part(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers["GET /api/v2/monitor/health"] = {
        "scheduler": {"status": "healthy"},
        "triggerer": {"status": None},
        "dag_processor": None,
    }
    assert api.healthy() == {"scheduler": "healthy", "triggerer": "starting"}


def test_a_server_that_is_just_starting_has_no_health(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers["GET /api/v2/monitor/health"] = (503, {})
    assert api.healthy() == {}


def test_settings_are_created_or_replaced(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers |= {
        "POST /api/v2/connections": (409, {}),
        "PATCH /api/v2/connections/c": {},
        "POST /api/v2/pools": {},
        "POST /api/v2/variables": {},
    }
    settings = {
        "connections": [{"conn_id": "c", "conn_type": "http"}],
        "pools": [{"pool_name": "p", "pool_slot": 3}],
        "variables": [{"variable_name": "v", "variable_value": "1"}],
    }
    assert api.apply_settings(settings) == 3
    ((path, body),) = http_server.asked("PATCH")
    assert (path, body["connection_id"]) == ("/api/v2/connections/c", "c")
    sent = dict(http_server.asked("POST"))
    assert sent["/api/v2/pools"] == {"name": "p", "slots": 3, "description": None}
    assert sent["/api/v2/variables"] == {"key": "v", "value": "1"}


def test_a_refused_setting_is_an_error(api: AirflowApi, http_server: HttpServer) -> None:
    http_server.answers["POST /api/v2/variables"] = (422, {"detail": "too long"})
    settings = {
        "connections": [],
        "pools": [],
        "variables": [{"variable_name": "v", "variable_value": ""}],
    }
    with pytest.raises(AirflowApiError, match="too long"):
        api.apply_settings(settings)


LOCKED = (500, {"detail": "(sqlite3.OperationalError) database is locked"})


class TestAskingAgain:
    @pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
    @pytest.mark.parametrize("answer", [LOCKED, (503, {}), (429, {}), b"<html>starting</html>"])
    def test_what_passes_is_borne(
        self, patient: AirflowApi, http_server: HttpServer, method: str, answer: Any
    ) -> None:
        http_server.answers[f"{method} /api/v2/x"] = times(3, answer, {"fine": True})
        assert patient.call(method, "x", {}) == {"fine": True}
        assert len(http_server.requests) == 4

    @pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
    def test_a_lasting_error_is_raised_at_once(
        self, patient: AirflowApi, http_server: HttpServer, status: int
    ) -> None:
        http_server.answers["GET /api/v2/x"] = (status, {})
        with pytest.raises(AirflowApiError):
            patient.call("GET", "x")
        assert len(http_server.requests) == 1

    def test_it_ends_with_the_patience_and_says_how_often_it_asked(
        self, patient: AirflowApi, http_server: HttpServer
    ) -> None:
        patient._patience = 0.05
        http_server.answers["GET /api/v2/x"] = LOCKED
        with pytest.raises(AirflowApiError, match=r"database is locked.*tried \d+ times") as caught:
            patient.call("GET", "x")
        assert caught.value.status == 500
        assert len(http_server.requests) > 1

    def test_a_dead_server_ends_it_before_the_patience_does(self, http_server: HttpServer) -> None:
        def dead() -> None:
            raise InfrastructureError("The api-server server stopped")

        http_server.answers["GET /api/v2/x"] = LOCKED
        with pytest.raises(InfrastructureError, match="server stopped"):
            AirflowApi(http_server.url, check=dead).call("GET", "x")
        assert len(http_server.requests) == 1

    def test_a_server_that_is_just_coming_back_is_waited_for(self, patient: AirflowApi) -> None:
        import threading

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = probe.getsockname()
        patient.url = f"http://127.0.0.1:{address[1]}"

        def come_back() -> None:
            with socket.create_server(address) as listener:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

        timer = threading.Timer(0.2, come_back)
        timer.start()
        assert patient.call("GET", "dags") == []
        timer.join()

    def test_a_run_whose_start_was_answered_with_an_error_is_started_once(
        self, patient: AirflowApi, http_server: HttpServer
    ) -> None:
        http_server.answers["POST /api/v2/dags/d/dagRuns"] = times(1, LOCKED, (409, {"detail": "exists"}))
        runs.trigger(patient, "d", "replay__2005-05-31", {"as_of": "2005-05-31"}, "note")
        sent = [body["dag_run_id"] for _, body in http_server.asked("POST")]
        assert sent == ["replay__2005-05-31"] * 2

    def test_settings_that_were_created_unseen_are_replaced(
        self, patient: AirflowApi, http_server: HttpServer
    ) -> None:
        http_server.answers |= {
            "POST /api/v2/connections": times(1, LOCKED, (409, {})),
            "PATCH /api/v2/connections/c": times(1, LOCKED, {}),
        }
        connections = [{"conn_id": "c", "conn_type": "http"}]
        assert patient.apply_settings({"connections": connections, "pools": [], "variables": []}) == 1
