"""Queries that would do more than read, and rows outside of what was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.errors import ConfigError, DataError, MlopsError
from tests.integration.bad_inputs.documented import check_documented
from tests.world.query_table import READS, query_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = pytest.mark.integration

ALL = "SELECT * FROM accounts WHERE"
TABLE = """
CREATE TABLE accounts (customer_id bigint, as_of date, amount float8, region text);
INSERT INTO accounts SELECT i, '2024-01-31', i, 'x' FROM generate_series(1, 3) i;
INSERT INTO accounts VALUES (9, '2024-03-31', 9, 'y');
CREATE FUNCTION wipe() RETURNS int LANGUAGE sql VOLATILE AS 'DELETE FROM accounts; SELECT 1';
CREATE FUNCTION refuse() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no such luck'; END $$
"""


def writing(call: str) -> str:
    """A query that calls a function besides."""
    return READS.replace("*", f"*, {call}")


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        (writing("wipe()"), ConfigError, "writes; a source is only read"),
        (writing("query_to_xml('DELETE FROM accounts', true, true, '')"), DataError, "DELETE is not"),
        (writing("lo_create(0)"), ConfigError, "writes"),
        (
            writing("set_config('transaction_read_only', 'off', true), wipe()"),
            MlopsError,
            "read-write mode|writes; a source is only read",
        ),
        (writing("refuse()"), DataError, "no such luck"),
        (READS.replace("accounts", "elsewhere.accounts"), DataError, 'relation "elsewhere.accounts" does'),
        (f"{ALL} as_of >= :from AND :to > '2024-01-01'", DataError, "is of '?2024-03-31"),
        (f"{ALL} as_of < :to AND :from < '2999-01-01'", DataError, "is of '?2024-01-31"),
    ],
    ids=["function", "text", "large object", "mode", "raise", "schema", "no upper", "no lower"],
)  # fmt: skip
def test_nothing_is_written_and_nothing_comes_twice(
    warehouse: Database, tmp_path: Path, query: str, error: type[MlopsError], says: str
) -> None:
    warehouse.run(TABLE)
    source = query_table(query)

    def read() -> None:
        for day in source.partitions():
            source.fetch(day, tmp_path)

    with pytest.raises(error, match=says):
        read()

    assert count(warehouse) == 4


def count(warehouse: Database) -> int:
    with warehouse.server.connect(warehouse.name) as connection:
        (found,) = connection.execute("SELECT count(*) FROM accounts").fetchone() or (0,)
    return int(found)


@pytest.mark.parametrize("extra", [{"autocommit": True}, {"options": "-c default_transaction_read_only=off"}])
def test_no_setting_of_the_connection_lets_a_query_write(
    warehouse: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: dict[str, object]
) -> None:
    warehouse.run(TABLE)
    connection = warehouse.server.airflow_connection("warehouse", extra=extra)
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection)

    with pytest.raises(ConfigError, match="a source is only read"):
        query_table(writing("wipe()")).partitions()

    assert count(warehouse) == 4
    plain = query_table()
    assert list(plain.partitions()) == ["2024-01-31", "2024-03-31"]
    assert plain.fetch("2024-01-31", tmp_path).sha256 == plain.fingerprint("2024-01-31")


@pytest.mark.parametrize(("driver", "cursor"), [(False, "dictcursor"), (True, "dictcursor")])
def test_rows_are_tuples_whatever_cursor_the_connection_asks_for(
    warehouse: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: bool, cursor: str
) -> None:
    warehouse.run(TABLE)
    monkeypatch.setattr("airflow.providers.postgres.hooks.postgres.USE_PSYCOPG3", driver)
    connection = warehouse.server.airflow_connection("warehouse", extra={"cursor": cursor})
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection)
    source = query_table()

    assert list(source.partitions()) == ["2024-01-31", "2024-03-31"]
    assert source.fetch("2024-01-31", tmp_path).sha256


def test_values_never_become_part_of_the_text(warehouse: Database, tmp_path: Path) -> None:
    """A bound in a text stays what it is, and per cent signs are nobody's parameters."""
    warehouse.run(TABLE)
    source = query_table(READS.replace("*", "customer_id, as_of, amount, ':from %s %(x)s $1 ?' AS region"))

    source.partitions()
    delivery = source.fetch("2024-01-31", tmp_path)

    assert set(pq.read_table(delivery.files[0])["region"].to_pylist()) == {":from %s %(x)s $1 ?"}


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("user of a database that is refused", {"login": "nobody"}),
        ("database that does not exist", {"schema": "nowhere"}),
        ("connection to something without SQL", {"conn_type": "http"}),
        ("connection to a database whose provider is missing", {"conn_type": "teradata"}),
    ],
)
def test_a_connection_that_can_t_do(
    warehouse: Database, monkeypatch: pytest.MonkeyPatch, what: str, change: dict[str, object]
) -> None:  # fmt: skip
    connection = json.loads(warehouse.server.airflow_connection("warehouse")) | change
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(connection))

    with pytest.raises(ConfigError) as caught:
        query_table().partitions()

    check_documented(what, "extract", f"ConfigError: {caught.value}")


def test_a_session_reads_one_snapshot_with_limits_of_its_own(warehouse: Database, tmp_path: Path) -> None:
    warehouse.run(TABLE)
    names = ("transaction_read_only", "transaction_isolation", "TimeZone", "statement_timeout",
             "client_connection_check_interval")  # fmt: skip
    shown = " || '|' || ".join(f"current_setting('{name}')" for name in names)
    query = READS.replace("*", f"customer_id, as_of, amount, {shown} AS region")
    source = query_table(query, timezone="Asia/Kolkata", timeout_seconds=90)

    source.partitions()
    (file,) = source.fetch("2024-03-31", tmp_path).files

    assert pq.read_table(file)["region"].to_pylist() == ["on|repeatable read|Asia/Kolkata|90s|10s"]
