"""The settings that Airflow's own engines and MLflow's are made with, asked of the connections themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from demo.sqlite_patience import BUSY_SECONDS
from demo.state import State
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

ASK_AIRFLOW = """
import asyncio, json
from airflow import settings
from sqlalchemy import text
settings.configure_orm()
with settings.engine.connect() as connection:
    found = {"sync": connection.execute(text("PRAGMA busy_timeout")).scalar()}
    found["journal"] = connection.execute(text("PRAGMA journal_mode")).scalar()
async def ask():
    async with settings.async_engine.connect() as connection:
        waits = (await connection.execute(text("PRAGMA busy_timeout"))).scalar()
    await settings.async_engine.dispose()
    return waits
found["async"] = asyncio.run(ask())
found["pool"] = settings.engine.pool._timeout
found["request"] = settings.conf.getfloat("workers", "execution_api_timeout")
print(json.dumps(found))
"""


@pytest.fixture
def demo(tmp_path: Path) -> State:
    state = State(folder=tmp_path / "state", airflow_port=1, mlflow_port=2)
    for database in (state.airflow_database, state.mlflow_database):
        database.parent.mkdir(parents=True)
    return state


def test_every_engine_of_an_airflow_process_waits_a_minute(demo: State) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK_AIRFLOW], env=demo.environment(), cwd=PROJECT_ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (found,) = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    assert found["sync"] == found["async"] == 1000 * BUSY_SECONDS == 60_000
    assert found["journal"] == "wal"
    assert found["pool"] > BUSY_SECONDS, (
        "a thread that waits for a connection outlasts the one who waits to write"
    )
    assert found["request"] > BUSY_SECONDS, "a worker outlasts the server that waits to write"


def test_mlflow_is_told_to_wait_as_long(demo: State) -> None:
    from sqlalchemy import create_engine, text

    command = demo.commands()["mlflow"]
    engine = create_engine(command[command.index("--backend-store-uri") + 1])
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 1000 * BUSY_SECONDS
    assert demo.mlflow_database.exists()
