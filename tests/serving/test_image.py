"""The image of the server: what it copies is what the server imports, and it needs nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]


def copied() -> list[str]:
    text = (ROOT / "serving" / "Dockerfile").read_text()
    return [source for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for source in line.split()[:-1]]


def test_it_copies_what_is_let_through() -> None:
    lines = (ROOT / "serving" / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in lines
    assert sorted(copied()) == sorted(line.removeprefix("!") for line in lines if line.startswith("!"))


def test_it_runs_as_nobody_special_and_on_a_pinned_base() -> None:
    text = (ROOT / "serving" / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.1[123]\.\d+-slim-\w+$", text, re.MULTILINE)
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["serving"]


def test_what_is_in_it_starts_with_its_requirements_and_without_airflow(tmp_path: Path) -> None:
    for source in copied():
        target = tmp_path / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / source, target)
    program = tmp_path / "alone.py"
    shutil.copyfile(ROOT / "tests" / "serving" / "alone.py", program)
    path = os.pathsep.join([str(tmp_path), str(tmp_path / "plugins")])
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path)], capture_output=True, text=True, check=False,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
