"""What needs no commit; versions are made and found again in tests/integration."""

from __future__ import annotations

import hashlib
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import ConfigError, DataError, RegistryError
from include.lineage import SnapshotRef
from mlops.data.inputs import frozen_test_set, training_set
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.dvc.git_failures import pushed_first

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

BYTES = b"PAR1 a snapshot"
MD5 = hashlib.md5(BYTES).hexdigest()
REF = SnapshotRef(
    table="features", partition="2005-04-30", path="m/features/2005-04-30.parquet", md5=MD5, rows=1, size=15,
    commit="c0ffee" * 6, source="file:///x", source_sha256="0" * 64, schema_digest="0" * 64,
)  # fmt: skip


@pytest.fixture
def connect(state: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., DataRegistryHook]:
    """Return a function that makes a hook behind a connection with these fields."""

    def make(**connection: Any) -> DataRegistryHook:
        content = json.dumps({"conn_type": "generic", **connection})
        monkeypatch.setenv("AIRFLOW_CONN_DATA_REGISTRY_DEFAULT", content)
        return DataRegistryHook()

    return make


@pytest.mark.parametrize(
    ("connection", "remote"),
    [
        ({"host": "git@host:data.git"}, "git@host:data.git"),
        ({"extra": {"remote": "/srv/registry.git"}}, "/srv/registry.git"),
        ({"host": "ignored", "extra": {"remote": "https://host/data.git"}}, "https://host/data.git"),
    ],
)
def test_the_remote_is_the_connections(
    connect: Callable[..., DataRegistryHook], connection: dict[str, Any], remote: str
) -> None:
    assert connect(**connection).remote == remote


def test_a_connection_without_a_remote_says_what_is_expected(
    connect: Callable[..., DataRegistryHook],
) -> None:
    with pytest.raises(ConfigError, match=r"names no git remote: put a path or URL into extra\.remote"):
        _ = connect().remote
    passed, message = connect().test_connection()
    assert not passed
    assert "names no git remote" in message


def test_tasks_that_start_at_once_create_one_remote(
    connect: Callable[..., DataRegistryHook], tmp_path: Path
) -> None:
    for number in range(5):
        remote = tmp_path / f"new{number}" / "registry.git"
        hook = connect(extra={"remote": str(remote)})
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _, hook=hook: hook.test_connection(), range(6)))
        assert all(passed for passed, _ in found), found
        assert [path.name for path in remote.parent.iterdir()] == ["registry.git"]
        head = ["git", "-C", str(remote), "symbolic-ref", "HEAD"]
        assert subprocess.check_output(head, text=True).strip() == "refs/heads/main"


def test_a_commit_has_a_page_where_the_connection_names_a_web_server(
    connect: Callable[..., DataRegistryHook],
) -> None:
    assert connect(host="x").url("abc") == ""
    assert connect(host="x", extra={"ui": "https://host/data/"}).url("abc") == "https://host/data/commit/abc"


def test_data_lies_where_dvc_looks_for_it(connect: Callable[..., DataRegistryHook], state: Path) -> None:
    place = connect(host="x").data_path(MD5)
    assert place.path == f"{state}/store/dvc/files/md5/{MD5[:2]}/{MD5[2:]}"


@pytest.fixture
def stored(connect: Callable[..., DataRegistryHook], state: Path) -> Path:
    file = state / "store" / "dvc" / "files" / "md5" / MD5[:2] / MD5[2:]
    file.parent.mkdir(parents=True)
    file.write_bytes(BYTES)
    return file


def test_a_snapshot_is_brought_back(state: Path, stored: Path, tmp_path: Path) -> None:
    assert DataRegistryHook().local_path(REF, tmp_path).read_bytes() == BYTES


def test_a_snapshot_whose_data_is_gone_is_named(state: Path, stored: Path, tmp_path: Path) -> None:
    stored.unlink()
    with pytest.raises(DataError, match=r"m/features/2005-04-30\.parquet at c0ffeec0: .*is gone"):
        DataRegistryHook().local_path(REF, tmp_path)


def test_a_snapshot_with_other_bytes_is_refused(state: Path, stored: Path, tmp_path: Path) -> None:
    stored.write_bytes(b"tampered")
    with pytest.raises(DataError, match=f"other bytes than the registry recorded: .*expected {MD5}"):
        DataRegistryHook().local_path(REF, tmp_path)


@pytest.mark.parametrize(
    ("said", "race"),
    [
        ("! [rejected] HEAD -> main (fetch first)", True),
        ("error: cannot lock ref 'refs/heads/main': is at 1 but expected 2", True),
        ("! [remote rejected] main -> main (pre-receive hook declined)", False),
        ("fatal: unable to access 'https://host/': Could not resolve host", False),
    ],
)
def test_a_race_is_distinguished_from_a_refusal(said: str, race: bool) -> None:
    assert pushed_first(RegistryError(said)) is race


@pytest.mark.parametrize(("take", "name"), [(training_set, "train"), (frozen_test_set, "test")])
def test_a_frozen_set_is_what_was_frozen(
    state: Path, tmp_path: Path, take: Callable[..., Path], name: str
) -> None:
    file = state / "store" / "place" / f"{name}.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(BYTES)
    digest = hashlib.sha256(BYTES).hexdigest()
    store = DataRegistryHook().store
    assert take(store, "place", digest, tmp_path) == file
    file.write_bytes(b"tampered")
    with pytest.raises(DataError, match=rf"{name}\.parquet has changed since it was frozen"):
        take(store, "place", digest, tmp_path)
