"""What DVC hears about the bucket behind an Airflow connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import ConfigError
from mlops.hooks.dvc.bucket_credentials import bucket_credentials

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture(autouse=True)
def _nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of this machine."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def connect(patch: pytest.MonkeyPatch, **content: Any) -> None:
    patch.setenv("AIRFLOW_CONN_BUCKET", json.dumps({"conn_type": "aws", **content}))


def test_a_connections_keys_and_endpoint_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"region_name": "eu-central-1", "endpoint_url": "http://127.0.0.1:1"}
    connect(monkeypatch, login="id", password="key", extra=extra)
    assert bucket_credentials("bucket") == {
        "endpointurl": "http://127.0.0.1:1", "region": "eu-central-1", "access_key_id": "id",
        "secret_access_key": "key",
    }  # fmt: skip


def test_without_credentials_anywhere_it_is_said_where_to_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, extra={"region_name": "eu-central-1"})
    with pytest.raises(ConfigError, match=r"'bucket' has no credentials.*login and password.*role_arn"):
        bucket_credentials("bucket")
