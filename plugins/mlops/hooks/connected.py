"""What the hooks of this project share: a connection that is not there is a mistake, and is told as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.errors import ConfigError

if TYPE_CHECKING:
    from airflow.sdk import Connection


class ConnectedHook(BaseHook):
    """A hook behind an Airflow connection."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """Return an Airflow connection.

        :param conn_id: its id.
        :raises ConfigError: there is none; to try again would not make one.
        """
        try:
            return super().get_connection(conn_id)
        except AirflowNotFoundException as error:
            raise ConfigError(
                f"There is no Airflow connection {conn_id!r}. Add it under Admin > Connections, or "
                "correct the id where it is named (model.yaml, or the operator's arguments); "
                "airflow_settings.yaml has examples."
            ) from error
