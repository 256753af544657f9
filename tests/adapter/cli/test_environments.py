"""A process that has entered an environment knows its connections, and no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model, model_folders
from include.errors import ConfigError
from mlops.cli.chosen_environment import enter_environment
from mlops.cli.environments_known import find_environment, known_environments, variables_of_others
from mlops.deployment.describe import source_connections
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

OWN = """
connections:
  - {conn_id: mlflow_default, conn_type: http, conn_host: "${STAGING_HOST}", conn_port: 5000}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "staging.yaml").write_text(OWN)
    (tmp_path / "production.yaml").write_text("connections: airflow\n")
    return tmp_path


def variables(folder: Path, **more: str) -> dict[str, str]:
    return {"MLOPS_ENVIRONMENTS": str(folder), **more}


def test_what_a_process_knew_before_is_gone(folder: Path) -> None:
    process = variables(
        folder,
        STAGING_HOST="staging",
        AIRFLOW_CONN_MLFLOW_DEFAULT="http://production:1",
        AIRFLOW_CONN_WAREHOUSE="postgres://production:1",
        AIRFLOW__SECRETS__BACKEND="some.Backend",
        _AIRFLOW_PROCESS_CONTEXT="server",
        MLOPS_STATE="/the/demo",
    )
    enter_environment("staging", process)
    assert json.loads(process["AIRFLOW_CONN_MLFLOW_DEFAULT"])["host"] == "staging"
    assert process["MLOPS_ENVIRONMENT"] == "staging"
    assert not {"AIRFLOW_CONN_WAREHOUSE", "_AIRFLOW_PROCESS_CONTEXT", "MLOPS_STATE"} & set(process)
    assert not process["AIRFLOW__SECRETS__BACKEND"]


def test_a_variable_with_the_environments_prefix_comes_first_and_makes_an_environment_alone(
    folder: Path,
) -> None:
    process = variables(folder, STAGING_HOST="x", MLOPS_STAGING_CONN_MLFLOW_DEFAULT="http://by-prefix:1")
    enter_environment("staging", process)
    assert process["AIRFLOW_CONN_MLFLOW_DEFAULT"] == "http://by-prefix:1"
    process = variables(folder, MLOPS_CANARY_CONN_OBJECT_STORE_DEFAULT="{}")
    assert known_environments(process) == ["canary", "staging", "production"]
    enter_environment("canary", process)
    assert process["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"] == "{}"


def test_a_process_that_works_for_one_gives_up_the_others_connections() -> None:
    process = {
        "MLOPS_STAGING_CONN_MLFLOW_DEFAULT": "a",
        "MLOPS_MY_TEST_CONN_MLFLOW_DEFAULT": "b",
        "HOME": "c",
    }
    assert variables_of_others("staging", process) == ["MLOPS_MY_TEST_CONN_MLFLOW_DEFAULT"]
    assert variables_of_others("my_test", process) == ["MLOPS_STAGING_CONN_MLFLOW_DEFAULT"]


def test_on_airflows_workers_its_own_connections_stay(folder: Path) -> None:
    process = variables(folder, AIRFLOW_CONN_MLFLOW_DEFAULT="http://own:1")
    enter_environment("production", process)
    assert process["AIRFLOW_CONN_MLFLOW_DEFAULT"] == "http://own:1"
    assert process["MLOPS_ENVIRONMENT"] == "production"


def test_a_secret_that_is_not_set_and_an_unknown_name_are_errors(folder: Path) -> None:
    with pytest.raises(ConfigError, match="STAGING_HOST"):
        enter_environment("staging", variables(folder))
    with pytest.raises(ConfigError, match=r"did you mean 'staging'"):
        find_environment("stagin", variables(folder))


@pytest.mark.parametrize("name", ["staging", "production"])
def test_an_environment_of_this_machine_has_the_sources_of_every_model(name: str) -> None:
    connections = find_environment(name, {}).connections({})
    for model in model_folders(ROOT / "include" / "models"):
        needed = source_connections(load_model(model))
        assert needed, "this test has lost its teeth"
        assert {f"AIRFLOW_CONN_{one.upper()}" for one in needed} <= set(connections)
    root = json.loads(json.loads(connections["AIRFLOW_CONN_CREDIT_RISK_SOURCE"])["extra"])["root"]
    assert root == f"file://{ROOT}/.environments/{name}/source/credit_risk"


def test_the_two_of_this_machine_share_no_place() -> None:
    names = ("MLFLOW_DEFAULT", "OBJECT_STORE_DEFAULT", "DATA_REGISTRY_DEFAULT")
    both = [find_environment(name, {}).connections({}) for name in ("staging", "production")]
    assert all(both[0][f"AIRFLOW_CONN_{one}"] != both[1][f"AIRFLOW_CONN_{one}"] for one in names)


@pytest.mark.parametrize(("servers", "port"), [({}, 6010), ({"mlflow": {"pid": 1, "started": 0}}, 5010)])
def test_the_port_of_a_server_that_never_started_can_be_changed_in_the_file(
    tmp_path: Path, servers: dict[str, object], port: int
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "mlops-state.json").write_text(json.dumps({"mlflow_port": 5010, "servers": servers}))
    (tmp_path / "staging.yaml").write_text(
        f"embedded: {{state: {json.dumps(str(state))}, mlflow_port: 6010}}\nconnections: []\n"
    )
    assert find_environment("staging", variables(tmp_path)).mlflow_port == port
