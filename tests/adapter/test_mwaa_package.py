"""The package for MWAA, unpacked as MWAA does it, without the repository around it."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(300)]

# What a DAG processor does: Airflow puts plugins/ on sys.path, loads plugins, then imports DAG files.
PROCESS = """
import json, sys
import airflow.settings
airflow.settings.prepare_syspath_for_config_and_plugins()
from airflow.dag_processing.dagbag import DagBag
from airflow import plugins_manager
bag = DagBag(dag_folder=sys.argv[1])
import mlops.run_context
print(json.dumps({
    "dags": sorted(bag.dags),
    "errors": {file: text[-500:] for file, text in bag.import_errors.items()},
    "root": str(mlops.run_context.PROJECT_ROOT),
    "version": mlops.run_context.code_version(),
    "twice": sorted({"schema", "records", "promote", "verdicts", "names"} & set(sys.modules)),
    "plugins": [plugin["name"] for plugin in plugins_manager.get_plugin_info(["name"])],
    "broken": plugins_manager.get_import_errors(),
}))
"""


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "deploy" / "mwaa" / "package.py"))


@pytest.fixture(scope="module")
def built(package: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("mwaa") / "package"
    package["build"](target)
    return target


def test_every_dag_is_imported_without_the_repository(built: Path, tmp_path: Path) -> None:
    plugins = tmp_path / "airflow" / "plugins"
    with zipfile.ZipFile(built / "plugins.zip") as archive:
        archive.extractall(plugins)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AIRFLOW"))
    }
    environment |= {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(built / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, str(built / "dags")],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == {}
    kinds = {file.stem for file in (ROOT / "dags").glob("*.py")}
    assert {name.rpartition("_")[2] for name in found["dags"]} == kinds
    assert "credit_risk_training" in found["dags"]
    assert found["root"] == str(plugins)
    assert re.fullmatch("[0-9a-f]{40}(-dirty)?", found["version"])
    assert found["twice"] == [], "include/ and mlops/ are packages there, and no plugins"
    assert "mlops" in found["plugins"]
    assert not found["broken"]


def test_the_same_commit_gives_the_same_bytes(built: Path, package: dict[str, Any], tmp_path: Path) -> None:
    package["build"](tmp_path / "again")
    assert (tmp_path / "again" / "plugins.zip").read_bytes() == (built / "plugins.zip").read_bytes()


def test_nothing_comes_along_that_git_does_not_know(built: Path) -> None:
    with zipfile.ZipFile(built / "plugins.zip") as archive:
        names = set(archive.namelist())
        assert archive.read(".airflowignore").split() == [b"mlops", b"include"]
    known = subprocess.run(
        ["git", "ls-files", "plugins", "include"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert names <= {name.removeprefix("plugins/") for name in known} | {"CODE_VERSION"}
    assert {"mlops_plugin.py", "mlops/__init__.py", "include/__init__.py"} <= names


def test_requirements_have_a_lock_that_leaves_the_image_as_it_is(
    built: Path, package: dict[str, Any]
) -> None:
    first, *wanted = (built / "requirements.txt").read_text().splitlines()
    assert first == "--constraint /usr/local/airflow/dags/constraints.txt"
    lock = (built / "dags" / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lock if "==" in line and not line.startswith("#"))
    image = (ROOT / "deploy" / "mwaa" / "image.txt").read_text().splitlines()
    for line in image:
        if not line.startswith("#"):
            name, version = line.split("==")
            assert pins[name] == version
    names = {package["_name"](one).split("[")[0] for one in wanted}
    assert names <= set(pins)
    assert "apache-airflow" not in names
    listed = (ROOT / "requirements.txt").read_text()
    assert {"mlflow", "dvc", "scikit-learn"} <= names
    assert all(name in listed for name in names)
