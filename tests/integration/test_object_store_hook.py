from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, StorageError
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration


@pytest.fixture(params=["folder", "bucket"])
def hook(request: pytest.FixtureRequest, state: Path) -> Iterator[ObjectStoreHook]:
    if request.param == "bucket":
        request.getfixturevalue("s3_store")
    yield ObjectStoreHook()


def test_what_is_written_is_read(hook: ObjectStoreHook) -> None:
    place = hook.resolve("models/m/x.json")
    assert hook.read_json(place) is None
    hook.write_json(place, {"b": 1, "a": [2]})
    assert hook.read_json(place) == {"a": [2], "b": 1}
    hook.write_json(place, {"b": 2})
    assert hook.read_json(place) == {"b": 2}


def test_equal_values_are_equal_bytes(hook: ObjectStoreHook) -> None:
    first, second = hook.resolve("first.json"), hook.resolve("second.json")
    hook.write_json(first, {"a": 1, "b": 2})
    hook.write_json(second, {"b": 2, "a": 1})
    assert first.read_bytes() == second.read_bytes()


def test_files_go_there_and_back(hook: ObjectStoreHook, tmp_path: Path) -> None:
    original = tmp_path / "data.bin"
    original.write_bytes(os.urandom(100_000))
    place = hook.resolve("deep/below/data.bin")
    hook.upload(original, place)
    assert hook.local_path(place, tmp_path).read_bytes() == original.read_bytes()


def test_what_is_created_is_never_overwritten(hook: ObjectStoreHook, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("first")
    second.write_text("second")
    place = hook.resolve("deep/below/data.bin")
    assert hook.create_file(first, place)
    assert not hook.create_file(second, place)
    assert place.read_bytes() == b"first"
    document = hook.resolve("deep/below/x.json")
    assert hook.create_json(document, {"a": 1})
    assert not hook.create_json(document, {"a": 2})
    assert hook.read_json(document) == {"a": 1}
    assert [Path(path).name for path in hook.list(hook.resolve("deep/below/*"))] == ["data.bin", "x.json"]


def test_a_pattern_lists_what_was_just_written(hook: ObjectStoreHook) -> None:
    assert hook.list(hook.resolve("days/day=*/x.csv")) == []
    for day in ("2005-05-31", "2005-04-30"):
        hook.write_text(hook.resolve(f"days/day={day}/x.csv"), "x")
    found = hook.list(hook.resolve("days/day=*/x.csv"))
    assert [path.split("day=")[1] for path in found] == ["2005-04-30/x.csv", "2005-05-31/x.csv"]


def test_the_connection_can_be_tested(hook: ObjectStoreHook) -> None:
    passed, message = hook.test_connection()
    assert passed, message


@pytest.mark.parametrize("escape", ["../outside.json", "models/../../outside.json", "/etc/passwd"])
def test_nothing_leads_out_of_the_root(hook: ObjectStoreHook, escape: str) -> None:
    with pytest.raises(ConfigError, match="leaves the root"):
        hook.resolve(escape)


def test_a_write_that_fails_leaves_the_old_content_and_no_rest(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = ObjectStoreHook()
    place = hook.resolve("x.json")
    hook.write_json(place, {"old": True})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mlops.hooks.local_files.os.fsync", full)
    with pytest.raises(StorageError, match=r"could not write .*x\.json.*disk is full.*retried") as caught:
        hook.write_json(place, {"new": True})
    assert "No space left" in str(caught.value)
    assert hook.read_json(place) == {"old": True}
    assert [path.name for path in Path(place.path).parent.iterdir()] == ["x.json"]


def test_a_bucket_that_is_not_there_says_so(
    s3_store: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = json.loads(os.environ["AIRFLOW_CONN_OBJECT_STORE_DEFAULT"])
    connection["extra"]["root"] = "s3://nobody-made-this/x"
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps(connection))
    passed, message = ObjectStoreHook().test_connection()
    assert not passed
    assert "nobody-made-this" in message


@pytest.mark.parametrize("root", ["", "relative/folder", "ftp://host/x"])
def test_a_root_that_is_none_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps({"conn_type": "generic", "extra": {"root": root}})
    )
    with pytest.raises(ConfigError, match=r"extra\.root"):
        _ = ObjectStoreHook().root
