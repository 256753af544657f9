"""Where nothing is new, tasks do without the heavy libraries: each of them, without anything preloaded."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from tests.world.world import World

pytestmark = pytest.mark.integration

HEAVY = {
    "mlflow", "polars", "dvc", "great_expectations", "pandas", "sklearn", "scipy", "skops", "matplotlib",
}  # fmt: skip
RUNS = {
    "training": ["extract", "validate", "prepare", "check_new_data"],
    "scoring": ["extract", "validate", "score"],
    "monitoring": ["extract", "validate", "drift_check", "performance_check", "policy", "probation"],
}
# Each task in a fork of a process that has imported nothing but Airflow and this project's DAGs.
CODE = """
import json, os, sys
from pathlib import Path
from tests.world.dag_run import DagRun

runs, folder, told = json.loads(sys.argv[1]), Path(sys.argv[2]), {}
for kind, tasks in runs.items():
    run = DagRun(folder, as_of="2005-05-31", kind=kind)
    for task in tasks:
        reading, writing = os.pipe()
        if not os.fork():
            run.run_task(task)
            content = {"modules": sorted(sys.modules), "results": run.results, "pushed": run.pushed}
            with os.fdopen(writing, "w") as stream:
                json.dump(content, stream)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as stream:
            found = json.load(stream)
        os.wait()
        run.results, run.pushed = found["results"], found["pushed"]
        told[f"{kind}.{task}"] = found["modules"]
print(json.dumps(told))
"""


def test_a_task_that_finds_nothing_new_imports_nothing_heavy(world: World) -> None:
    for kind, tasks in RUNS.items():
        run = DagRun(world.folder, kind=kind)
        for task in tasks:
            run.run_task(task)
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(RUNS), str(world.folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert sum(map(len, RUNS.values())) == len(told)
    heavy = {task: sorted(HEAVY & set(modules)) for task, modules in told.items()}
    assert {task: found for task, found in heavy.items() if found} == {}
