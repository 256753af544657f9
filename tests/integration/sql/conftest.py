"""A real PostgreSQL, and other databases behind the same hook of Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.world.postgres import Database, Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres.start()
    yield server
    server.stop()


@pytest.fixture
def warehouse(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An empty database behind the Airflow connection ``warehouse``."""
    postgres.create("warehouse")
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", postgres.airflow_connection("warehouse"))
    return Database(postgres, "warehouse")
