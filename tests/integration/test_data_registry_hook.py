from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import DataError, RegistryError
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.dvc.workspace import NewSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration


@pytest.fixture(params=["folder", "bucket"])
def hook(request: pytest.FixtureRequest, state: Path) -> Iterator[DataRegistryHook]:
    if request.param == "bucket":
        request.getfixturevalue("s3_store")
    yield DataRegistryHook()


def snapshot(
    tmp_path: Path, values: list[int], partition: str = "2005-04-30", name: str = "f"
) -> NewSnapshot:
    file = tmp_path / f"{name}.parquet"
    pq.write_table(pa.table({"a": values}), file)
    return NewSnapshot(
        table="features", partition=partition, file=file, rows=len(values), source="file:///x.csv",
        source_sha256="aa", schema_digest="bb",
    )  # fmt: skip


def commits(hook: DataRegistryHook) -> list[str]:
    command = ["git", "-C", hook.remote, "log", "--format=%s", "main"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_a_snapshot_becomes_a_version_and_comes_back(hook: DataRegistryHook, tmp_path: Path) -> None:
    (ref,) = hook.publish("m", [snapshot(tmp_path, [1, 2, 3])])
    assert ref.path == "m/features/2005-04-30.parquet"
    assert hook.pointers("m") == {("features", "2005-04-30"): ref}
    assert pq.read_table(hook.local_path(ref, tmp_path))["a"].to_pylist() == [1, 2, 3]
    assert commits(hook) == ["Add m features of 2005-04-30: 3 rows", "Start the data registry"]


def test_the_same_content_again_makes_no_commit(hook: DataRegistryHook, tmp_path: Path) -> None:
    first = hook.publish("m", [snapshot(tmp_path, [1, 2, 3])])
    before = commits(hook)
    assert hook.publish("m", [snapshot(tmp_path, [1, 2, 3])]) == first
    assert commits(hook) == before


def test_a_restated_partition_is_a_new_version_and_the_old_one_stays(
    hook: DataRegistryHook, tmp_path: Path
) -> None:
    (old,) = hook.publish("m", [snapshot(tmp_path, [1, 2, 3])])
    (new,) = hook.publish("m", [snapshot(tmp_path, [1, 2, 4])])
    assert new.md5 != old.md5
    assert hook.pointers("m")["features", "2005-04-30"] == new
    assert pq.read_table(hook.local_path(old, tmp_path))["a"].to_pylist() == [1, 2, 3]
    assert commits(hook)[0] == "Restate m features of 2005-04-30: 3 rows"


def test_dvc_get_brings_back_an_old_version(state: Path, tmp_path: Path) -> None:
    """What the documentation promises to people at a command line."""
    hook = DataRegistryHook()
    (old,) = hook.publish("m", [snapshot(tmp_path, [1, 2, 3])])
    hook.publish("m", [snapshot(tmp_path, [1, 2, 4])])
    target = tmp_path / "old.parquet"
    command = [
        sys.executable,
        "-m",
        "dvc",
        "get",
        hook.remote,
        old.path,
        "--rev",
        old.commit,
        "-o",
        str(target),
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert pq.read_table(target)["a"].to_pylist() == [1, 2, 3]


def test_only_what_changed_is_committed(hook: DataRegistryHook, tmp_path: Path) -> None:
    april, may = snapshot(tmp_path, [1], name="april"), snapshot(tmp_path, [2], "2005-05-31", "may")
    hook.publish("m", [april, may])
    hook.publish("m", [april, snapshot(tmp_path, [3], "2005-05-31", "may2")])
    assert commits(hook)[:2] == [
        "Restate m features of 2005-05-31: 1 rows",
        "Add m features of 2005-05-31: 1 rows",
    ]


def test_tasks_that_publish_at_once_lose_nothing(state: Path, tmp_path: Path) -> None:
    hook = DataRegistryHook()
    hook.publish("m", [snapshot(tmp_path, [0])])
    models = [f"model_{number}" for number in range(4)]

    def publish(model: str) -> None:
        folder = tmp_path / model
        folder.mkdir()
        DataRegistryHook().publish(model, [snapshot(folder, [len(model)])])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, models))
    assert all(hook.pointers(model) for model in models)


