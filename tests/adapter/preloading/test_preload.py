from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mlops.preloading import preload
from mlops.preloading.preload import forks_tasks, switched_on
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

SCHEDULER = ("airflow", "scheduler", "--skip-serve-logs")


@pytest.mark.parametrize(
    ("arguments", "executor", "method", "platform", "expected"),
    [
        (SCHEDULER, "LocalExecutor", "fork", "linux", True),
        (SCHEDULER, "CeleryExecutor,LocalExecutor", "fork", "linux", True),
        (SCHEDULER, "LocalExecutor", "forkserver", "linux", False),
        (SCHEDULER, "LocalExecutor", "spawn", "linux", False),
        (SCHEDULER, "LocalExecutor", "fork", "darwin", False),
        (SCHEDULER, "CeleryExecutor", "fork", "linux", False),
        (SCHEDULER, "KubernetesExecutor", "fork", "linux", False),
        (("airflow", "celery", "worker"), "CeleryExecutor", "forkserver", "linux", True),
        (("airflow", "celery", "flower"), "CeleryExecutor", "fork", "linux", False),
        (("airflow", "api-server"), "LocalExecutor", "fork", "linux", False),
        (("airflow", "dag-processor"), "LocalExecutor", "fork", "linux", False),
        (("airflow", "triggerer"), "LocalExecutor", "fork", "linux", False),
        (("airflow", "db", "migrate"), "LocalExecutor", "fork", "linux", False),
        (("airflow", "standalone"), "LocalExecutor", "fork", "linux", False),  # it starts the others
        (("execute_workload.py", "--json-string", "{}"), "KubernetesExecutor", "fork", "linux", False),
        (("-c",), "LocalExecutor", "fork", "linux", False),
        ((), "LocalExecutor", "fork", "linux", False),
    ],
)
def test_only_the_process_whose_forks_are_tasks_preloads(
    arguments: tuple[str, ...], executor: str, method: str, platform: str, expected: bool
) -> None:
    assert forks_tasks(arguments, executor, method, platform) is expected


@pytest.mark.parametrize(
    ("value", "on"), [("", True), ("1", True), ("On", True), ("0", False), (" off ", False), ("no", False)]
)
def test_the_switch(value: str, on: bool) -> None:
    assert switched_on(value) is on


def test_a_wrong_word_in_the_switch_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert switched_on("nope")
    assert "MLOPS_PRELOAD='nope'" in caplog.text


def loaded_by(tmp_path: Path, *arguments: str, **environment: str) -> dict[str, list[str]]:
    """What a process of Airflow has loaded when it has read its settings, and its threads after a fork."""
    code = (
        "import sys, json, os; sys.argv = json.loads(os.environ['ARGUMENTS']); import airflow.settings;"
        "airflow.settings.initialize(); child = os.fork(); child or os._exit(0); os.wait();"
        "tasks = '/proc/self/task/';"
        "threads = [open(f'{tasks}{one}/comm').read().strip() for one in os.listdir(tasks)];"
        "print(json.dumps({'modules': sorted(sys.modules), 'threads': threads}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(PROJECT_ROOT / one) for one in ("", "plugins", "config")),
            "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "ARGUMENTS": json.dumps(["airflow", *arguments]), **environment,
        },
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "can't be preloaded" not in done.stdout + done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_scheduler_has_everything_but_what_bears_no_fork(tmp_path: Path) -> None:
    found = loaded_by(tmp_path, "scheduler")
    modules = set(found["modules"])
    assert set(preload.LIBRARIES) <= modules
    assert {"include.promotion.gate", "mlops.operators.train"} <= modules
    assert not [name for name in modules if name.startswith(("polars", "include.models."))]
    # jemalloc stops and restarts its thread around a fork by itself; no other thread may be lost in one.
    assert set(found["threads"]) <= {"python", "jemalloc_bg_thd"}
    assert found["threads"].count("python") == 1


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["scheduler"], {"MLOPS_PRELOAD": "0"}),
        # CI has the rest as the decision alone, above.
        pytest.param(
            ["scheduler"], {"AIRFLOW__CORE__EXECUTOR": "KubernetesExecutor"}, marks=pytest.mark.full
        ),
        pytest.param(["scheduler"], {"AIRFLOW__SCHEDULER__MP_START_METHOD": "spawn"}, marks=pytest.mark.full),
        (["api-server"], {}),
    ],
)
def test_other_processes_load_none_of_it(
    tmp_path: Path, arguments: list[str], environment: dict[str, str]
) -> None:
    modules = set(loaded_by(tmp_path, *arguments, **environment)["modules"])
    assert not modules & {"mlflow", "sklearn", "numpy", "pandas", "dvc", "great_expectations", "matplotlib"}
    assert "include" not in modules


def test_a_project_that_is_not_found_does_not_stop_the_scheduler(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise ModuleNotFoundError("No module named 'include'")

    monkeypatch.setattr(preload, "forks_tasks", lambda *process: True)
    for setting in ("executors", "start_method"):  # asking sets up Airflow's own logging
        monkeypatch.setattr(preload, setting, str)
    monkeypatch.setattr(preload, "LIBRARIES", ())
    monkeypatch.setattr(preload.fresh_code, "preload", fail)
    preload.preload()
    assert "This project can't be preloaded: ModuleNotFoundError" in caplog.text


def test_what_cannot_be_imported_does_not_stop_the_scheduler(caplog: pytest.LogCaptureFixture) -> None:
    assert not preload._imported("no_such_library")
    assert "no_such_library can't be preloaded: ModuleNotFoundError" in caplog.text


def test_a_library_that_is_kept_out_looks_as_if_it_were_missing_and_can_be_had_afterwards() -> None:
    name = "wave"  # of the standard library, and loaded by nobody
    sys.modules.pop(name, None)
    with preload._kept_out([name]), pytest.raises(ModuleNotFoundError):
        import wave
    import wave

    with preload._kept_out([name]):  # what is there stays there
        assert sys.modules[name] is wave
