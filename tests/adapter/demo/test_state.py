from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from demo.state import State
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture
def demo(tmp_path: Path) -> State:
    return State(folder=tmp_path / "state", airflow_port=18080, mlflow_port=15000)


def test_everything_lies_below_the_folder(demo: State) -> None:
    environment = demo.environment()
    assert environment["AIRFLOW_HOME"] == str(demo.folder / "airflow")
    assert demo.source.is_relative_to(demo.folder)
    assert demo.log("mlflow").is_relative_to(demo.folder)
    assert str(demo.folder / "mlflow" / "mlflow.db") in " ".join(demo.commands()["mlflow"])


def test_an_airflow_of_the_users_own_does_not_leak_in(demo: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://production")
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", "http://production")
    environment = demo.environment()
    own = f"sqlite:///{demo.folder / 'airflow' / 'airflow.db'}"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == own
    assert "AIRFLOW_CONN_MLFLOW_DEFAULT" not in environment


def test_without_a_login_everything_is_bound_to_loopback(demo: State) -> None:
    assert demo.environment()["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "True"
    assert demo.environment()["AIRFLOW__API__HOST"] == "127.0.0.1"
    for name in ("mlflow", "api-server"):
        command = demo.commands()[name]
        assert command[command.index("--host") + 1] == "127.0.0.1"
    for name in ("scheduler", "triggerer"):
        assert "--skip-serve-logs" in demo.commands()[name], f"{name} would serve its logs to everybody"


def test_the_ports_reach_servers_and_addresses(demo: State) -> None:
    assert demo.airflow_url == "http://127.0.0.1:18080"
    assert demo.mlflow_url == "http://127.0.0.1:15000"
    assert "18080" in demo.commands()["api-server"]
    assert "15000" in demo.commands()["mlflow"]
    assert demo.environment()["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"{demo.airflow_url}/execution/"
    assert demo.environment()["MLFLOW_PORT"] == "15000"


def test_its_processes_run_in_this_interpreter_with_the_project_on_their_path(demo: State) -> None:
    assert all(command[0] == sys.executable for command in demo.commands().values())
    path = demo.environment()["PYTHONPATH"].split(os.pathsep)
    assert path == [str(PROJECT_ROOT), str(PROJECT_ROOT / "plugins"), str(PROJECT_ROOT / "config")]


def test_further_settings_win(tmp_path: Path) -> None:
    settings = {"AIRFLOW__CORE__PARALLELISM": "1"}
    demo = State(folder=tmp_path, airflow_port=1, mlflow_port=2, settings=settings)
    assert demo.environment()["AIRFLOW__CORE__PARALLELISM"] == "1"
