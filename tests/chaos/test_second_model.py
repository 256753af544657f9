"""The copy in which the long tests run has all that their programs need, and runs its own code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.second_model import copy_with_second_model

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

TELL = """
import runpy, sys
import demo.replay
from mlops.run_context import MODELS_ROOT, PROJECT_ROOT
for program in sys.argv[1:]:
    runpy.run_path(program, run_name="imported")
models = sorted(file.parent.name for file in MODELS_ROOT.glob("*/model.yaml"))
print(PROJECT_ROOT, demo.replay.__file__, *models)
"""


def test_the_programs_of_the_long_tests_find_all_they_import(tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    environment = copy_with_second_model(copy)
    programs = [str(Path(__file__).with_name(name)) for name in ("two_models.py", "hammer.py")]
    done = subprocess.run(
        [sys.executable, "-c", TELL, *programs],
        env=environment, cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [
        str(copy), str(copy / "demo" / "replay.py"), "credit_risk", "credit_second",
    ]  # fmt: skip
