"""CPU time of parsing each DAG file with many model folders, as a ratio to a file of empty DAGs.

The yardstick has as many DAGs as there are models, each with as many empty tasks in a chain. Goals: at most 2
times that for each file, and at most 20 s of CPU for all files with 100 models. Each file is run by an
interpreter of its own, as in a DAG processor that has just started: imports included, nothing cached in
memory. Files take turns, so that a machine that slows down slows down all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MODEL = "credit_risk"
GOAL, GOAL_SECONDS, GOAL_MODELS = 2.0, 20.0, 100
EMPTY = """from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, chain

for number in range({models}):
    with DAG(f"{kind}_{{number}}", schedule="@daily") as dag:
        chain(*(EmptyOperator(task_id=f"task_{{place}}") for place in range({tasks})))
    globals()[dag.dag_id] = dag
"""
_COUNT = """
import runpy, sys
found = runpy.run_path(sys.argv[1])
print([len(dag.tasks) for dag in found.values() if type(dag).__name__ == "DAG"])
"""


class Parsed(NamedTuple):
    """Seconds of CPU of the two files."""

    ours: float
    empty: float

    @property
    def ratio(self) -> float:
        return self.ours / self.empty


def main() -> int:
    """Measure, print a table, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=GOAL_MODELS, help="model folders (default: 100)")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each file (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-parse-") as scratch:
        measured = measure(Path(scratch), models=options.models, runs=options.runs)
    print(f"{options.models} models\n{'DAG file':<18}{'CPU s':>8}{'empty':>8}{'ratio':>8}   goal {GOAL}")
    for name, found in measured.items():
        print(f"{name:<18}{found.ours:>8.2f}{found.empty:>8.2f}{found.ratio:>8.2f}")
    seconds = sum(found.ours for found in measured.values())
    print(f"{'all':<18}{seconds:>8.2f}   goal {GOAL_SECONDS:.0f} with {GOAL_MODELS} models")
    return int(seconds > GOAL_SECONDS or any(found.ratio > GOAL for found in measured.values()))


def measure(scratch: Path, *, models: int, runs: int) -> dict[str, Parsed]:
    """Return what each DAG file costs in a project with so many copies of the example model."""
    project = scratch / "project"
    for part in ("dags", "plugins", "include"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__", "*.gz"))
    folders = project / "include" / "models"
    for folder in folders.iterdir():
        if folder.is_dir() and folder.name != MODEL:
            shutil.rmtree(folder)
    for number in range(1, models):
        copy_model(folders, f"model_{number:03}")
    pairs = {}
    for file in sorted((project / "dags").glob("*.py")):
        empty = scratch / f"empty_{file.name}"
        empty.write_text(EMPTY.format(models=models, kind=file.stem, tasks=_count_tasks(file, project)))
        pairs[file] = empty
    seconds: dict[Path, list[float]] = {file: [] for pair in pairs.items() for file in pair}
    for _ in range(runs + 1):  # the first round warms the disk cache
        for file, found in seconds.items():
            found.append(cpu_seconds(file, project))
    return {
        file.name: Parsed(median(seconds[file][1:]), median(seconds[empty][1:]))
        for file, empty in pairs.items()
    }


def copy_model(folders: Path, name: str) -> None:
    """Add a model folder that differs from the example in its name."""
    shutil.copytree(folders / MODEL, folders / name)
    file = folders / name / "model.yaml"
    file.write_text(file.read_text().replace(f"name: {MODEL}", f"name: {name}"))


def cpu_seconds(file: Path, project: Path) -> float:
    """Return user and system seconds of one process that runs a DAG file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run([str(file)], project)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _count_tasks(file: Path, project: Path) -> int:
    counts = set(json.loads(_run(["-c", _COUNT, str(file)], project).splitlines()[-1]))
    (tasks,) = counts
    return int(tasks)


def _run(arguments: list[str], project: Path) -> str:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(project / "airflow"),
        "PYTHONPATH": os.pathsep.join([str(project), str(project / "plugins")]),
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
