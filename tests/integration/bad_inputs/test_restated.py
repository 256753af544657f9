"""A partition that is delivered twice: the same changes nothing, other content becomes a version beside the
old."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from include.errors import StorageError
from mlops.hooks.data_registry import DataRegistryHook
from tests.world.world import FIRST, MODEL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bad_inputs.conftest import Printed, Refusal
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

APRIL = "2005-04-30"


def commits(world: World) -> list[str]:
    command = ["git", "-C", str(world.remote), "log", "--format=%s", "main"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def touch(file: Path) -> None:
    os.utime(file, (0, 0))


def end_lines_as_windows_does(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def turn_columns_round(file: Path) -> None:
    file.write_text(
        "\n".join(",".join(line.split(",")[::-1]) for line in file.read_text().splitlines()) + "\n"
    )


def add_a_column(file: Path) -> None:
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0] + ",branch", *(line + ",x" for line in lines[1:])]) + "\n")


@pytest.mark.parametrize("redeliver", [touch, end_lines_as_windows_does, turn_columns_round, add_a_column])
def test_the_same_rows_again_make_no_version_and_no_training(
    world: World, printed: Printed, redeliver: Callable[[Path], None]
) -> None:
    before, versions, production = commits(world), DataRegistryHook().pointers(MODEL), world.in_production()
    redeliver(world.accounts(APRIL))
    pipeline = world.pipeline(as_of=FIRST)
    assert pipeline.run() == "check_new_data"
    assert pipeline.results["extract"]["changed"] == []
    verdict = pipeline.pushed["check_new_data"]["verdict"]
    assert verdict["decision"] == "skip"
    printed("partition delivered twice, same content", "check_new_data", verdict["summary"])
    assert (commits(world), DataRegistryHook().pointers(MODEL)) == (before, versions)
    assert world.in_production() == production


def test_other_rows_become_a_version_beside_the_old_one(
    world: World, printed: Printed, tmp_path: Path
) -> None:
    import dvc.api
    import pyarrow.parquet as pq

    old = DataRegistryHook().pointers(MODEL)["features", APRIL]
    file = world.accounts(APRIL)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    pipeline = world.pipeline(as_of=FIRST)
    pipeline.run("check_new_data")
    new = DataRegistryHook().pointers(MODEL)["features", APRIL]
    assert pipeline.results["extract"]["changed"] == [f"features/{APRIL}"]
    assert commits(world)[0] == f"Restate {MODEL} features of {APRIL}: 2999 rows"
    assert pipeline.pushed["check_new_data"]["verdict"]["decision"] == "train"
    printed("partition delivered twice, other content", "extract", commits(world)[0])
    for ref, rows in ((old, 3000), (new, 2999)):
        target = tmp_path / f"{rows}.parquet"
        content = dvc.api.read(ref.path, repo=str(world.remote), rev=ref.commit, mode="rb")
        target.write_bytes(content)
        assert pq.read_metadata(target).num_rows == rows


def test_a_restated_partition_that_goes_back_is_a_third_commit(world: World) -> None:
    file, original = world.accounts(APRIL), world.accounts(APRIL).read_bytes()
    before = len(commits(world))
    file.write_bytes(original.replace(b"\n1,", b"\n999001,", 1))
    world.pipeline(as_of=FIRST).run("extract")
    file.write_bytes(original)
    pipeline = world.pipeline(as_of=FIRST)
    assert pipeline.run() == "check_new_data"
    assert pipeline.results["check_new_data"] is None, "the champion knows these very rows"
    assert len(commits(world)) == before + 2


def test_a_file_that_is_still_being_written_is_worth_a_retry(
    world: World, refused: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    digest = hashlib.file_digest

    def digest_while_it_grows(stream: object, algorithm: object) -> object:
        found = digest(stream, algorithm)  # type: ignore[arg-type]
        with world.accounts().open("a") as file:
            file.write("9999999,2005-06-30,50000,30,0,0,0,1,1,1\n")
        return found

    monkeypatch.setattr("mlops.hooks.sources.delivered_files.hashlib.file_digest", digest_while_it_grows)
    refused(
        "file that is still being written", world.pipeline(), "extract", StorageError, "accounts.csv",
        "still being written", "retried", retried=True,
    )  # fmt: skip
