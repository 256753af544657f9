"""Two models, one worker slot: nobody starves, nobody takes the other's run for its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlops.run_context import PROJECT_ROOT
from tests.ports import free_port

pytestmark = [pytest.mark.chaos, pytest.mark.full, pytest.mark.timeout(1800)]


def test_two_retrainings_at_once_on_one_slot_both_end_with_a_champion(tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    for name in ("dags", "plugins", "include"):
        shutil.copytree(PROJECT_ROOT / name, copy / name)
    shutil.copyfile(PROJECT_ROOT / "airflow_settings.yaml", copy / "airflow_settings.yaml")
    models = copy / "include" / "models"
    shutil.copytree(models / "credit_risk", models / "credit_second")
    file = models / "credit_second" / "model.yaml"
    file.write_text(file.read_text().replace("name: credit_risk\n", "name: credit_second\n"))

    script = Path(__file__).with_name("two_models.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "state"), str(free_port()), str(free_port())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), str(copy / "plugins")])},
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert set(found["states"].values()) == {"success"}
    assert set(map(str, found["aliases"].values())) == {"{'champion': '1'}"}
    assert found["most"] == 1
