"""Each example of this repository lives through its days, by a real scheduler.

The usual one is left to ``test_replay_kills.py``, which kills its replay besides.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from demo import servers
from demo.state import State
from include.examples.find import USUAL, all_examples
from mlops.run_context import MODELS_ROOT, PROJECT_ROOT
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.examples.example import Example

pytestmark = [pytest.mark.chaos, pytest.mark.full, pytest.mark.timeout(3600)]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(folder=tmp_path / "replay", airflow_port=free_port(), mlflow_port=free_port())
    yield state
    servers.stop(state)


def told_in_its_readme(model: str) -> list[list[str]]:
    """The rows of the timeline in the README of a model's folder."""
    text = (MODELS_ROOT / model / "README.md").read_text()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| \d{4}-\d\d-\d\d \|", line)
    ]
    return [row for row in cells if len(row) == 8]


@pytest.mark.parametrize(
    "example", [one for one in all_examples() if one.model != USUAL], ids=lambda one: one.model
)
def test_it_lives_through_its_days_as_its_readme_tells(example: Example, state: State) -> None:
    ports = [f"--airflow-port={state.airflow_port}", f"--mlflow-port={state.mlflow_port}"]
    command = [sys.executable, "-m", "demo", "replay", f"--state={state.folder}", f"--model={example.model}"]
    assert subprocess.run([*command, *ports], cwd=PROJECT_ROOT, check=False).returncode == 0
    days = json.loads((state.folder / f"timeline-{example.model}.json").read_text())
    assert [day["day"] for day in days] == list(example.days)
    assert days[-1]["champion"] != "none"
    told = [[str(cell).replace("version ", "v") for cell in day.values()] for day in days]
    assert told == told_in_its_readme(example.model)
