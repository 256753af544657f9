"""Make the demo's two databases: complete or not at all, even if it is killed meanwhile."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from demo.servers import last_lines
from include.errors import InfrastructureError
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from demo.state import State


def missing(state: State) -> list[Path]:
    """Return the databases that are still to be made."""
    return [path for path in (state.airflow_database, state.mlflow_database) if not path.exists()]


def make(state: State, targets: list[Path]) -> None:
    """Make databases under temporary names, side by side, and rename those that are complete.

    A file of the final name is a complete one. So a migration that is killed leaves nothing behind that a
    later start would take for a database.

    :param state: where.
    :param targets: what :func:`missing` returned.
    :raises InfrastructureError: a migration failed; the message shows the end of its log.
    """
    log = state.log("setup")
    started: dict[Path, subprocess.Popen[bytes]] = {}
    try:
        with log.open("ab") as stream:
            for target in targets:
                _remove(_partial(target))
                command, environment = _migration(state, target)
                started[target] = subprocess.Popen(
                    command,
                    env={**state.environment(), **environment}, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL,
                    stdout=stream, stderr=stream,
                )  # fmt: skip
        for target, process in started.items():
            if process.wait():
                raise InfrastructureError(f"{target} could not be made:\n{last_lines(log)}")
            _partial(target).replace(target)
    finally:
        for process in started.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_instead_of_failing(database: Path) -> None:
    """Put an SQLite database into write-ahead mode: its readers no longer wait for its writer.

    The mode is kept in the file. Airflow sets it itself, MLflow does not.

    :param database: a file that no server has open.
    """
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _migration(state: State, target: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command that makes a database under its temporary name, and what its environment adds."""
    url = f"sqlite:///{_partial(target)}"
    if target == state.mlflow_database:
        return [sys.executable, "-m", "mlflow", "db", "upgrade", url], {}
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    return command, {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url}


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")


def _remove(database: Path) -> None:
    """Remove an SQLite database with the files beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
