"""Other databases behind the same hook of Airflow: nothing but a connection of PEP 249."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest
from airflow.providers.common.sql.hooks.sql import DbApiHook
from airflow.sdk import Connection

from include.config.sql.query import read_query
from include.errors import DataError, StorageError
from mlops.hooks.sql.session import open_session
from tests.world.query_table import READS, query_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.integration

ACCOUNTS = "CREATE TABLE accounts (customer_id bigint, as_of date, amount numeric(12, 2), region text)"
ROWS = [(1, "2024-01-31", 10, None), (2, "2024-02-29", 2.5, "7"), (3, "2024-02-01", None, "x%")]
CONNECT: dict[str, Callable[[str], Any]] = {"sqlite": sqlite3.connect, "duckdb": duckdb.connect}
# More rows than one could count within a second.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "duckdb": "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE (a.range * b.range) % 7 = 3",
}


class LocalHook(DbApiHook):
    """A file that a library opens."""

    conn_name_attr = "local_conn_id"

    def get_conn(self) -> Any:
        return CONNECT[str(self.connection.conn_type)](str(self.connection.host))


@pytest.fixture(params=CONNECT)
def other(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of another database behind the connection ``warehouse``."""
    kind, file = str(request.param), tmp_path / "other.db"
    database = CONNECT[kind](str(file))
    database.execute(ACCOUNTS)
    database.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?)", ROWS)
    database.commit()
    database.close()
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({"conn_type": kind, "host": str(file)}))
    monkeypatch.setattr(Connection, "get_hook", lambda self: LocalHook(self.conn_id))
    return kind


def test_another_database_goes_through_the_same_hook(other: str, tmp_path: Path) -> None:
    source = query_table(f"{READS} AND coalesce(region, '') NOT LIKE 'y%'")

    assert list(source.partitions()) == ["2024-01-31", "2024-02-29"]
    delivery = source.fetch("2024-02-29", tmp_path)
    found = pq.read_table(delivery.files[0]).to_pydict()
    assert (found["amount"], found["region"]) == ([2.5, None], ["7", "x%"])
    assert delivery.sha256 == source.fetch("2024-02-29", tmp_path).sha256


def test_it_is_only_read_and_a_slow_statement_is_stopped(other: str) -> None:
    slow = query_table(f"{READS} AND ({ENDLESS[other]}) > amount", timeout_seconds=1)
    with pytest.raises(StorageError, match="took longer than 1 s and was stopped"):
        slow.partitions()

    with pytest.raises(DataError, match="nowhere"):
        query_table(READS.replace("accounts", "nowhere")).partitions()


def test_its_session_may_not_write(other: str) -> None:
    query = read_query(READS, "as_of")
    with open_session("warehouse", query, timezone="UTC", timeout_seconds=5, where="the query") as session:
        cursor = session.engine.cursor()
        with session.errors.turned("write"), pytest.raises(Exception, match=r"read-?only"):
            cursor.execute("INSERT INTO accounts SELECT * FROM accounts")
