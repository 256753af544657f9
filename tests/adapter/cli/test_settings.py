from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import Connection

from include.errors import ConfigError
from mlops.cli.settings import connection_body, connection_environment, read_settings
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

NAMES = {"MLOPS_STATE": "/srv/state", "MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": "5000"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "airflow_settings.yaml"


def test_the_settings_of_the_project_describe_its_connections() -> None:
    settings = read_settings(PROJECT_ROOT / "airflow_settings.yaml", NAMES)
    assert {connection["conn_id"] for connection in settings["connections"]} == {
        "mlflow_default", "object_store_default", "data_registry_default", "credit_risk_source",
        "data_folder", "example_data",
    }  # fmt: skip
    roots = {one["conn_id"]: one["conn_extra"].get("root") for one in settings["connections"]}
    assert roots["data_folder"] == f"file://{PROJECT_ROOT / 'data'}"
    assert settings["pools"] == settings["variables"] == []


def test_names_are_filled_in_wherever_they_stand(file: Path) -> None:
    file.write_text("airflow: {connections: [{conn_id: a, conn_extra: {list: ['${A}/${B}', 3]}}]}")
    (connection,) = read_settings(file, {"A": "x", "B": "y"})["connections"]
    assert connection["conn_extra"] == {"list": ["x/y", 3]}


def test_a_name_without_a_value_is_named(file: Path) -> None:
    file.write_text("airflow: {variables: [{variable_name: v, variable_value: '${NOBODY_SET_IT}'}]}")
    with pytest.raises(ConfigError, match=r"\$\{NOBODY_SET_IT\} is not set; export NOBODY_SET_IT"):
        read_settings(file, {})


def test_sections_that_are_left_out_are_empty(file: Path) -> None:
    file.write_text("airflow: {connections: }")
    assert read_settings(file, {}) == {"connections": [], "pools": [], "variables": []}


@pytest.mark.parametrize(
    "content",
    ["", "airflow:", "airflow: [", "airflow: 3", "[1, 2]", "other: {}", "airflow: {connections: 3}",
     "airflow: {connections: [text]}"],
)  # fmt: skip
def test_a_file_of_another_form_is_named(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(ConfigError, match=str(file)):
        read_settings(file, {})


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match=str(file)):
        read_settings(file, {})


def test_a_connection_goes_to_the_api_as_it_wants_it() -> None:
    body = connection_body({"conn_id": "c", "conn_type": "http", "conn_port": "5000", "conn_extra": {"a": 1}})
    assert body["connection_id"] == "c"
    assert body["port"] == 5000
    assert json.loads(body["extra"]) == {"a": 1}
    assert body["password"] is None


def test_a_port_that_is_not_a_number_is_named() -> None:
    with pytest.raises(ConfigError, match=r"mlflow_default.*'http'.*conn_port"):
        connection_body({"conn_id": "mlflow_default", "conn_type": "http", "conn_port": "http"})


def test_airflow_reads_the_variables_back(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {
        "conn_id": "my_server", "conn_type": "http", "conn_host": "h", "conn_login": "me", "conn_port": 80,
        "conn_password": "p@:/?", "conn_extra": {"timeout": 30},
    }  # fmt: skip
    (value,) = connection_environment([connection]).values()
    assert set(connection_environment([connection])) == {"AIRFLOW_CONN_MY_SERVER"}
    found = Connection.from_json(value, conn_id="my_server")
    assert (found.host, found.login, found.password, found.port) == ("h", "me", "p@:/?", 80)
    assert found.extra_dejson == {"timeout": 30}
