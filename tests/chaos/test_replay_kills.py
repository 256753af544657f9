"""`make replay`, killed at random moments and started again: the timeline is the README's each time.

The moments between any two steps are all tried in ``tests/adapter/demo/test_replay.py``, with a played
Airflow.
Here the servers are real, so what counts is what they leave behind: half-made databases, tasks without a
heartbeat, servers that nobody has noted. ``KILLS`` says how many (5 by default), ``LONGEST`` after how many
seconds at the latest, ``SEED`` repeats a run, and ``DAYS`` takes only the first of the README's days.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from demo import servers
from demo.state import State
from mlops.run_context import PROJECT_ROOT
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.chaos, pytest.mark.full, pytest.mark.timeout(7200)]

KILLS = int(os.environ.get("KILLS", "5"))
SEED = int(os.environ.get("SEED", str(int(time.time()))))
DAYS = int(os.environ.get("DAYS", "8"))
WALK = """
import sys
from pathlib import Path
from demo.replay import replay
from include.examples.find import find_example
from demo.state import State
folder, airflow, mlflow, days = sys.argv[1:]
state = State(folder=Path(folder), airflow_port=int(airflow), mlflow_port=int(mlflow))
sys.exit(replay(state, keep=False, days=find_example("credit_risk").days[:int(days)]))
"""
LONGEST = float(os.environ.get("LONGEST", "240"))  # until a kill; a replay takes 600 on an idle machine


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(folder=tmp_path / "replay", airflow_port=free_port(), mlflow_port=free_port())
    yield state
    servers.stop(state)


def begin(state: State) -> subprocess.Popen[bytes]:
    ports = [str(state.airflow_port), str(state.mlflow_port)]
    return subprocess.Popen(
        [sys.executable, "-c", WALK, str(state.folder), *ports, str(DAYS)], cwd=PROJECT_ROOT
    )


def interrupt(replay: subprocess.Popen[bytes], state: State) -> None:
    """As Ctrl-C, which a shell's background job would not hear: the servers are stopped in good order."""
    replay.send_signal(signal.SIGTERM)


def kill(replay: subprocess.Popen[bytes], state: State) -> None:
    """The process alone: the servers go on."""
    replay.kill()


def kill_all(replay: subprocess.Popen[bytes], state: State) -> None:
    """The process, then each of the servers; their tasks lose their parents."""
    replay.kill()
    for server in servers.running(state).values():
        server.kill()


def kill_one_server(replay: subprocess.Popen[bytes], state: State) -> None:
    """One server: the replay says so and stops the others."""
    alive = list(servers.running(state).values())
    if not alive:
        replay.kill()
        return
    random.Random(SEED).choice(alive).kill()


WAYS = [interrupt, kill, kill_all, kill_one_server]


def told_in_readme() -> list[list[str]]:
    text = (PROJECT_ROOT / "README.md").read_text()
    rows = [
        line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| 2005-\d\d-\d\d \|", line)
    ]
    return [[cell.strip() for cell in row] for row in rows]


def told_by(state: State) -> list[list[str]]:
    days = json.loads((state.folder / "timeline.json").read_text())
    return [[str(cell).replace("version ", "v") for cell in day.values()] for day in days]


def test_killed_at_random_moments_it_tells_the_readmes_story(state: State) -> None:
    chance, killed = random.Random(SEED), 0
    sys.stderr.write(f"KILLS={KILLS} SEED={SEED}\n")
    for number in range(KILLS):
        replay = begin(state)
        way, seconds = WAYS[number % len(WAYS)], chance.uniform(2, LONGEST)
        try:
            assert replay.wait(seconds) == 0
            break  # it came to its end before it could be killed
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"{way.__name__} after {seconds:.0f} s\n")
            way(replay, state)
            replay.wait(300)
            killed += 1
    assert killed
    assert begin(state).wait() == 0
    sys.stderr.write(f"killed {killed} times\n")
    assert told_by(state) == told_in_readme()[:DAYS]
