"""A model whose features and labels come from queries of a real PostgreSQL: the whole loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mlops import run_context
from mlops.cli.__main__ import main
from mlops.cli.delivery_days import delivery_days
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from tests.world.dag_run import DagRun
from tests.world.edits import edit
from tests.world.world import FIRST, make_light

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.dag_test import DagRunner
    from tests.world.postgres import Database
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

APRIL, MAY, JUNE, JULY = "2005-04-30", FIRST, "2005-06-30", "2005-07-31"
LATER = ["2005-08-31", "2005-09-30", "2005-10-31"]

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


def spoil_june(warehouse: Database) -> None:
    """From June on a third of the customers have not paid for two months; one row of April is restated."""
    warehouse.run(
        f"UPDATE features SET pay_status = 2 WHERE customer_id % 3 = 0 AND as_of >= '{JUNE}'",
        f"UPDATE features SET age = age + 1 WHERE customer_id = 1 AND as_of = '{APRIL}'",
    )


@pytest.mark.long
@pytest.mark.full  # CI has a champion from a query in test_new_model_query.py
def test_a_model_on_queries_is_trained_and_watched_by_airflow(
    on_sql: Path, warehouse: Database, run_dag: DagRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_light(monkeypatch)
    model = on_sql.name

    assert run_dag(f"{model}_training", MAY)["promote"] == "success"
    assert ModelRegistry(MlflowHook(), model).aliases() == {"champion": "1"}
    ref = DataRegistryHook().pointers(model)["features", APRIL]
    assert ref.source == f"sql://warehouse/{model}/queries/features.sql?partition={APRIL}"

    again = DagRun(on_sql, as_of=MAY, run_id="again")
    again.run_task("extract")
    assert again.results["extract"]["changed"] == []
    spoil_june(warehouse)
    assert DagRun(on_sql, as_of=JUNE, kind="scoring").run() == "score"
    watched = run_dag(f"{model}_monitoring", JUNE)
    assert (watched["extract"], watched["policy"], watched["retrain"]) == ("success",) * 3, run_dag.verdicts
    assert DataRegistryHook().pointers(model)["features", APRIL] != ref, "restated rows are found"


@pytest.mark.full
def test_a_model_on_queries_lives_through_three_months_and_is_replayed(
    on_sql: Path,
    warehouse: Database,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_light(monkeypatch)
    model = on_sql.name
    assert DagRun(on_sql, as_of=MAY).run() == "promote"
    spoil_june(warehouse)
    for day in (JUNE, JULY):
        assert DagRun(on_sql, as_of=day, kind="scoring").run() == "score"
        watched = DagRun(on_sql, as_of=day, kind="monitoring", run_id=f"scheduled__{day}")
        watched.run("policy")
        assert watched.pushed["policy"]["verdict"]["decision"] == "retrain"
    windows = {one["partition"]: one["status"] for one in watched.results["performance_check"]["windows"]}
    assert {day: windows[day] for day in (JUNE, JULY)} == {JUNE: "worse", JULY: "not mature"}

    retrained = DagRun(on_sql, as_of=JULY, kind="retraining", conf={"as_of": JULY})
    assert retrained.run() in {"promote", "alert"}
    decisions = [entry.decision for entry in Ledger(MlflowHook(), model).entries()]
    assert len(decisions) == 2, decisions

    monkeypatch.setattr(run_context, "MODELS_ROOT", on_sql.parent)
    assert delivery_days(model) == [APRIL, MAY, JUNE, JULY, *LATER], "the days that backfill walks"
    capsys.readouterr()
    cache = str(tmp_path / "cache")
    code = main(["replay", model, "--cache", cache, "--workers", "1", "--json", "--training", "recorded"])
    printed = capsys.readouterr().out
    days = {day["day"]: day for day in json.loads(printed[printed.index("{\n") :])["days"]["in force"]}
    assert code == 0
    assert days[MAY]["champion"] == "1"
    assert (days[JUNE]["policy"], days[JULY]["windows"][JUNE]) == ("retrain", "worse")
