"""Beside MLflow's own scoring server, with a log in S3: what takes minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.conftest import ROOT
from tests.world.ports import free_port
from tests.world.served import rows, split
from tests.world.servers import moto_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.serving.conftest import Registered, Running

    Serve = Callable[..., Running]

pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(900)]


@pytest.fixture
def mlflows(registered: Registered, tmp_path: Path) -> Iterator[str]:
    """Version 1 behind MLflow's own server; its address."""
    port = free_port()
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--port", str(port), "--workers", "1",
        "--model-uri", registered.uris[0], "--env-manager", "local",
    ]  # fmt: skip
    path = os.pathsep.join([
        str(Path(sys.executable).parent),
        os.environ["PATH"],
    ])  # it starts uvicorn by name
    with (tmp_path / "mlflow.log").open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=stream, stderr=stream, start_new_session=True,
            env={**os.environ, "MLFLOW_TRACKING_URI": registered.url, "PATH": path},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        assert process.poll() is None, (tmp_path / "mlflow.log").read_text()
        try:
            if requests.get(f"{url}/ping", timeout=5).status_code == 200:
                break
        except requests.RequestException:
            time.sleep(0.5)
    yield url
    os.killpg(process.pid, 15)
    process.wait(30)


def test_both_give_the_same_answers_to_the_same_requests(
    registered: Registered, serve: Serve, mlflows: str
) -> None:
    running, frame = serve(), rows(registered.config, 20)
    whole = split(frame)["dataframe_split"]
    records = [dict(zip(whole["columns"], row, strict=True)) for row in whole["data"]]
    # MLflow's `inputs` and `instances` refuse a missing number, so these have none.
    full = frame.fillna(1.0)
    data: dict[str, Any] = full.to_dict("list")
    for body in (
        {"dataframe_split": whole},
        {"dataframe_records": records},
        {"inputs": data},
        {"instances": full.to_dict("records")},
    ):
        theirs = requests.post(f"{mlflows}/invocations", json=body, timeout=60)
        ours = running.post(body)
        assert theirs.status_code == ours.status_code == 200, theirs.text
        assert ours.json() == theirs.json()
    csv = {"data": frame.to_csv(index=False), "headers": {"content-type": "text/csv"}}
    theirs = requests.post(f"{mlflows}/invocations", timeout=60, **csv)
    assert running.post(**csv).json() == theirs.json()
    for body in (
        {},
        {"dataframe_records": [{"age": "x"}]},
        {"dataframe_split": {"columns": ["age"], "data": [[1]]}},
    ):
        theirs = requests.post(f"{mlflows}/invocations", json=body, timeout=60)
        ours = running.post(body)
        assert (ours.status_code, ours.json()["error_code"]) == (400, "BAD_REQUEST")
        assert theirs.status_code == 400


def test_requests_are_logged_to_s3(
    registered: Registered, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3
    import pyarrow as pa
    import pyarrow.parquet as pq

    with moto_server(tmp_path) as endpoint:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="logs")
        running = serve(log_to="s3://logs/mlops")
        assert running.post(split(rows(registered.config, 3))).status_code == 200
        running.server.log.close()
        (found,) = client.list_objects_v2(Bucket="logs")["Contents"]
        assert found["Key"].startswith(f"mlops/models/{registered.config.name}/requests/as_of=20")
        content = client.get_object(Bucket="logs", Key=found["Key"])["Body"].read()
    table = pq.ParquetFile(pa.BufferReader(content)).read()
    assert table.num_rows == 3
    assert not set(registered.config.sensitive) & set(table.column_names)
