"""The endpoint that ``model.yaml`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.hooks.connected import ConnectedHook
from mlops.hooks.mlflow_server import tracking_uri
from mlops.serving.endpoint import Endpoint

if TYPE_CHECKING:
    from include.config.serving_schema import Serving


def configured_endpoint(serving: Serving) -> Endpoint:
    """Return where a model is served.

    Of a connection, host, port and schema (``http`` or ``https``) make the address, and the password is the
    token.

    :param serving: the section ``serving`` of ``model.yaml``.
    :raises ConfigError: there is no such connection, or it leads nowhere.
    :raises InfrastructureError: Airflow's API server did not answer.
    """
    if serving.connection is None:
        return Endpoint(url=str(serving.url), timeout=serving.timeout_seconds)
    found = ConnectedHook.get_connection(serving.connection)
    url = tracking_uri(
        found.host,
        found.port,
        found.schema,
        connection=serving.connection,
        expected="where the model is served",
    )
    return Endpoint(url=url, token=found.password or "", timeout=serving.timeout_seconds)
