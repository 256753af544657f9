"""The demo's databases, made by Airflow's and MLflow's own migrations."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mlops.cli import databases, servers
from mlops.cli.state import State
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


HOLD = """
import sqlite3, sys, time
connections = [sqlite3.connect(path) for path in sys.argv[1:]]
for connection in connections:
    connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(8)
"""
WRITE = """
import asyncio, sys
from airflow import settings
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import text
settings.configure_orm()
change = text("UPDATE slot_pool SET slots = slots + 1")
with settings.engine.begin() as connection:
    connection.execute(change)
async def write():
    async with settings.async_engine.begin() as connection:
        await connection.execute(change)
    await settings.async_engine.dispose()
asyncio.run(write())
SqlAlchemyStore(sys.argv[1], sys.argv[2]).create_experiment("written")
"""


def test_databases_are_made_by_the_servers_own_migrations_and_bear_a_lock(tmp_path: Path) -> None:
    import mlflow.store.db.utils as store

    state = State(folder=tmp_path / "state", airflow_port=1, mlflow_port=2)
    servers.claim(state)
    databases.make(state, databases.missing(state))
    store._verify_schema(store.create_sqlalchemy_engine(f"sqlite:///{state.mlflow_database}"))
    with closing(sqlite3.connect(state.airflow_database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall()
    databases.wait_instead_of_failing(state.mlflow_database)

    files = [str(state.airflow_database), str(state.mlflow_database)]
    with subprocess.Popen([sys.executable, "-c", HOLD, *files], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = subprocess.run(
            [sys.executable, "-c", WRITE, state.backend_store, str(tmp_path)],
            env=state.environment(), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, f"a lock of eight seconds was not borne:\n{done.stderr}"
