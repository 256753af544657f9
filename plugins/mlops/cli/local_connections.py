"""Which connections a command uses that runs outside of Airflow: Airflow's own, or the demo's."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from mlops.cli.chosen_environment import entered_environment
from mlops.cli.environments_known import HOST, MARKER
from mlops.cli.settings import connection_environment, read_settings
from mlops.hooks.plain_connection import airflow_is_unused, plain_connection
from mlops.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from airflow.sdk import Connection

__all__ = ["HOST", "MARKER", "demo_airflow", "use_connections"]

_ASKED = "mlflow_default"
_IN_ENVIRONMENT = f"AIRFLOW_CONN_{_ASKED.upper()}"


def use_connections() -> None:
    """Make this process resolve connections as Airflow does, or use the demo's; say on stderr which it is.

    Airflow's come first: its environment, its secrets backend, its database. The demo's are used where its
    state folder is named (``MLOPS_STATE``), or where this checkout's demo was started and nothing else is
    configured; never in place of an Airflow whose database or secrets backend is set.

    Where an environment was entered (``bin/mlops --environment``), its connections are set already.

    :raises ConfigError: neither knows a connection.
    """
    entered = entered_environment()
    if entered is not None and not entered.content.from_airflow:
        _say(f"connections: environment {entered.name} ({entered.source})")
        return
    folder = _chosen_demo()
    if folder is not None and _IN_ENVIRONMENT not in os.environ:
        _use_demo(folder)
        return
    if (plain := plain_connection(_ASKED)) is not None:
        _say(f"connections: Airflow's (environment; {plain.conn_type} at {plain.host or '-'})")
        os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
        return
    if (
        airflow_is_unused()
        and _IN_ENVIRONMENT not in os.environ
        and (PROJECT_ROOT / ".state" / MARKER).exists()
    ):
        _use_demo(PROJECT_ROOT / ".state")
        return
    # As `airflow connections` does it: without this only the environment and a secrets backend are asked.
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    if (source := _source_of(_ASKED)) is not None:
        _say(f"connections: Airflow's ({source})")
        return
    configured, folder = _configured(), PROJECT_ROOT / ".state"
    if not configured and (folder / MARKER).exists():
        _use_demo(folder)
        return
    asked = configured or "Airflow's default configuration"
    raise ConfigError(
        f"There is no connection {_ASKED!r} in {asked}, nor in AIRFLOW_CONN_... variables. Run this where "
        "Airflow's workers run (`docker compose exec airflow-scheduler bin/mlops ...`), set "
        f"{_IN_ENVIRONMENT}, add it under Admin > Connections, or name a demo's state folder in MLOPS_STATE "
        "(`make demo` makes one)."
    )


def demo_airflow() -> str | None:
    """Return the address of the demo's Airflow where :func:`use_connections` chose the demo, or None."""
    folder = _chosen_demo()
    if folder is None:
        return None
    return f"http://{HOST}:{_ports(folder).get('airflow_port', 8080)}"


def _chosen_demo() -> Path | None:
    """Return the state folder that MLOPS_STATE names, or None."""
    named = os.environ.get("MLOPS_STATE")
    return Path(named).resolve() if named else None


def _use_demo(folder: Path) -> None:
    """Put the connections of ``airflow_settings.yaml`` into the environment, leading into a state folder."""
    os.environ["MLOPS_STATE"] = str(folder)
    names = {
        "MLOPS_STATE": str(folder),
        "MLFLOW_HOST": HOST,
        "MLFLOW_PORT": str(_ports(folder).get("mlflow_port", 5000)),
    }
    settings = read_settings(PROJECT_ROOT / "airflow_settings.yaml", {**os.environ, **names})
    for name, value in connection_environment(settings["connections"]).items():
        os.environ.setdefault(name, value)
    _say(f"connections: the demo's ({folder})")


def _ports(folder: Path) -> dict[str, Any]:
    """Return what the demo's marker says; nothing without one."""
    marker = folder / MARKER
    return dict(json.loads(marker.read_text())) if marker.exists() else {}


def _source_of(conn_id: str) -> str | None:
    """Return where Airflow finds a connection, or None where it does not."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found: Connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None
    if _IN_ENVIRONMENT in os.environ:
        return f"environment; {found.conn_type} at {found.host or '-'}"
    return f"{_configured() or 'database'}; {found.conn_type} at {found.host or '-'}"


def _configured() -> str | None:
    """Return what says that this is a configured Airflow: its secrets backend or its database; or None."""
    from airflow.configuration import conf

    if backend := conf.get("secrets", "backend", fallback=""):
        return f"secrets backend {backend}"
    url = conf.get("database", "sql_alchemy_conn", fallback="")
    own = (
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" in os.environ
        or "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD" in os.environ
    )
    return "Airflow's database" if own or not url.startswith("sqlite") else None


def _say(text: str) -> None:
    """Write a line to stderr, so that it does not mix with the output."""
    sys.stderr.write(f"{text}\n")
