"""From one file to a gated champion: ``bin/mlops new-model``, and then the DAG's own tasks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mlops import run_context
from mlops.cli import __main__ as command_line
from mlops.cli.delivery_days import delivery_days, newest_labels
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from tests.core.onboarding.tables import visits, write
from tests.world.dag_run import DagRun
from tests.world.world import make_light

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture
def models(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models, and a connection to the folder with tables that are laid out."""
    make_light(monkeypatch)
    monkeypatch.setattr(run_context, "MODELS_ROOT", tmp_path / "models")
    monkeypatch.setenv("MLOPS_DATA", str(tmp_path / "data"))
    leads = {"conn_type": "generic", "extra": {"root": f"file://{tmp_path / 'data'}"}}
    monkeypatch.setenv("AIRFLOW_CONN_DATA_FOLDER", json.dumps(leads))
    return tmp_path / "models"


def test_file_becomes_a_champion(
    models: Path, tmp_path: Path, mlflow_server: MlflowProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = visits(1500).drop(columns=["visit_id", "minutes", "ward"]).replace({"missed": {1: "yes", 0: "no"}})
    table = write(rows.rename(columns={"größe": "size: \"cm\" # 'é'"}), tmp_path, "visits.csv.gz")
    asked = ["new-model", "clinic_visits", "--from", str(table), "--target", "missed", "--time", "day"]

    assert command_line.main(asked) == 0

    said = capsys.readouterr().out
    assert "1 is yes, 0 is no" in said
    assert "promote: there is no champion yet" in said
    assert command_line.main(["models"]) == 0
    assert capsys.readouterr().out.startswith("ok  clinic_visits: 2 features")
    last = newest_labels("clinic_visits")
    assert last == max(delivery_days("clinic_visits"))
    training = DagRun(models / "clinic_visits", as_of=last, run_id="manual__first", kind="training")
    training.run()
    assert training.verdict["decision"] == "promote", training.verdict["summary"]
    assert ModelRegistry(MlflowHook(), "clinic_visits").aliases() == {CHAMPION: "1"}
    before = {path: path.read_bytes() for path in tmp_path.glob("*/clinic_visits/**/*") if path.is_file()}

    assert command_line.main(asked) == 1

    assert "is there already, and nothing of it was touched" in capsys.readouterr().err
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.full  # CI has the sources, in test_kinds_of_source.py
def test_file_that_grows_may_take_the_place_of_its_deliveries(
    models: Path, tmp_path: Path, mlflow_server: MlflowProcess
) -> None:
    """As docs/bring-your-own-model.md says: the table is exported anew each day, under one name."""
    rows = visits(1500)[["day", "visit_id", "größe", "kind", "missed"]]
    table = write(rows, tmp_path / "data", "visits.csv")
    asked = ["new-model", "clinic_stays", "--from", str(table), "--target", "missed", "--time", "day"]
    assert command_line.main(asked) == 0
    file = models / "clinic_stays" / "model.yaml"
    (every,) = re.findall(r"every: (\w+)}", file.read_text())
    source = f"{{uri: visits.csv, format: csv, partition_by: {{column: day, every: {every}}}}}"
    text, changed = re.subn(r"features: \{uri: .*\}", f"features: {source}", file.read_text())
    assert changed == 1
    file.write_text(text)
    training = DagRun(
        models / "clinic_stays", as_of=newest_labels("clinic_stays"), run_id="manual__first",
        kind="training",
    )  # fmt: skip
    training.run()
    assert training.verdict["decision"] == "promote", training.verdict["summary"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"day": "2999-01-01"}, "rows after today"),
        ({"missed": "12,5 kg"}, "found 12,5 kg in all 1,500 rows"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_line(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: dict[str, str], said: str
) -> None:
    table = write(visits(1500).assign(**spoil), tmp_path)
    asked = ["new-model", "clinic_visits", "--from", str(table), "--target", "missed", "--time", "day"]
    assert command_line.main(asked) == 1
    (line,) = [one for one in capsys.readouterr().err.splitlines() if one.startswith("mlops: ")]
    assert said in line
    assert str(table) in line
    assert not models.exists()
