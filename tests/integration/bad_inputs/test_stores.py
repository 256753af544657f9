"""The registry's remote, the object store, a disk: away or full. The task is worth a retry, and nothing is
half there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import RetryAction

from include.errors import RegistryError, StorageError
from mlops.defaults import RETRY_POLICY
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.object_store import ObjectStoreHook
from tests.world.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.bad_inputs.conftest import Printed, Refusal
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


def test_a_registry_that_can_not_be_reached(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "generic", "extra": {"remote": "http://127.0.0.1:9/registry.git"}}
    monkeypatch.setenv("AIRFLOW_CONN_DATA_REGISTRY_DEFAULT", json.dumps(connection))
    refused(
        "registry remote unreachable", world.pipeline(), "extract", RegistryError, "git clone",
        "http://127.0.0.1:9/registry.git", "credentials", "data registry", "retried", retried=True,
    )  # fmt: skip


def test_a_registry_that_does_not_take_the_push(world: World, refused: Refusal) -> None:
    """Nothing is published, so the next try finds all of it new."""
    hook = world.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'disk quota exceeded' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = DataRegistryHook().pointers(MODEL)
    refused(
        "registry refuses the push", world.pipeline(), "extract", RegistryError, "push", "quota", retried=True
    )
    assert DataRegistryHook().pointers(MODEL) == before
    hook.unlink()
    assert world.pipeline().run("prepare") == "prepare"


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path], Path]]:
    """Put a disk of one megabyte where a folder is."""
    mounted: list[Path] = []

    def mount(folder: Path) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a small disk; the tests of a disk that reports itself full run")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(disk: Path, leave: int) -> Path:
    """Leave so many bytes free; return the file that takes the rest."""
    ballast = disk / "ballast"
    found = os.statvfs(disk)
    ballast.write_bytes(b"x" * max(0, found.f_bavail * found.f_bsize - leave))
    return ballast


def test_a_full_disk_says_so_and_leaves_nothing_half(
    world: World, refused: Refusal, small_disk: Callable[[Path], Path]
) -> None:
    disk = small_disk(world.store / "models")
    ballast = fill(disk, leave=0)
    refused(
        "disk full while writing", world.pipeline(), "extract", StorageError, "could not write", str(disk),
        "No space left on device", "free some room", "retried", retried=True,
    )  # fmt: skip
    assert [path for path in disk.rglob("*") if path.is_file()] == [ballast]


def test_a_full_disk_while_versioning_publishes_nothing(
    world: World, refused: Refusal, small_disk: Callable[[Path], Path]
) -> None:
    before = DataRegistryHook().pointers(MODEL)
    ballast = fill(small_disk(world.store / "dvc"), leave=0)
    refused(
        "disk full while versioning", world.pipeline(), "extract", StorageError, str(world.store / "dvc"),
        "No space left on device", "free some room", "retried", retried=True,
    )  # fmt: skip
    assert DataRegistryHook().pointers(MODEL) == before
    ballast.unlink()
    assert world.pipeline().run("extract") == "extract"


def test_a_disk_that_fills_up_while_the_dataset_is_written(
    world: World, small_disk: Callable[[Path], Path], printed: Printed
) -> None:
    disk, pipeline = small_disk(world.store / "models"), world.pipeline()
    pipeline.run("validate")
    ballast = fill(disk, leave=16 * 1024)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        pipeline.run_task("prepare")
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.RETRY
    printed("disk full while writing", "prepare", caught.value)
    assert not list(disk.rglob("dataset.json")), "the record says whole"
    ballast.unlink()
    assert pipeline.run_task("prepare")["train_rows"] > 500


def test_a_disk_that_reports_itself_full_when_a_file_is_flushed(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mlops.hooks.local_files.os.fsync", full)
    refused(
        "disk full while writing", world.pipeline(), "extract", StorageError, "could not write",
        f"{world.store}/models", "free some room", "retried", retried=True,
    )  # fmt: skip
    assert not [path for path in (world.store / "models").rglob(".*") if path.is_file()], (
        "a part was left behind"
    )


def test_a_local_disk_that_is_full_while_a_snapshot_is_written(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polars as pl

    def full(*args: object, **options: object) -> None:
        raise pl.exceptions.ComputeError(
            "parquet: File out of specification: underlying IO error: No space left on device (os error 28)"
        )

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", full)
    refused(
        "worker's disk full while converting", world.pipeline(), "extract", StorageError,
        "features-2005-06-30.parquet", "No space left on device", "free space", retried=True,
    )  # fmt: skip


@pytest.fixture
def no_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """An S3 store whose server does not answer."""
    connection = {
        "conn_type": "aws", "login": "id", "password": "key",
        "extra": {
            "root": "s3://bucket/mlops", "endpoint_url": "http://127.0.0.1:9", "region_name": "us-east-1",
            "config_kwargs": {"retries": {"max_attempts": 0}, "connect_timeout": 1},
        },
    }  # fmt: skip
    for name in ("OBJECT_STORE_DEFAULT", "CREDIT_RISK_SOURCE"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))
    monkeypatch.setattr("s3fs.core.S3FileSystem.retries", 1)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_a_bucket_that_can_not_be_reached(world: World, refused: Refusal, no_bucket: None) -> None:
    refused(
        "bucket unreachable", world.pipeline(), "extract", StorageError,
        "s3://credit_risk_source@bucket/mlops/accounts", "127.0.0.1:9", "retried", retried=True,
    )  # fmt: skip


def test_a_bucket_that_does_not_take_the_data(
    world: World, refused: Refusal, no_bucket: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source is a folder, the registry is new, and DVC can't push."""
    shutil.rmtree(world.remote)
    root = {"root": f"file://{world.source}"}
    monkeypatch.setenv("AIRFLOW_CONN_CREDIT_RISK_SOURCE", json.dumps({"conn_type": "generic", "extra": root}))
    refused(
        "bucket unreachable while versioning", world.pipeline(), "extract", StorageError, "s3://bucket/mlops/dvc",
        "127.0.0.1:9", "connection 'object_store_default'", retried=True,
    )  # fmt: skip


CALLS: dict[str, Callable[[ObjectStoreHook, Path], object]] = {
    "read": lambda store, file: store.read_json(store.resolve("x.json")),
    "write": lambda store, file: store.write_json(store.resolve("x.json"), {}),
    "upload": lambda store, file: store.upload(file, store.resolve("x")),
    "list": lambda store, file: store.list(store.resolve("*.json")),
    "download": lambda store, file: store.local_path(store.resolve("x"), file.parent),
    "look": lambda store, file: store.exists(store.resolve("x")),
    "remove": lambda store, file: store.remove(store.resolve("x")),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_to_a_bucket_that_is_away_is_a_storage_error(
    no_bucket: None, tmp_path: Path, call: Callable[[ObjectStoreHook, Path], object]
) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StorageError, match=r"s3://.*127\.0\.0\.1:9.*Check the connection"):
        call(ObjectStoreHook(), file)


def test_a_bucket_that_is_away_fails_the_test_of_its_connection(no_bucket: None) -> None:
    passed, message = ObjectStoreHook().test_connection()
    assert not passed
    assert "127.0.0.1:9" in message
