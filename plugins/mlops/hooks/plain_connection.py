"""A connection without Airflow, where that is certain to be the one that Airflow would find.

Importing Airflow takes longer than most questions to MLflow and to the stores. A connection that stands as
JSON in an ``AIRFLOW_CONN_...`` variable needs none of it, unless a secrets backend of somebody's own is asked
first (https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/). Everything
else, such as a connection written as a URI, is left to Airflow.
"""

from __future__ import annotations

import configparser
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops.hooks.connection_fields import ConnectionFields

_BACKENDS = (("secrets", "backend"), ("workers", "secrets_backend"))
_FIELDS = ("conn_type", "host", "schema", "login", "password")


@dataclass(frozen=True, kw_only=True)
class PlainConnection:
    """What ``airflow.sdk.Connection`` knows, by the same names."""

    conn_type: str
    host: str | None = None
    schema: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    extra_dejson: dict[str, Any] = field(default_factory=dict, repr=False)


def find_connection(conn_id: str) -> ConnectionFields:
    """Return a connection, as Airflow finds it.

    :param conn_id: its id.
    :raises ConfigError: there is none.
    """
    found = plain_connection(conn_id)
    if found is not None:
        return found
    from mlops.hooks.connected import ConnectedHook

    return ConnectedHook.get_connection(conn_id)


def plain_connection(conn_id: str) -> PlainConnection | None:
    """Return a connection that needs no Airflow; None where Airflow has to be asked.

    :param conn_id: its id.
    """
    if asked_backend():
        return None
    return _read(os.environ.get(f"AIRFLOW_CONN_{conn_id.upper()}", ""))


def _read(text: str) -> PlainConnection | None:
    """Return the connection in a variable; None leaves it to Airflow."""
    try:
        found = json.loads(text)
        extra = found.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
        port = int(found["port"]) if found.get("port") else None
        fields = {name: found[name] for name in _FIELDS if found.get(name) is not None}
    except (ValueError, AttributeError, TypeError):
        return None
    if not isinstance(extra, dict) or not all(isinstance(value, str) for value in fields.values()):
        return None
    return PlainConnection(**{"conn_type": "", **fields}, port=port, extra_dejson=extra)


def asked_backend() -> str:
    """Return the secrets backend that Airflow asks before the environment; empty where it asks none."""
    settings = _airflow_settings()
    for section, name in _BACKENDS:
        variable = f"AIRFLOW__{section}__{name}".upper()
        found = os.environ.get(variable, settings.get(section, name, fallback=""))
        if found or any(f"{variable}{kind}" in os.environ for kind in ("_CMD", "_SECRET")):
            return found or variable
    return ""


def airflow_is_unused() -> bool:
    """Return whether no Airflow is configured here: its only database is SQLite's, which is not there."""
    if asked_backend() or any(name.startswith("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN") for name in os.environ):
        return False
    settings = _airflow_settings()
    stated = settings.options("database") if settings.has_section("database") else []
    if any(name.startswith("sql_alchemy_conn_") for name in stated):
        return False
    url = settings.get("database", "sql_alchemy_conn", fallback=f"sqlite:///{_airflow_home()}/airflow.db")
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists()


def _airflow_home() -> Path:
    return Path(os.environ.get("AIRFLOW_HOME") or "~/airflow").expanduser()


def _airflow_settings() -> configparser.ConfigParser:
    """Return what stands in ``airflow.cfg``; nothing where there is no such file.

    A file that can't be read here reads as one that names a secrets backend, so that Airflow is asked.
    """
    file = Path(os.environ.get("AIRFLOW_CONFIG") or _airflow_home() / "airflow.cfg")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeError):
        parser.read_dict({"secrets": {"backend": "an airflow.cfg that can't be read"}})
    return parser
