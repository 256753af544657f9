"""Partitions of a query, cut and typed by a real PostgreSQL, through both of its drivers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.world.query_table import query_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = pytest.mark.integration

ACCOUNTS = """
CREATE TABLE accounts (customer_id bigint, as_of date, amount numeric(12, 2), region text);
INSERT INTO accounts VALUES
    (1, '2024-01-31', 10.10, 'north'), (2, '2024-01-31', NULL, '7'), (1, '2024-02-01', 20, NULL),
    (2, '2024-02-29', 0.1, '07'), (3, '2024-04-30', -5, 'south')
"""


@pytest.fixture(params=["psycopg", "psycopg2"])
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both drivers that Airflow's provider may use."""
    monkeypatch.setattr("airflow.providers.postgres.hooks.postgres.USE_PSYCOPG3", request.param == "psycopg")
    return str(request.param)


def test_partitions_are_months_that_have_rows(warehouse: Database, driver: str, tmp_path: Path) -> None:
    warehouse.run(ACCOUNTS)
    source = query_table()

    assert source.partitions() == {
        day: f"sql://warehouse/credit_risk/queries/features.sql?partition={day}"
        for day in ("2024-01-31", "2024-02-29", "2024-04-30")
    }
    delivery = source.fetch("2024-02-29", tmp_path)

    (file,) = delivery.files
    assert pq.read_table(file).to_pydict() == {
        "customer_id": [1, 2],
        "as_of": [date(2024, 2, 1), date(2024, 2, 29)],
        "amount": [20.0, 0.1],
        "region": [None, "07"],
    }
    assert source.fingerprint("2024-02-29") == delivery.sha256 != source.fingerprint("2024-01-31")
