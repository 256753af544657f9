"""A model whose features and labels come from queries of a real PostgreSQL, through its own operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops.hooks.data_registry import DataRegistryHook
from tests.world.dag_run import DagRun
from tests.world.world import FIRST, edit, make_light

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

ACCOUNTS = (
    "customer_id bigint, as_of date, credit_limit numeric(12,2), sex text, education text, "
    "marital_status text, age int, pay_status int, bill_amount numeric(14,2), paid_amount numeric(14,2)"
)
TABLES = {
    "    uri: accounts/as_of={partition}/accounts.csv\n    format: csv\n": ("features", "as_of"),
    "    uri: labels/known_on={partition}/labels.csv\n    format: csv\n": ("labels", "known_on"),
}


@pytest.fixture
def on_sql(warehouse: Database, small_panel: Path, small_model: Path) -> Path:
    """The small model with its deliveries in two tables."""
    warehouse.load("features", ACCOUNTS, sorted(small_panel.glob("accounts/*/*.csv")))
    columns = "customer_id bigint, as_of date, defaulted int"
    warehouse.run(f"CREATE TABLE labels ({columns}, known_on date)")
    for file in sorted(small_panel.glob("labels/*/*.csv")):
        day = file.parent.name.partition("=")[2]
        warehouse.run("DROP TABLE IF EXISTS arrived")
        warehouse.load("arrived", columns, [file])
        warehouse.run(f"INSERT INTO labels SELECT *, '{day}' FROM arrived")
    (small_model / "queries").mkdir()
    for files, (table, column) in TABLES.items():
        (small_model / "queries" / f"{table}.sql").write_text(
            f"SELECT * FROM {table} WHERE {column} >= :from AND {column} < :to\n"
        )
        query = (
            f"    sql: queries/{table}.sql\n    connection: warehouse\n"
            f"    partition_by: {{column: {column}, every: month}}\n"
        )
        edit(small_model / "model.yaml", (files, query))
    return small_model


def test_a_model_on_queries_becomes_champion_and_takes_restated_rows_in(
    on_sql: Path, warehouse: Database, mlflow_server: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_light(monkeypatch)
    first = DagRun(on_sql, as_of=FIRST)

    assert first.run() == "promote"

    known = DataRegistryHook().pointers(on_sql.name)
    ref = known["features", "2005-04-30"]
    assert ref.source == f"sql://warehouse/{on_sql.name}/queries/features.sql?partition=2005-04-30"
    again = DagRun(on_sql, as_of=FIRST, run_id="again")
    again.run("extract")
    again.run_task("extract")
    assert again.results["extract"]["changed"] == []
    warehouse.run("UPDATE features SET age = age + 1 WHERE customer_id = 1 AND as_of = '2005-04-30'")
    restated = DagRun(on_sql, as_of=FIRST, run_id="restated")
    restated.run_task("extract")
    assert restated.results["extract"]["changed"] == ["features/2005-04-30"]
