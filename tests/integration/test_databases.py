"""The demo's databases, made by Airflow's and MLflow's own migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mlops.cli import databases, servers
from mlops.cli.state import State

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


def test_the_servers_own_migrations_make_databases_that_the_servers_take(tmp_path: Path) -> None:
    import mlflow.store.db.utils as store

    state = State(folder=tmp_path / "state", airflow_port=1, mlflow_port=2)
    servers.claim(state)
    databases.make(state, databases.missing(state))
    store._verify_schema(store.create_sqlalchemy_engine(f"sqlite:///{state.mlflow_database}"))
    with closing(sqlite3.connect(state.airflow_database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall()
