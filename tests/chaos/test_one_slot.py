"""Two models, one worker slot: nobody starves, nobody takes the other's run for its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.second_model import copy_with_second_model
from tests.world.ports import free_port

pytestmark = [pytest.mark.chaos, pytest.mark.full, pytest.mark.timeout(1800)]


def test_two_retrainings_at_once_on_one_slot_both_end_with_a_champion(tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    environment = copy_with_second_model(copy)
    script = Path(__file__).with_name("two_models.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "state"), str(free_port()), str(free_port())],
        env=environment, cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert set(found["states"].values()) == {"success"}
    assert set(map(str, found["aliases"].values())) == {"{'champion': '1'}"}
    assert found["most"] == 1
