"""CPU time of parsing each DAG file, as a ratio to a file with an empty DAG. Goal: at most 2.

Each file is run by an interpreter of its own, as in a DAG processor that has just started: imports included,
nothing cached in memory. Files take turns, so that a machine that slows down slows down all of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
GOAL = 2.0
EMPTY = 'from airflow.sdk import DAG\n\nwith DAG("empty", schedule=None):\n    pass\n'


def main() -> int:
    """Measure, print a table, return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each file (default: 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        files = [empty, *sorted((ROOT / "dags").glob("*.py"))]
        seconds: dict[Path, list[float]] = {file: [] for file in files}
        for _ in range(options.runs + 1):  # the first round warms the disk cache
            for file in files:
                seconds[file].append(cpu_seconds(file, Path(folder)))
    yardstick = median(seconds[empty][1:])
    missed = False
    print(f"{'DAG file':<24}{'CPU s':>8}{'ratio':>8}   goal {GOAL}")
    for file in files:
        ratio = median(seconds[file][1:]) / yardstick
        missed |= ratio > GOAL
        print(f"{file.name:<24}{median(seconds[file][1:]):>8.2f}{ratio:>8.2f}")
    return int(missed)


def cpu_seconds(file: Path, home: Path) -> float:
    """Return user and system seconds of one process that runs a DAG file."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home / "airflow"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, str(file)], check=True, env=environment, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
