"""What the hooks of this project share: a connection that is not there is a configuration error.

An API server that is away for a moment is none. Airflow tells a task the same in both cases.
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
        :raises ConfigError: there is none; to try again would not make one.
        :raises InfrastructureError: nobody could say whether there is one.
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
    """Return why a task could not be told of a connection; empty where there is none, for sure."""
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
