"""The demo's databases, made by Airflow's and MLflow's own migrations."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from demo import databases, servers
from demo.sqlite_patience import BUSY_SECONDS
from demo.state import State
from mlops.cli.airflow_api import AirflowApi
from mlops.run_context import PROJECT_ROOT
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


LOCKED_SECONDS = 8  # more than the five after which SQLite gives up if nobody says otherwise
WRITERS = """
import asyncio, sys, traceback
from concurrent.futures import ThreadPoolExecutor
from airflow import settings
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import text

settings.configure_orm()
store = SqlAlchemyStore(sys.argv[1], sys.argv[2])
change = text("UPDATE slot_pool SET slots = slots + 1")

def airflow():
    with settings.engine.begin() as connection:
        connection.execute(change)

def airflow_async():
    async def write():
        async with settings.async_engine.begin() as connection:
            await connection.execute(change)
        await settings.async_engine.dispose()
    asyncio.run(write())

def mlflow():
    store.create_experiment("written")

print("ready", flush=True)
sys.stdin.readline()
failed = []
with ThreadPoolExecutor() as pool:
    for write, done in [(write, pool.submit(write)) for write in (airflow, airflow_async, mlflow)]:
        if error := done.exception():
            failed.append(write.__name__)
            traceback.print_exception(error)
if failed:
    sys.exit(f"failed: {failed}")
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A state folder with its two databases."""
    folder = tmp_path_factory.mktemp("databases") / "state"
    state = State(folder=folder, airflow_port=free_port(), mlflow_port=free_port())
    servers.claim(state)
    databases.make(state, databases.missing(state))
    yield state
    servers.stop(state)


def test_databases_are_made_by_the_servers_own_migrations_and_bear_a_lock(
    state: State, tmp_path: Path
) -> None:
    import mlflow.store.db.utils as store

    store._verify_schema(store.create_sqlalchemy_engine(f"sqlite:///{state.mlflow_database}"))
    with closing(sqlite3.connect(state.airflow_database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall()
    databases.wait_instead_of_failing(state.mlflow_database)

    with subprocess.Popen(
        [sys.executable, "-c", WRITERS, state.backend_store, str(tmp_path)],
        env=state.environment(), cwd=PROJECT_ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as writers, ExitStack() as locks:  # fmt: skip
        assert writers.stdin
        assert writers.stdout
        # The lock begins when they are ready: what they import first may take longer than it lasts.
        if writers.stdout.readline() != "ready\n":
            pytest.fail(writers.communicate()[1])
        for database in (state.airflow_database, state.mlflow_database):
            connection = locks.enter_context(closing(sqlite3.connect(database)))
            connection.execute("BEGIN IMMEDIATE")
        writers.stdin.write("go\n")
        writers.stdin.flush()
        time.sleep(LOCKED_SECONDS)
        assert writers.poll() is None, "nobody waited for the lock"
        locks.close()
        errors = writers.communicate()[1]
    assert writers.returncode == 0, f"a lock of {LOCKED_SECONDS} seconds was not borne:\n{errors}"


def test_the_api_bears_changes_that_come_at_the_same_moment(state: State) -> None:
    """Each is answered at the first try, and soon: not when somebody has given up waiting for the lock."""
    servers.start(state, ["api-server"])
    patient, impatient = (
        AirflowApi(state.airflow_url, patience=180),
        AirflowApi(state.airflow_url, patience=0),
    )
    patient.call("GET", "variables")  # until the server is up; it says where to get a token
    impatient.call("GET", "variables")

    def change(number: int) -> None:
        impatient.call("POST", "variables", {"key": f"variable_{number}", "value": "some value"})

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(change, range(64)):
            pass
    assert time.monotonic() - began < BUSY_SECONDS
    assert patient.call("GET", "variables?limit=1")["total_entries"] == 64
