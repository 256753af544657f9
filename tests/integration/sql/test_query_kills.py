"""An extract that is killed, a server that ends the connection, a period that is not over."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from include.data.sources.sql_rows import RowWriter
from include.errors import StorageError
from mlops.hooks.object_store import ObjectStoreHook
from tests.world.query_table import READS, query_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = pytest.mark.integration

TABLE = """
CREATE TABLE accounts (customer_id bigint, as_of date, amount float8, region text);
INSERT INTO accounts SELECT i, '2024-01-31', i, 'x' FROM generate_series(1, 3000) i
"""
MINE = "SELECT pid FROM pg_stat_activity WHERE datname = 'warehouse' AND pid <> pg_backend_pid()"


def sessions(warehouse: Database) -> list[Any]:
    with warehouse.server.connect(warehouse.name) as connection:
        return connection.execute(MINE).fetchall()


def within(seconds: float, holds: Any) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_killed_extract_leaves_nothing_and_releases_its_connection(
    warehouse: Database, tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.run(TABLE)
    store = ObjectStoreHook()
    begun = tmp_path / "begun"

    def wait(self: RowWriter, rows: Any) -> None:
        begun.touch()
        time.sleep(60)

    child = os.fork()
    if child == 0:  # as a worker's task process, in the midst of the rows
        try:
            monkeypatch.setattr(RowWriter, "write", wait)
            source = query_table(store=store)
            source.partitions()
            source.fetch("2024-01-31", tmp_path)
        finally:
            os._exit(1)
    assert within(20, begun.exists)
    assert len(sessions(warehouse)) == 1
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert within(5, lambda: not sessions(warehouse)), "the server still holds the snapshot of a dead process"
    again = query_table(store=store)
    assert again._notes.partitions == {}
    again.partitions()
    (tmp_path / "again").mkdir()
    again.fetch("2024-01-31", tmp_path / "again")
    assert query_table(store=store)._notes.partitions["2024-01-31"][0] == 3000


def test_a_server_that_goes_away_between_two_batches_is_retried(
    warehouse: Database, tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.run(TABLE)
    store = ObjectStoreHook()
    write = RowWriter.write

    def end_sessions(self: RowWriter, rows: Any) -> None:
        write(self, rows)
        warehouse.run(f"SELECT pg_terminate_backend(pid) FROM ({MINE}) q")

    monkeypatch.setattr(RowWriter, "write", end_sessions)
    source = query_table(store=store)
    source.partitions()

    with pytest.raises(StorageError, match=r"connection 'warehouse'.*the task is retried"):
        source.fetch("2024-01-31", tmp_path)

    assert query_table(store=store)._notes.partitions == {}


def test_times_are_read_once_their_period_is_over_and_dates_at_once(
    warehouse: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """On Kiritimati it is tomorrow already, on Midway yesterday still."""
    now = datetime.now(UTC)
    days = [(now + timedelta(days=days)).date().isoformat() for days in (-3, 0)]
    warehouse.run(
        "CREATE TABLE accounts (customer_id bigint, as_of timestamptz, amount float8, region text)",
        *(f"INSERT INTO accounts VALUES (1, '{day} 12:00+00')" for day in days),
    )
    times = query_table(column="as_of", every="day", timezone="UTC")
    dates = query_table(READS.replace("*", "customer_id, as_of::date, amount, region")
                        .replace("as_of >=", "as_of::date >="), every="day")  # fmt: skip

    assert list(times.partitions()) == days[:1]
    assert list(dates.partitions()) == days


def test_a_statement_that_somebody_cancels_is_not_called_slow(
    warehouse: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = query_table(
        "SELECT 1 AS customer_id, '2024-01-31'::date AS as_of, 1 AS amount, 'x' AS region "
        "FROM pg_cancel_backend(pg_backend_pid()), pg_sleep(1) WHERE :from < :to::date"
    )

    with pytest.raises(StorageError, match=r"due to user request.*the task is retried"):
        source.partitions()
