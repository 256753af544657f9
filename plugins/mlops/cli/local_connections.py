"""The demo's connections for commands that run outside of Airflow."""

from __future__ import annotations

import json
import os
from pathlib import Path

from mlops.cli.settings import connection_environment, read_settings
from mlops.cli.state import HOST, MARKER
from mlops.run_context import PROJECT_ROOT


def use_demo_connections() -> None:
    """Make the connections of ``airflow_settings.yaml`` known to this process, where Airflow's own are not.

    On a worker or with ``AIRFLOW_CONN_MLFLOW_DEFAULT`` set nothing is changed. Otherwise the demo's state
    folder (``MLOPS_STATE``, by default ``.state``) says where its servers listen.
    """
    if "AIRFLOW_CONN_MLFLOW_DEFAULT" in os.environ:
        return
    folder = Path(os.environ.get("MLOPS_STATE", PROJECT_ROOT / ".state")).resolve()
    ports = json.loads((folder / MARKER).read_text()) if (folder / MARKER).exists() else {}
    names = {
        "MLOPS_STATE": str(folder),
        "MLFLOW_HOST": HOST,
        "MLFLOW_PORT": str(ports.get("mlflow_port", 5000)),
    }
    settings = read_settings(PROJECT_ROOT / "airflow_settings.yaml", {**names, **os.environ})
    for name, value in connection_environment(settings["connections"]).items():
        os.environ.setdefault(name, value)
