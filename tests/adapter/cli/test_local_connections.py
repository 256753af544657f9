"""Which connections a command outside of Airflow uses, and that it says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import BaseHook

from include.errors import ConfigError
from mlops.cli import local_connections
from mlops.cli.local_connections import MARKER, use_connections

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(240)]

SETTINGS = (local_connections.PROJECT_ROOT / "airflow_settings.yaml").read_bytes()
DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
        monkeypatch.delenv(name)
    for name in ("MLFLOW_DEFAULT", "OBJECT_STORE_DEFAULT", "DATA_REGISTRY_DEFAULT", "CREDIT_RISK_SOURCE"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", "")  # so that it is put back afterwards
        monkeypatch.delenv(f"AIRFLOW_CONN_{name}")
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "")
    monkeypatch.setenv("MLOPS_STATE", "")
    monkeypatch.delenv("MLOPS_STATE")
    monkeypatch.setattr(local_connections, "PROJECT_ROOT", tmp_path)
    (tmp_path / "airflow_settings.yaml").write_bytes(SETTINGS)


def demo(folder: Path, port: int = 5432) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(json.dumps({"mlflow_port": port, "airflow_port": 9090}))
    return folder


def test_a_demo_that_is_named_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = demo(tmp_path / "named")
    monkeypatch.setenv("MLOPS_STATE", str(folder))
    use_connections()
    assert BaseHook.get_connection("mlflow_default").port == 5432
    assert BaseHook.get_connection("object_store_default").extra_dejson == {"root": f"file://{folder}/store"}
    assert capsys.readouterr() == ("", f"connections: the demo's ({folder})\n")
    assert local_connections.demo_airflow() == "http://127.0.0.1:9090"


def test_the_demo_of_this_checkout_is_used_where_nothing_else_is_configured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo(tmp_path / ".state")
    use_connections()
    assert BaseHook.get_connection("mlflow_default").port == 5432
    assert "the demo's" in capsys.readouterr().err


def test_the_environment_goes_before_every_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLOPS_STATE", str(demo(tmp_path / ".state")))
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", "http://elsewhere:1")
    use_connections()
    assert "AIRFLOW_CONN_OBJECT_STORE_DEFAULT" not in os.environ
    assert capsys.readouterr().err == "connections: Airflow's (environment; http at elsewhere)\n"


def test_without_any_connection_it_says_so_and_never_uses_a_port_by_chance() -> None:
    with pytest.raises(ConfigError, match="There is no connection 'mlflow_default' in Airflow's default"):
        use_connections()
    assert "AIRFLOW_CONN_MLFLOW_DEFAULT" not in os.environ


def test_a_configured_database_that_lacks_it_is_not_replaced_by_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo(tmp_path / ".state")
    monkeypatch.setenv(DATABASE, "postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setattr(local_connections, "_source_of", lambda conn_id: None)
    with pytest.raises(ConfigError, match="in Airflow's database, nor in AIRFLOW_CONN"):
        use_connections()


RESOLVE = """
import sys
from pathlib import Path
from mlops.cli import local_connections
root, local_connections.PROJECT_ROOT = local_connections.PROJECT_ROOT, Path(sys.argv[1])
name = "airflow_settings.yaml"
(local_connections.PROJECT_ROOT / name).write_bytes((root / name).read_bytes())
local_connections.use_connections()
from airflow.sdk import BaseHook
print(BaseHook.get_connection("mlflow_default").host)
"""


def resolved(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own: Airflow reads its configuration once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    home = {"AIRFLOW_HOME": str(tmp_path / "home"), **environment}
    return subprocess.run(
        [sys.executable, "-c", RESOLVE, str(tmp_path)],
        env={**kept, **home}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_secrets_backend_is_asked_as_airflow_asks_it(tmp_path: Path) -> None:
    demo(tmp_path / ".state")
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"mlflow_default": "http://from-the-backend:1"}))
    done = resolved(
        tmp_path,
        AIRFLOW__SECRETS__BACKEND="airflow.secrets.local_filesystem.LocalFilesystemBackend",
        AIRFLOW__SECRETS__BACKEND_KWARGS=json.dumps({"connections_file_path": str(secrets)}),
    )
    assert done.stdout.splitlines()[-1:] == ["from-the-backend"], done.stderr
    assert "connections: Airflow's (secrets backend airflow.secrets.local_filesystem" in done.stderr


def test_airflows_database_is_asked_and_the_demo_is_not(tmp_path: Path) -> None:
    demo(tmp_path / ".state")
    database = f"sqlite:///{tmp_path}/airflow.db"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    make = (
        "from airflow.models import Connection; from airflow import settings;"
        "from airflow.models.base import Base; Base.metadata.create_all(settings.engine);"
        "session = settings.Session(); session.add(Connection(conn_id='mlflow_default', conn_type='http',"
        " host='from-the-database')); session.commit()"
    )
    settings = {"AIRFLOW_HOME": str(tmp_path / "home"), DATABASE: database}
    subprocess.run([sys.executable, "-c", make], env={**kept, **settings}, check=True, capture_output=True)
    done = resolved(tmp_path, **{DATABASE: database})
    assert done.stdout.splitlines()[-1:] == ["from-the-database"], done.stderr
    assert "connections: Airflow's (Airflow's database; http at from-the-database)" in done.stderr
