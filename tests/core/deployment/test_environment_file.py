"""What an environment's file may say, and the mark by which it is known."""

from __future__ import annotations

import pytest

from include.deployment.environment_file import check_name, read_environment
from include.deployment.mark import Mark, check_mark
from include.errors import ConfigError, DataError

pytestmark = pytest.mark.core


def read(tmp_path, text):
    file = tmp_path / "staging.yaml"
    file.write_text(text)
    return read_environment(file)


def test_connections_are_read_as_in_airflow_settings(tmp_path):
    found = read(
        tmp_path,
        "connections:\n"
        "- {conn_id: mlflow_default, conn_type: http, conn_port: '${PORT}', conn_extra: {retries: 3}}",
    )
    (one,) = found.connections
    assert (one.conn_id, one.conn_port, one.conn_extra) == ("mlflow_default", "${PORT}", {"retries": 3})
    assert not found.from_airflow
    assert read(tmp_path, "connections: airflow").from_airflow
    assert (
        read(tmp_path, "embedded: {state: .environments/staging, mlflow_port: 5010}").embedded.mlflow_port
        == 5010
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("conections: []", "conections"),
        ("embedded: {state: here}", "mlflow_port"),
        ("embedded: {state: here, mlflow_port: 70000}", "at most 65535"),
        ("connections: [{conn_id: mlflow_default}]", "conn_type"),
        ("connections: airflow\nembedded: {state: here, mlflow_port: 5010}", "leave one of the two out"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, text, said):
    with pytest.raises(ConfigError, match=r"staging.yaml:\d+") as raised:
        read(tmp_path, text)
    assert said in str(raised.value)


def test_an_unknown_environment_gets_the_nearest_name():
    known = ["production", "staging"]
    assert check_name("staging", known) == "staging"
    with pytest.raises(ConfigError, match=r"no environment 'stagging'; .*did you mean 'staging'"):
        check_name("stagging", known)
    with pytest.raises(ConfigError, match="a lower-case letter"):
        check_name("Staging!", known)


def test_a_place_of_another_environment_or_of_none_is_refused():
    where = {"where": "MLflow at http://m:1", "connection": "mlflow_default"}
    check_mark("staging", "staging", **where)
    with pytest.raises(
        ConfigError, match="belongs to environment 'production', and this process works in 'staging'"
    ):
        check_mark("production", "staging", **where)
    with pytest.raises(ConfigError, match="environments --mark staging"):
        check_mark(None, "staging", **where)


def test_a_mark_is_a_record():
    assert Mark.from_dict(Mark(environment="staging").to_dict()) == Mark(environment="staging")
    with pytest.raises(DataError, match="mark of an environment"):
        Mark.from_dict({"format": 9, "environment": "staging"})
