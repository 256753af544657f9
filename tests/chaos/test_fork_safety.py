"""Forks of a process that has preloaded use every library that has threads, and none of them hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]

SHARE, ALL = 4, 300
AT_ONCE = 4  # as many as the demo runs


def forks(*arguments: object) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.forks", *map(str, arguments)],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_a_task_may_use_whatever_was_preloaded(request: pytest.FixtureRequest) -> None:
    number = ALL if request.config.getoption("--full-chaos") else SHARE
    told = forks(number, AT_ONCE)
    assert told["forks"] == number
    assert told["bad"] == []


@pytest.mark.full
def test_it_would_show_if_preloading_left_openmp_threads_behind() -> None:
    """GNU's OpenMP can't be used after a fork by a process that used it before: the tasks hang."""
    assert forks(1, 1, "openmp")["bad"] == [14]
