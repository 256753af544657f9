"""What needs no bucket; the same calls on a folder and on S3 are in tests/integration."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, DataError, StorageError
from mlops.hooks import local_files
from mlops.hooks.object_path import plain_uri
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.storage_failures import is_storage_failure, storage_errors
from tests.world.endpoints import speak

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]


@pytest.fixture
def hook(state: Path) -> ObjectStoreHook:
    return ObjectStoreHook()


def test_a_full_disk_says_so() -> None:
    said = r"could not write /x: .*The disk is full: free some room"
    with pytest.raises(StorageError, match=said), storage_errors("write", "/x", connection="c"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_another_failure_leads_to_the_connection() -> None:
    said = r"could not read s3://b/x: .*Check the connection's root"
    with pytest.raises(StorageError, match=said), storage_errors("read", "s3://b/x", connection="c"):
        raise TimeoutError("timed out")


def test_what_a_bucket_library_raises_is_a_failure_of_the_store() -> None:
    from botocore.exceptions import EndpointConnectionError, NoCredentialsError

    assert is_storage_failure(NoCredentialsError())
    assert is_storage_failure(EndpointConnectionError(endpoint_url="http://b"))
    assert not is_storage_failure(KeyError("a bug"))


def test_a_bug_is_not_taken_for_an_outage() -> None:
    with pytest.raises(KeyError), storage_errors("read", "x", connection="c"):
        raise KeyError("a bug")


def test_what_an_earlier_task_wrote_must_be_there(hook: ObjectStoreHook, state: Path) -> None:
    with pytest.raises(
        DataError, match=rf"file://{state}/store/m\.json is gone. Clear the task that wrote it"
    ):
        hook.require_json(hook.resolve("m.json"))


def test_a_damaged_document_is_named_in_the_error(hook: ObjectStoreHook, state: Path) -> None:
    path = hook.resolve("m.json")
    hook.write_text(path, '{"half": ')
    with pytest.raises(DataError, match=rf"file://{state}/store/m\.json is not valid JSON: .*clear the task"):
        hook.read_json(path)


def test_a_local_file_is_used_where_it_lies(hook: ObjectStoreHook, state: Path, tmp_path: Path) -> None:
    hook.write_json(hook.resolve("a/b.json"), {"x": 1})
    local = hook.local_path(hook.resolve("a/b.json"), tmp_path / "scratch")
    assert local == state / "store" / "a" / "b.json"
    assert json.loads(local.read_text()) == {"x": 1}


def test_what_is_not_there_may_be_removed(hook: ObjectStoreHook) -> None:
    hook.remove(hook.resolve("nothing"))
    hook.write_text(hook.resolve("a"), "x")
    hook.remove(hook.resolve("a"))
    assert not hook.exists(hook.resolve("a"))


def test_nobody_sees_a_half_written_file(hook: ObjectStoreHook, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hook.resolve("a")
    hook.write_text(path, "old")
    seen: list[str] = []
    sync = local_files.os.fsync

    def look(number: int) -> None:
        seen.append(path.read_text())
        sync(number)

    monkeypatch.setattr(local_files.os, "fsync", look)
    hook.write_text(path, "new")
    assert seen == ["old"]
    assert path.read_text() == "new"


def test_a_uri_with_a_scheme_is_taken_as_it_is(hook: ObjectStoreHook) -> None:
    assert plain_uri(hook.resolve("file:///srv/x")) == "file:///srv/x"


def test_a_connection_that_does_not_exist_is_a_issue(state: Path) -> None:
    hook = ObjectStoreHook("nobody_made_it")
    with pytest.raises(ConfigError, match=r"no Airflow connection 'nobody_made_it'"):
        hook.resolve("x")
    passed, message = hook.test_connection()
    assert not passed
    assert "nobody_made_it" in message


def test_a_root_that_cannot_be_written_fails_its_test(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    connection = {"conn_type": "generic", "extra": {"root": f"file://{tmp_path}/file/store"}}
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
    passed, message = ObjectStoreHook().test_connection()
    assert not passed
    assert "could not write" in message


@pytest.mark.parametrize("extra", [{}, {"root": ""}, {"root": None}, {"root": "http://x"}])
def test_a_connection_without_a_root_says_what_is_expected(
    state: Path, monkeypatch: pytest.MonkeyPatch, extra: dict[str, object]
) -> None:
    connection = {"conn_type": "generic", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
    with pytest.raises(ConfigError, match=r"extra\.root.*expected file:///a/folder or s3://bucket/prefix"):
        _ = ObjectStoreHook().root


NAMELESS = "<Error><Code>PreconditionFailed</Code><Message>the key exists</Message></Error>"
"""What some servers answer: Amazon's adds which condition it was."""


@pytest.mark.parametrize("body", [NAMELESS, ""], ids=["xml", "empty"])
def test_a_bucket_need_not_say_which_condition_failed(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    head = f"HTTP/1.1 412 Precondition Failed\r\nContent-Length: {len(body)}\r\nConnection: close"
    (tmp_path / "file").write_text("mine")
    with speak(f"{head}\r\n\r\n{body}".encode()) as url:
        connection = {
            "conn_type": "aws", "login": "id", "password": "key",
            "extra": {"root": "s3://bucket/mlops", "endpoint_url": url, "region_name": "us-east-1"},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
        monkeypatch.setattr("airflow.sdk.io.store._STORE_CACHE", {})  # else the first URL stays
        hook = ObjectStoreHook()
        assert not hook.create_json(hook.resolve("a.json"), {"mine": True})
        assert not hook.create_file(tmp_path / "file", hook.resolve("b"))
        with pytest.raises(StorageError, match="could not write"):
            hook.write_text(hook.resolve("a.json"), "replaced without a condition")