# Not this module: it would import tests.conftest, which begins with an empty environment.
PUBLISH = """
import sys, time
from pathlib import Path
import dvc.repo
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.dvc.workspace import NewSnapshot

me, other, *files = map(Path, sys.argv[1:])
me.touch()
while not other.exists():
    time.sleep(0.01)
DataRegistryHook().publish("m", [
    NewSnapshot(table="features", partition=file.stem, file=file, rows=1, source="file:///x.csv",
                source_sha256="aa", schema_digest="bb")
    for file in files
])
"""


@pytest.mark.parametrize(
    ("one", "other", "versions"),
    [
        pytest.param(
            ["2005-04-30=1", "2005-05-31=2"],
            ["2005-05-31=2", "2005-06-30=3"],
            3,
            id="the same and different partitions",
            marks=pytest.mark.full,  # CI has threads, above
        ),
        pytest.param(["2005-04-30=1"], ["2005-04-30=9"], 2, id="other content of one partition"),
    ],
)
def test_processes_that_publish_for_one_model_at_once_lose_and_double_nothing(
    hook: DataRegistryHook, tmp_path: Path, one: list[str], other: list[str], versions: int
) -> None:
    """Scoring and training extract the same deliveries at the same second."""
    hook.publish("elsewhere", [snapshot(tmp_path, [0])])
    started = []
    for number, partitions in enumerate((one, other)):
        folder = tmp_path / str(number)
        folder.mkdir()
        parts = [part.split("=") for part in partitions]
        files = [str(snapshot(folder, [int(value)], day, day).file) for day, value in parts]
        ready = [str(tmp_path / f"ready-{one}") for one in (number, 1 - number)]
        command = [sys.executable, "-c", PUBLISH, *ready, *files]
        started.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        )
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    found = hook.pointers("m")
    assert {partition for _, partition in found} == {part.partition("=")[0] for part in one + other}
    mine = [subject for subject in commits(hook) if " m " in subject]
    assert len(mine) == versions, mine
    for ref in found.values():
        assert pq.read_table(hook.local_path(ref, tmp_path)).num_rows == 1


def test_bytes_that_were_tampered_with_are_not_used(state: Path, tmp_path: Path) -> None:
    hook = DataRegistryHook()
    (ref,) = hook.publish("m", [snapshot(tmp_path, [1, 2, 3])])
    stored = Path(hook.data_path(ref.md5).path)
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes() + b"x")
    with pytest.raises(DataError, match="other bytes than the registry recorded"):
        hook.local_path(ref, tmp_path)
    stored.unlink()
    with pytest.raises(DataError, match="gone from the object store"):
        hook.local_path(ref, tmp_path)


def test_a_remote_that_is_unreachable_is_worth_a_retry(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_DATA_REGISTRY_DEFAULT",
        json.dumps({
            "conn_type": "generic",
            "login": "me",
            "password": "hunter2",
            "extra": {"remote": "https://127.0.0.1:9/r.git"},
        }),
    )
    hook = DataRegistryHook()
    with pytest.raises(RegistryError, match="git clone") as caught:
        hook.publish("m", [snapshot(tmp_path, [1])])
    assert "hunter2" not in str(caught.value)
    passed, message = hook.test_connection()
    assert not passed
    assert "hunter2" not in message


def test_a_password_in_the_url_is_not_shown(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_DATA_REGISTRY_DEFAULT",
        json.dumps({"conn_type": "generic", "extra": {"remote": "https://me:hunter2@127.0.0.1:9/r.git"}}),
    )
    passed, message = DataRegistryHook().test_connection()
    assert not passed
    assert "hunter2" not in message


@pytest.mark.parametrize("prefix", ["a b", "grün/x=1,y", "a'b", "(1)!", "a+b&c;d:e@f~$"])
def test_an_odd_prefix_in_a_bucket_is_written_within_and_found_again(
    s3_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    connection = json.loads(os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    connection["extra"]["root"] = f"{s3_store}/{prefix}"
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
    hook = DataRegistryHook()
    (ref,) = hook.publish("m", [snapshot(tmp_path, [1])])
    assert pq.read_table(hook.local_path(ref, tmp_path))["a"].to_pylist() == [1]
    hook.store.write_json(hook.store.resolve("x/1.json"), {})
    bucket = hook.store.root.bucket
    assert hook.store.list(hook.store.resolve("x/*.json")) == [f"{bucket}/mlops/{prefix}/x/1.json"]
    found = hook.store.root.fs.find(bucket)
    assert found
    assert all(path.startswith(f"{bucket}/mlops/{prefix}/") for path in found)
