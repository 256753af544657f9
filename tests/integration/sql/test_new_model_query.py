"""From a query of a real PostgreSQL to a model whose source is that query, and to its first champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from mlops import run_context
from mlops.cli import __main__ as command_line
from mlops.cli.delivery_days import newest_labels
from tests.core.onboarding.tables import visits, write
from tests.world.dag_run import DagRun
from tests.world.world import make_light

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

BOUNDS = "FROM visits WHERE day >= :from AND day < :to"


@pytest.fixture
def asked(warehouse: Database, tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A table of visits in the database, and the command about it but for its query."""
    make_light(monkeypatch)
    monkeypatch.setattr(run_context, "MODELS_ROOT", tmp_path / "models")
    monkeypatch.setenv("MLOPS_DATA", str(tmp_path / "data"))
    rows = visits(1500)[["day", "visit_id", "größe", "kind", "missed"]]
    columns = "day date, visit_id bigint, size numeric(8,3), kind text, missed int"
    warehouse.load("visits", columns, [write(rows, tmp_path)])
    return [
        "new-model", "queried_visits", "--sql", str(tmp_path / "visits.sql"), "--connection", "warehouse",
        "--target", "missed", "--time", "day",
    ]  # fmt: skip


def test_query_becomes_a_champion(
    asked: list[str], tmp_path: Path, mlflow_server: MlflowProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    query = f"SELECT day, visit_id, size, kind, missed {BOUNDS}\n"
    (tmp_path / "visits.sql").write_text(query)

    assert command_line.main(asked) == 0, capsys.readouterr().err

    assert "promote: there is no champion yet" in capsys.readouterr().out
    folder = tmp_path / "models" / "queried_visits"
    assert (folder / "queries" / "features.sql").read_text() == query
    assert not (tmp_path / "data").exists()
    table = load_model(folder).source.features
    assert (table.sql, table.partition_by.column) == ("queries/features.sql", "day")  # type: ignore[union-attr]
    training = DagRun(folder, as_of=newest_labels("queried_visits"), run_id="manual__first", kind="training")
    training.run()
    assert training.verdict["decision"] == "promote", training.verdict["summary"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT day, size, missed FROM visits", "expected both bounds"),
        (f"SELECT day, size, kind, missed {BOUNDS}", "no column that tells whom a row is about; select one"),
        (
            f"SELECT day, visit_id, size, CASE missed WHEN 1 THEN 'yes' ELSE 'no' END AS missed {BOUNDS}",
            "(1 is yes, 0 is no); write CASE WHEN ... THEN 1 ELSE 0 END AS missed",
        ),
        (f"SELECT day, visit_id, size, CAST(missed AS text) AS missed {BOUNDS}", "CAST"),
        (f"SELECT day, visit_id, size, missed {BOUNDS} AND size > 99", "gives no rows"),
    ],
)
def test_query_that_does_not_give_what_a_model_needs_is_refused(
    asked: list[str], tmp_path: Path, query: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "visits.sql").write_text(query)
    assert command_line.main(asked) == 1
    found = capsys.readouterr().err
    assert said in found
    assert "visits.sql" in found
    assert not (tmp_path / "models").exists()
