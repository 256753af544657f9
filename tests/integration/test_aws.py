"""What the project takes from AWS, against a local server of its APIs: S3, STS, Secrets Manager."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops.hooks.dvc.bucket_credentials import bucket_credentials
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.run_context import PROJECT_ROOT
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from tests.world.dag_run import DagRun
from tests.world.world import FIRST, make_light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

KEYS = {"aws_access_key_id": "id", "aws_secret_access_key": "key", "region_name": "us-east-1"}
BACKEND = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"


def client(service: str, endpoint: str) -> Any:
    import boto3

    return boto3.client(service, endpoint_url=endpoint, **KEYS)


@pytest.fixture
def delivered(small_panel: Path, s3_store: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A source in the bucket of the store, with what is delivered up to the first day; return its root."""
    bucket = s3_store.removeprefix("s3://").split("/")[0]
    s3 = client("s3", s3_endpoint)
    for file in small_panel.rglob("*.csv"):
        if file.parent.name.rpartition("=")[2] <= FIRST:
            s3.upload_file(str(file), bucket, f"in/{file.relative_to(small_panel)}")
    connection = json.loads(os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    connection["extra"]["root"] = root = f"s3://{bucket}/in"
    monkeypatch.setenv("AIRFLOW_CONN_CREDIT_RISK_SOURCE", json.dumps(connection))
    return root


def objects(root: str, endpoint: str) -> list[str]:
    """The keys below a root."""
    bucket, _, prefix = root.removeprefix("s3://").partition("/")
    found = client("s3", endpoint).list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


@pytest.mark.parametrize("until", ["prepare", pytest.param("promote", marks=pytest.mark.full)])
def test_a_model_learns_from_a_bucket_and_keeps_its_data_in_one(
    delivered: str,
    s3_store: str,
    s3_endpoint: str,
    small_model: Path,
    mlflow_server: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
    until: str,
) -> None:
    make_light(monkeypatch)
    run = DagRun(small_model, as_of=FIRST)
    assert run.run(until) == until
    kept = objects(s3_store, s3_endpoint)
    assert any("/dvc/files/md5/" in key for key in kept), "the snapshots' bytes"
    assert any(key.endswith("train.parquet") for key in kept)
    assert run.results["prepare"]["train_rows"] > 500
    if until == "promote":
        assert ModelRegistry(MlflowHook(), small_model.name).aliases()[CHAMPION] == "1"
        assert any("/evaluations/" in key for key in kept)


def test_a_role_is_assumed_for_the_bucket(
    s3_store: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = json.loads(os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    extra = connection["extra"]
    del extra["endpoint_url"]
    extra["role_arn"] = "arn:aws:iam::123456789012:role/mlops"
    extra["service_config"] = {name: {"endpoint_url": s3_endpoint} for name in ("sts", "s3")}
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
    found = bucket_credentials("object_store_default")
    assert found["endpointurl"] == s3_endpoint
    assert found["session_token"], "temporary credentials, which end by themselves"
    assert found["access_key_id"] != "id"
    store = ObjectStoreHook()
    store.write_json(store.resolve("models/m/x.json"), {"a": 1})
    assert objects(f"{s3_store}/models/m", s3_endpoint)


@pytest.fixture
def put_secret(s3_endpoint: str) -> Callable[[str, Any], None]:
    manager = client("secretsmanager", s3_endpoint)

    def put(name: str, content: Any) -> None:
        manager.create_secret(Name=f"mlops-test/{name}", SecretString=json.dumps(content))

    return put


def test_connections_come_from_secrets_manager(
    s3_store: str, s3_endpoint: str, tmp_path: Path, put_secret: Callable[[str, Any], None]
) -> None:
    """A process of its own, as each of Airflow's: nothing but the backend's address is in its environment."""
    store = json.loads(os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    put_secret("object_store_default", store)
    put_secret(
        "data_registry_default", {"conn_type": "generic", "extra": {"remote": str(tmp_path / "r.git")}}
    )
    down = {"conn_type": "http", "host": "127.0.0.1", "port": 9, "extra": {"retries": 0, "timeout": 2}}
    put_secret("mlflow_default", down | {"password": "not-to-be-shown"})
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("AIRFLOW_CONN_", "MLOPS_"))
    }
    kwargs = {"connections_prefix": "mlops-test", "region_name": "us-east-1", "endpoint_url": s3_endpoint}
    environment = {
        "AIRFLOW__SECRETS__BACKEND": BACKEND,
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(kwargs),
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mlops.cli", "check", "--json"],
        env=kept | environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert f"connections: Airflow's (secrets backend {BACKEND}; http at 127.0.0.1)" in done.stderr
    mlflow, registry, bucket = json.loads(done.stdout)
    assert {one["origin"] for one in (mlflow, registry, bucket)} == {"SecretsManagerBackend"}
    assert (mlflow["passed"], registry["passed"], bucket["passed"]) == (False, True, True), done.stdout
    assert s3_store in bucket["message"]
    assert "not-to-be-shown" not in done.stdout + done.stderr
