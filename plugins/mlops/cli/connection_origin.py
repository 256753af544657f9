"""Where Airflow finds a connection: a variable, a secrets backend or its database."""

from __future__ import annotations

import logging
import os

log = logging.getLogger(__name__)

_NAMES = {"EnvironmentVariablesBackend": "environment", "MetastoreBackend": "Airflow's database"}


def connection_origin(conn_id: str) -> str:
    """Return where a connection comes from, as :func:`~mlops.cli.local_connections.use_connections` sets it.

    Airflow asks a configured secrets backend first, then the environment, then its database; the first that
    knows the connection counts, so one that is in two places comes from the former.

    :param conn_id: its id.
    :return: such as ``environment``, ``SecretsManagerBackend`` or ``Airflow's database``; empty where nobody
        knows it.
    """
    from airflow.sdk.configuration import ensure_secrets_loaded

    for backend in ensure_secrets_loaded():
        name = type(backend).__name__
        if name == "EnvironmentVariablesBackend":
            known = f"AIRFLOW_CONN_{conn_id.upper()}" in os.environ
        else:
            known = _knows(backend, conn_id)
        if known:
            return _NAMES.get(name, name)
    return ""


def _knows(backend: object, conn_id: str) -> bool:
    """Return whether a backend has a connection; one that fails is passed over, as Airflow does."""
    try:
        return backend.get_connection(conn_id=conn_id) is not None  # type: ignore[attr-defined]
    except Exception as error:  # whatever a backend raises
        log.debug("%s could not be asked for %s: %s", type(backend).__name__, conn_id, error)
        return False
