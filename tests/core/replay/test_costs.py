"""A model that is evaluated by what its decisions cost: from the first champion to performance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from include.config.gate_schema import Costs
from include.config.load import load_model
from include.replay.engine import replay_tables
from tests.world.flight_events import model_folder, weeks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.core, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slow taxiing, where a plane that was not expected to be slow costs twice an alarm for nothing."""
    folder = model_folder(tmp_path_factory.mktemp("models") / "slow_taxi")
    file = folder / "model.yaml"
    content = yaml.safe_load(file.read_text())
    content["gate"] |= {
        "costs": {"false_positive": 10, "false_negative": 20},
        "primary": "expected_cost",
        "floors": {"expected_cost": 12, "roc_auc": 0.5},
    }
    file.write_text(yaml.safe_dump(content))
    return folder


def test_the_loop_runs_by_cost(folder: Path) -> None:
    features, labels = weeks(8)
    days = list(replay_tables(folder, features=features, labels=labels))
    assert [failure for day in days for failure in day.failures] == []
    assert days[-1].champion, "no champion came of it"
    assert "good" in {str(one) for day in days for one in day.statuses.values()}


def test_other_costs_are_another_question(folder: Path) -> None:
    gate = load_model(folder).gate
    assert gate.compared == "expected_cost of 10.0 and 20.0"
    assert gate.model_copy(update={"primary": "roc_auc"}).compared == "roc_auc"
    near = Costs(false_positive=10, false_negative=20.000_000_1)
    assert gate.model_copy(update={"costs": near}).compared != gate.compared
