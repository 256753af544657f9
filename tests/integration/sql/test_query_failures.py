"""What is refused, what is retried, and what no message shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.data.selection import select_newest
from include.errors import ConfigError, DataError, MlopsError, StorageError
from mlops.hooks.object_store import ObjectStoreHook
from tests.integration.bad_inputs.documented import check_documented
from tests.world.postgres import PASSWORD
from tests.world.query_table import READS, query_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = pytest.mark.integration

ACCOUNTS = "CREATE TABLE accounts (customer_id bigint, as_of date, amount numeric(12, 2), region text)"
ROW = "INSERT INTO accounts VALUES (1, '2024-01-31', 10.10, 'north')"


def documented(what: str, error: MlopsError) -> None:
    """Compare an error with its row in docs/bad-input.md."""
    check_documented(what, "extract", f"{type(error).__name__}: {error}".replace("\n", " "))


@pytest.mark.parametrize(
    ("what", "query", "error"),
    [
        ("query of a table that is gone", READS.replace("accounts", "nowhere"), DataError),
        ("query without a column", READS.replace("*", "as_of, customer_id, region"), DataError),
        (
            "query with a column of the wrong type",
            READS.replace("*", "as_of, customer_id, amount::text, region"),
            DataError,
        ),
        ("query that writes through a function", READS.replace("*", "*, nextval('counter')"), ConfigError),
        ("query that takes too long", READS.replace("*", "*, pg_sleep(9)"), StorageError),
        (
            "query that fails on a row",
            READS.replace("*", "as_of, customer_id, region, 1 / (customer_id - 1) AS amount"),
            DataError,
        ),
        (
            "query that ignores one of its bounds",
            "SELECT * FROM accounts WHERE as_of >= :from AND :to > '2024-01-01'",
            DataError,
        ),
        (
            "query whose rows have no time",
            "SELECT NULL::date AS as_of, 1 AS customer_id, 1 AS amount, '' AS region WHERE :from < :to::date",
            DataError,
        ),
    ],
)
def test_a_query_fails_with_its_cause(
    warehouse: Database, tmp_path: Path, what: str, query: str, error: type[MlopsError]
) -> None:
    warehouse.run(ACCOUNTS, ROW, ROW.replace("2024-01", "2024-03"), "CREATE SEQUENCE counter")
    source = query_table(query, timeout_seconds=1)

    def read() -> None:
        source.partitions()
        source.fetch("2024-01-31", tmp_path)

    with pytest.raises(error) as caught:
        read()

    documented(what, caught.value)
    assert "sql://warehouse/credit_risk/queries/features.sql" in str(caught.value)


def test_a_server_that_is_down_is_retried_and_no_password_is_shown(
    warehouse: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    down = warehouse.server.airflow_connection("warehouse", host=str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", down)

    with pytest.raises(StorageError) as caught:
        query_table().partitions()

    documented("database that is down", caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_column_of_another_type_than_before_is_refused(
    warehouse: Database, tmp_path: Path, state: Path
) -> None:
    warehouse.run(ACCOUNTS, ROW)
    store = ObjectStoreHook()
    before = query_table(store=store)
    before.partitions()
    before.fetch("2024-01-31", tmp_path)
    warehouse.run("ALTER TABLE accounts ALTER region TYPE int USING 7")
    after = query_table(store=store)
    after.partitions()

    with pytest.raises(DataError) as caught:
        after.fetch("2024-01-31", tmp_path)

    documented("column of a query that changed its type", caught.value)


def test_rows_that_are_deleted_while_they_are_read(warehouse: Database, tmp_path: Path) -> None:
    warehouse.run(ACCOUNTS, ROW, ROW.replace("(1", "(2"))
    source = query_table()
    source.partitions()
    warehouse.run("DELETE FROM accounts WHERE customer_id = 2")
    with pytest.raises(StorageError) as caught:
        source.fetch("2024-01-31", tmp_path)
    documented("rows deleted while they are read", caught.value)
    warehouse.run("DELETE FROM accounts")
    with pytest.raises(DataError) as none:
        source.fetch("2024-01-31", tmp_path)
    documented("all rows of a partition deleted after they were counted", none.value)


def test_a_database_without_rows_names_the_query(warehouse: Database) -> None:
    warehouse.run(ACCOUNTS)
    source = query_table()
    with pytest.raises(DataError) as caught:
        select_newest({"features": source.partitions()}, "2024-01-31", origin=source.describe())
    documented("query without rows", caught.value)


def test_the_day_of_a_moment_is_that_of_the_table_s_clocks(warehouse: Database, tmp_path: Path) -> None:
    """In Berlin the hour from 2 to 3 came twice on 27 October 2024; the day had 25 hours."""
    warehouse.run(
        "CREATE TABLE accounts (customer_id bigint, as_of timestamptz, amount float8, region text)",
        "INSERT INTO accounts SELECT i, '2024-10-26 21:00+00'::timestamptz + i * interval '1 hour', i, 'x' "
        "FROM generate_series(0, 29) i",
    )
    source = query_table(
        READS.replace("*", "customer_id, as_of AS moment, as_of::date AS as_of, amount, region"),
        column="moment", every="day", timezone="Europe/Berlin",
    )  # fmt: skip

    days = list(source.partitions())
    rows = [pq.read_table(source.fetch(day, tmp_path).files[0]) for day in days]

    assert days == ["2024-10-26", "2024-10-27", "2024-10-28"]
    assert [one.num_rows for one in rows] == [1, 25, 4]
    assert [set(map(str, one["as_of"].to_pylist())) for one in rows] == [{day} for day in days]
