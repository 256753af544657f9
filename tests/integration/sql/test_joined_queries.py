"""A view and the features that it is joined to, both from queries of a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.config.load import load_model
from include.errors import ConfigError, DataError
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.sources.views import VIEWS
from tests.world.dag_run import DagRun
from tests.world.edits import edit
from tests.world.world import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

ACCOUNTS = (
    "customer_id bigint, as_of date, credit_limit numeric(12,2), sex text, education text, "
    "marital_status text, age int, pay_status int, bill_amount numeric(14,2), paid_amount numeric(14,2)"
)
VIEW = """\
description: What a customer did.
owner: crm
source:
  connection: warehouse
  sql: queries/visits.sql
  partition_by: {column: happened, every: month}
key: {customer_id: integer}
event_time: {column: happened, type: timestamp}
known_at: {column: loaded, type: timestamp}
columns: {pages: integer, plan: category, paid: boolean, spent: numeric}
"""
OWN = "  categorical: [sex, education, marital_status]\n"
VISITS = """
CREATE TABLE visits (customer_id bigint, happened timestamptz, loaded timestamptz, pages int, plan text,
    paid boolean, spent numeric(10, 2));
INSERT INTO visits SELECT n, '2005-04-10 08:00+02', '2005-04-11 00:00+00', n % 9, 'gold', n % 2 = 0, n / 4.0
    FROM generate_series(1, 2900) AS n;
INSERT INTO visits SELECT n, '2005-05-20 08:00+02', '2005-05-21 00:00+00', n % 7, NULL, NULL, NULL
    FROM generate_series(1, 2900) AS n;
INSERT INTO visits SELECT n, '2005-05-20 08:00+02', '2005-06-21 00:00+00', 7777, 'leaked', true, 7777
    FROM generate_series(1, 2900) AS n;
"""


@pytest.fixture
def model(warehouse: Database, small_source: Path, small_model: Path) -> Path:
    """The small model with features and a view in a database, and labels in files."""
    warehouse.load("features", ACCOUNTS, sorted(small_source.glob("accounts/*/*.csv"))[:2])
    warehouse.run(VISITS)
    queries = {
        small_model: ("features", "as_of"),
        small_model.parent.parent / "features": ("visits", "happened"),
    }
    for folder, (table, column) in queries.items():
        (folder / "queries").mkdir(parents=True)
        (folder / "queries" / f"{table}.sql").write_text(
            f"SELECT * FROM {table} WHERE {column} >= :from AND {column} < :to\n"
        )
    (small_model.parent.parent / "features" / "visits.yaml").write_text(VIEW)
    edit(
        small_model / "model.yaml",
        (
            "    uri: accounts/as_of={partition}/accounts.csv\n    format: csv\n",
            "    sql: queries/features.sql\n    connection: warehouse\n"
            "    partition_by: {column: as_of, every: month}\n",
        ),
        (OWN, f"{OWN}  views:\n    visits: [pages, plan, paid, spent]\n"),
    )
    return small_model


def rows_of(model: str, day: str, tmp_path: Path) -> list[dict[str, object]]:
    hook = DataRegistryHook()
    path = hook.local_path(hook.pointers(model)["features", day], tmp_path)
    return sorted(pq.read_table(path).to_pylist(), key=lambda row: row["customer_id"])


def test_a_view_from_a_query_is_joined_as_it_was_known(
    model: Path, warehouse: Database, tmp_path: Path
) -> None:
    assert DagRun(model, as_of=FIRST).run_task("extract")["newest"] == FIRST
    known = DataRegistryHook().pointers(VIEWS)
    assert sorted(known) == [("visits", "2005-04-30"), ("visits", FIRST)]
    assert known["visits", FIRST].source == f"sql://warehouse/_views/queries/visits.sql?partition={FIRST}"
    april, may = (rows_of(model.name, day, tmp_path) for day in ("2005-04-30", FIRST))
    second = {name.removeprefix("visits__"): value for name, value in april[1].items() if "visits__" in name}
    assert second == {"pages": 2, "plan": "gold", "paid": 1, "spent": 0.5, "age_days": pytest.approx(19.75)}
    assert [may[8][f"visits__{name}"] for name in ("pages", "plan", "paid", "spent")] == [2, None, None, None]
    assert 7777 not in {row["visits__pages"] for row in may}, "it became known in June"

    assert DagRun(model, as_of=FIRST).run_task("extract")["changed"] == []
    warehouse.run("UPDATE visits SET pages = 50 WHERE customer_id = 2 AND plan = 'gold'")
    assert DagRun(model, as_of=FIRST).run_task("extract")["changed"] == ["features/2005-04-30"]
    assert rows_of(model.name, "2005-04-30", tmp_path)[1]["visits__pages"] == 50


def test_a_view_whose_query_is_wrong_says_where(model: Path, warehouse: Database) -> None:
    warehouse.run("ALTER TABLE visits ALTER COLUMN pages TYPE text")
    with pytest.raises(DataError, match=r"View visits: sql://warehouse/_views/queries/visits.sql.*'pages'"):
        DagRun(model, as_of=FIRST).run_task("extract")
    query = model.parent.parent / "features" / "queries" / "visits.sql"
    query.write_text("DELETE FROM visits")
    with pytest.raises(ConfigError, match=r"features/visits.yaml:5: source.sql: queries/visits.sql:1: "):
        load_model(model)
    query.unlink()
    with pytest.raises(
        ConfigError, match=r"source.sql: there is no file .* in the folder of the views; write the"
    ):
        load_model(model)
