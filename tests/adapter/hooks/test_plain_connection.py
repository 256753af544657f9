"""A connection is read without Airflow only where Airflow would find the same one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import BaseHook

from include.errors import ConfigError
from mlops.hooks.plain_connection import (
    PlainConnection,
    airflow_is_unused,
    asked_backend,
    find_connection,
    plain_connection,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

VARIABLE = "AIRFLOW_CONN_SOMEWHERE"
FULL = {
    "conn_type": "http", "host": "127.0.0.1", "port": 5000, "schema": "http", "login": "ann",
    "password": "p w", "extra": {"timeout": 5, "root": "file:///a"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("AIRFLOW__SECRETS", "AIRFLOW__DATABASE"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("AIRFLOW_CONFIG", raising=False)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "written",
    [
        FULL,
        {**FULL, "extra": json.dumps(FULL["extra"])},
        {**FULL, "port": "5000"},
        {"conn_type": "generic", "extra": {"remote": "/reg.git"}},
        {"conn_type": "generic", "host": "/reg.git"},
        {"conn_type": "generic", "extra": None},
    ],
)
def test_json_in_the_environment_reads_as_airflow_reads_it(
    written: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps(written))
    found, airflows = plain_connection("somewhere"), BaseHook.get_connection("somewhere")
    assert isinstance(found, PlainConnection)
    for name in ("conn_type", "host", "port", "schema", "login", "password", "extra_dejson"):
        assert (name, getattr(found, name) or None) == (name, getattr(airflows, name) or None)
    assert "p w" not in repr(found)


@pytest.mark.parametrize(
    "text", ["http://ann:pw@127.0.0.1:5000", "", "[]", '{"conn_type": 3}', "{", '{"extra": 3}']
)
def test_everything_else_is_left_to_airflow(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    assert plain_connection("somewhere") is None


def test_airflow_is_asked_for_a_uri_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "http://ann:pw@127.0.0.1:5000")
    assert find_connection("somewhere").login == "ann"
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ConfigError, match="There is no Airflow connection 'somewhere'"):
        find_connection("somewhere")


def test_a_secrets_backend_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps(FULL))
    assert asked_backend() == ""
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "a.Backend")
    assert (asked_backend(), plain_connection("somewhere")) == ("a.Backend", None)
    monkeypatch.delenv("AIRFLOW__SECRETS__BACKEND")
    monkeypatch.setenv("AIRFLOW__WORKERS__SECRETS_BACKEND_CMD", "echo a.Backend")
    assert plain_connection("somewhere") is None
    monkeypatch.delenv("AIRFLOW__WORKERS__SECRETS_BACKEND_CMD")
    (home / "airflow.cfg").write_text("[secrets]\nbackend = a.Backend%\n")
    assert plain_connection("somewhere") is None
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "")  # a variable goes before the file
    assert plain_connection("somewhere") is not None
    monkeypatch.delenv("AIRFLOW__SECRETS__BACKEND")
    (home / "airflow.cfg").write_text("nonsense")
    assert plain_connection("somewhere") is None


def test_an_airflow_with_a_database_is_in_use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert airflow_is_unused()
    (home / "airflow.cfg").write_text(f"[database]\nsql_alchemy_conn = sqlite:///{home}/mine.db\n")
    assert airflow_is_unused()
    (home / "mine.db").touch()
    assert not airflow_is_unused()
    for stated in ("sql_alchemy_conn = postgresql://db/airflow", "sql_alchemy_conn_cmd = echo x"):
        (home / "airflow.cfg").write_text(f"[database]\n{stated}\n")
        assert not airflow_is_unused()
    (home / "airflow.cfg").unlink()
    (home / "airflow.db").touch()
    assert not airflow_is_unused()
    (home / "airflow.db").unlink()
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "sqlite:////nowhere.db")
    assert not airflow_is_unused()


def test_nothing_that_only_reads_lineage_imports_airflow_or_mlflow() -> None:
    code = (
        "import sys, mlops.cli.lineage, mlops.lineage.back, mlops.lineage.forward\n"
        "print([one for one in ('airflow', 'mlflow', 'dvc', 'pandas', 'sqlalchemy') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
