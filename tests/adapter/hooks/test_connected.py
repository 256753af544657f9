"""A connection that is not there, and an API server that can't be asked for it, are two things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ConnectionResult, ErrorResponse

from include.errors import ConfigError, InfrastructureError
from mlops.hooks.connected import ConnectedHook

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.adapter

MISSING = ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND, detail={"conn_id": "somewhere"})
AWAY = ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"message": "Connection refused"})
FOUND = ConnectionResult(
    conn_id="somewhere", conn_type="http", host="somewhere.example", schema=None, login=None, password=None,
    port=None, extra=None,
)  # fmt: skip


@dataclass
class Supervisor:
    """Answers a task as its supervisor does: with a result, with an error, or by raising one."""

    answers: list[Any]

    def send(self, _message: Any) -> Any:
        answer = self.answers.pop(0)
        if answer is AWAY:
            raise AirflowRuntimeError(answer)
        return answer


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def answers(*answers: Any) -> None:
        from airflow.sdk.execution_time import supervisor
        from airflow.sdk.execution_time.secrets.execution_api import ExecutionAPISecretsBackend

        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Supervisor(list(answers)), raising=False)
        backends = [ExecutionAPISecretsBackend()]
        monkeypatch.setattr(supervisor, "ensure_secrets_backend_loaded", lambda: backends)

    return answers


def test_it_is_returned(answered: Callable[..., None]) -> None:
    answered(FOUND)
    assert ConnectedHook.get_connection("somewhere").host == "somewhere.example"


def test_one_that_is_not_there_is_a_issue(answered: Callable[..., None]) -> None:
    answered(MISSING, MISSING)
    with pytest.raises(ConfigError, match="There is no Airflow connection 'somewhere'"):
        ConnectedHook.get_connection("somewhere")


def test_outside_of_a_task_too() -> None:
    with pytest.raises(ConfigError, match="There is no Airflow connection 'nowhere'"):
        ConnectedHook.get_connection("nowhere")


@pytest.mark.parametrize("then", [AWAY, FOUND], ids=["still away", "back again"])
def test_an_api_server_that_is_away_is_an_outage(answered: Callable[..., None], then: Any) -> None:
    answered(AWAY, then)
    with pytest.raises(InfrastructureError, match="API server could not be asked for connection 'somewhere'"):
        ConnectedHook.get_connection("somewhere")
