"""The demo's state folder, ports, environment and commands."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from demo import sqlite_patience
from demo.sqlite_patience import BUSY_SECONDS
from include.strict_json import to_json
from mlops.cli.local_connections import HOST
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class State:
    """The folder in which everything local lives, and the ports.

    :param folder: absolute path.
    :param airflow_port: port of Airflow's API server.
    :param mlflow_port: port of the MLflow server.
    :param settings: further ``AIRFLOW__SECTION__KEY`` variables, for benchmarks and tests.
    """

    folder: Path
    airflow_port: int
    mlflow_port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def airflow_url(self) -> str:
        """Where people open Airflow."""
        return f"http://{HOST}:{self.airflow_port}"

    @property
    def mlflow_url(self) -> str:
        """Where people open MLflow."""
        return f"http://{HOST}:{self.mlflow_port}"

    @property
    def source(self) -> Path:
        """Where the examples' deliveries arrive, below a folder of each model's name."""
        return self.folder / "source"

    @property
    def airflow_database(self) -> Path:
        """Airflow's SQLite file."""
        return self.folder / "airflow" / "airflow.db"

    @property
    def mlflow_database(self) -> Path:
        """MLflow's SQLite file."""
        return self.folder / "mlflow" / "mlflow.db"

    @property
    def backend_store(self) -> str:
        """The address under which MLflow opens its database."""
        return f"sqlite:///{self.mlflow_database}?timeout={BUSY_SECONDS}"

    def log(self, name: str) -> Path:
        """Return the log file of a server."""
        return self.folder / "logs" / f"{name}.log"

    def environment(self) -> dict[str, str]:
        """Return the environment of every process of the demo."""
        airflow = {
            "CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
            "CORE__PLUGINS_FOLDER": str(PROJECT_ROOT / "plugins"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__PARALLELISM": "4",
            # No login: only because everything is bound to loopback.
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "CORE__EXECUTION_API_SERVER_URL": f"{self.airflow_url}/execution/",
            "API__HOST": HOST,
            "API__PORT": str(self.airflow_port),
            "API__BASE_URL": self.airflow_url,
            "API__WORKERS": "1",
            "DAG_PROCESSOR__REFRESH_INTERVAL": "15",
            "DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            # A busy machine: wait for the one writer, and let clients wait longer than that.
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow_database}",
            "DATABASE__SQL_ALCHEMY_CONNECT_ARGS": f"{sqlite_patience.__name__}.CONNECT_ARGS",
            "DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": f"{sqlite_patience.__name__}.CONNECT_ARGS_ASYNC",
            "DATABASE__SQL_ALCHEMY_ENGINE_ARGS": to_json({"pool_timeout": 2 * BUSY_SECONDS}),
            "WORKERS__EXECUTION_API_TIMEOUT": str(1.5 * BUSY_SECONDS),
            # Tasks that were stopped together with the servers are noticed after two minutes, not five.
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(2 * BUSY_SECONDS),
            "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": str(BUSY_SECONDS),
        }
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")},
            **{f"AIRFLOW__{name}": value for name, value in airflow.items()},
            **self.settings,
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "MLOPS_STATE": str(self.folder),
            "MLFLOW_HOST": HOST,
            "MLFLOW_PORT": str(self.mlflow_port),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # for language models; five more processes
            "DO_NOT_TRACK": "true",
            "OMP_WAIT_POLICY": "PASSIVE",  # waiting threads must not spin where few cores are shared
            "PYTHONPATH": os.pathsep.join(str(PROJECT_ROOT / folder) for folder in ("", "plugins", "config")),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "NO_COLOR": "1",
        }

    def commands(self) -> dict[str, list[str]]:
        """Return the command of every server.

        These are the parts that ``airflow standalone`` starts. It would also open two log servers on all
        interfaces, which are not needed where all parts share one disk.
        """
        python, airflow = [sys.executable, "-m"], [sys.executable, "-m", "airflow"]
        return {
            "mlflow": [
                *python,
                "mlflow",
                "server",
                "--host",
                HOST,
                "--port",
                str(self.mlflow_port),
                "--workers",
                "1",
                "--backend-store-uri",
                self.backend_store,
                "--artifacts-destination",
                str(self.folder / "mlflow" / "artifacts"),
                "--serve-artifacts",
            ],
            "api-server": [*airflow, "api-server", "--host", HOST, "--port", str(self.airflow_port)],
            "scheduler": [*airflow, "scheduler", "--skip-serve-logs"],
            "dag-processor": [*airflow, "dag-processor"],
            "triggerer": [*airflow, "triggerer", "--skip-serve-logs"],
        }
