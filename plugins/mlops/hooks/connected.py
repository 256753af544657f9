"""What the hooks of this project share: a connection that does not exist is a configuration error.

An API server that is unavailable for a moment is not, but Airflow raises the same error in both cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError, ErrorType

from include.errors import ConfigError, InfrastructureError

if TYPE_CHECKING:
    from airflow.sdk import Connection


class ConnectedHook(BaseHook):
    """A hook behind an Airflow connection."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """Return an Airflow connection.

        :param conn_id: its id.
        :raises ConfigError: there is none, and a retry would not change that.
        :raises InfrastructureError: Airflow's API server did not answer.
        """
        try:
            return super().get_connection(conn_id)
        except AirflowNotFoundException as error:
            if outage := _outage(conn_id):
                raise InfrastructureError(
                    f"Airflow's API server could not be asked for connection {conn_id!r}: {outage}"
                ) from error
            raise ConfigError(
                f"There is no Airflow connection {conn_id!r}. Add it under Admin > Connections, or "
                "correct the id where it is named (model.yaml, or the operator's arguments); "
                "airflow_settings.yaml has examples."
            ) from error


def _outage(conn_id: str) -> str:
    """Return why a task did not get a connection; empty if it certainly does not exist."""
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import ErrorResponse, GetConnection

    supervisor = getattr(task_runner, "SUPERVISOR_COMMS", None)
    if supervisor is None:  # outside of a task, where no API server is asked
        return ""
    try:
        answer = supervisor.send(GetConnection(conn_id=conn_id))
    except AirflowRuntimeError as error:
        answer = error.error
    if not isinstance(answer, ErrorResponse):
        return "it did not answer at first"
    if answer.error == ErrorType.CONNECTION_NOT_FOUND:
        return ""
    return f"{answer.error.value} {answer.detail or ''}".strip()
