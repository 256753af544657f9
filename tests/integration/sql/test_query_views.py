"""Queries beside feature views and as the source of one; events as a target; clocks without a zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from include.config.load import COMPANIONS, load_model
from include.config.views.read import load_view
from include.errors import ConfigError
from mlops.hooks.sources.base import TableSettings
from mlops.hooks.sources.views import view_source
from tests.core.config.conftest import MODEL
from tests.world.model_config import make_config
from tests.world.query_table import query_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = pytest.mark.integration

ACCOUNTS = "CREATE TABLE accounts (customer_id bigint, as_of date, amount float8, region text, gone_on date)"
OWN = "  categorical: [sex, region]\n"
VIEW = """\
description: What a customer did.
owner: crm
source:
  connection: warehouse
  sql: queries/activity.sql
  partition_by: {column: seen, every: week}
key: {customer_id: integer}
event_time: {column: day}
known_at: {column: seen, type: timestamp}
columns: {n_logins: integer, plan: category, active: boolean, score: numeric}
"""
QUERY = "SELECT * FROM activity WHERE seen >= :from AND seen < :to\n"


def test_an_event_is_a_date_or_missing(warehouse: Database, tmp_path: Path) -> None:
    rows = "(1, '2024-01-31', 1, 'x', '2025-03-01'), (2, '2024-01-31', 2, 'y', NULL)"
    warehouse.run(ACCOUNTS, f"INSERT INTO accounts VALUES {rows}")
    model: dict[str, Any] = {"target": {"event": "gone_on", "horizon_days": 720, "column": "gone"}}
    source = query_table(model=model, labels=False)

    source.partitions()
    (file,) = source.fetch("2024-01-31", tmp_path).files

    assert pq.read_table(file)["gone_on"].to_pylist() == [date(2025, 3, 1), None]


def test_a_view_may_be_a_query(warehouse: Database, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "activity.sql").write_text(QUERY)
    (tmp_path / "activity.yaml").write_text(VIEW)
    warehouse.run(
        "CREATE TABLE activity (customer_id int, day date, seen timestamptz, n_logins int, plan text, "
        "active boolean, score numeric(5, 2))",
        "INSERT INTO activity VALUES (1, '2024-01-02', '2024-01-03 10:00+00', 7, 'free', true, 0.25), "
        "(2, '2024-01-02', '2024-01-09 10:00+00', NULL, NULL, NULL, NULL)",
    )
    source = view_source("activity", load_view(tmp_path, "activity"), make_config())

    assert source.partitions() == {
        day: f"sql://warehouse/_views/queries/activity.sql?partition={day}"
        for day in ("2024-01-07", "2024-01-14")
    }
    delivery = source.fetch("2024-01-07", tmp_path)
    (row,) = pq.read_table(delivery.files[0]).to_pylist()
    assert (row["n_logins"], row["plan"], row["active"], row["score"]) == (7, "free", True, 0.25)
    assert source.fingerprint("2024-01-07") == delivery.sha256


def test_columns_that_views_join_are_not_asked_of_the_query(tmp_path: Path) -> None:
    folder, views = tmp_path / "models" / "loans", tmp_path / "features"
    for made in (folder, views / "queries"):
        made.mkdir(parents=True)
    (views / "activity.yaml").write_text(VIEW.replace("customer_id", "loan_id"))
    (views / "queries" / "activity.sql").write_text(QUERY)
    (folder / "model.yaml").write_text(MODEL.replace(OWN, f"{OWN}  views:\n    activity: [plan, score]\n"))
    for name in COMPANIONS:
        (folder / name).write_text("")
    config = load_model(folder)

    assert "activity__plan" in config.feature_names
    columns = [column.name for column in TableSettings(config=config, name="features").columns]
    assert columns == ["loan_id", "as_of", "amount", "age", "sex", "region"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (None, "5: source.sql: there is no file 'queries/activity.sql' in the folder of the views"),
        ("DELETE FROM activity", "5: source.sql: queries/activity.sql:1: begins with 'DELETE'"),
        (QUERY.replace("seen >=", "seen >"), "5: source.sql: queries/activity.sql:1: found seen > :from"),
    ],
)
def test_the_query_of_a_view_is_checked_with_its_file(tmp_path: Path, query: str | None, says: str) -> None:
    (tmp_path / "activity.yaml").write_text(VIEW)
    if query:
        (tmp_path / "queries").mkdir()
        (tmp_path / "queries" / "activity.sql").write_text(query)

    with pytest.raises(ConfigError) as caught:
        load_view(tmp_path, "activity")

    assert f"activity.yaml:{says}" in str(caught.value)


def test_times_without_a_zone_are_cut_where_their_clocks_showed_midnight(
    warehouse: Database, tmp_path: Path
) -> None:
    warehouse.run(
        "CREATE TABLE accounts (customer_id bigint, as_of timestamp, amount float8, region text)",
        "INSERT INTO accounts SELECT i, '2024-10-26 21:00'::timestamp + i * interval '1 hour', i, 'x' "
        "FROM generate_series(0, 29) i",
    )
    clocks = {"time": {"column": "as_of", "type": "timestamp", "timezone": "Europe/Berlin"}}
    source = query_table(every="day", timezone="Europe/Berlin", model=clocks)

    days = list(source.partitions())
    rows = [pq.read_table(source.fetch(day, tmp_path).files[0])["as_of"].to_pylist() for day in days]

    assert days == ["2024-10-26", "2024-10-27", "2024-10-28"]
    assert [len(one) for one in rows] == [3, 24, 3]
    assert rows[1][0] == datetime(2024, 10, 27)
