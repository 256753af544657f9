"""The same rows from every kind of files: they become the same versions, and nothing else is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops.hooks.data_registry import DataRegistryHook
from tests.world.dag_run import DagRun
from tests.world.edits import edit
from tests.world.one_file import USUAL, deliveries, in_one_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

DAY = "2005-07-31"


def by_hive_keys(source: Path) -> str:
    for file in deliveries(source):
        year, month, _ = file.parent.name.removeprefix("as_of=").split("-")
        folder = source / "hive" / f"year={year}" / f"month={int(month)}"
        folder.mkdir(parents=True)
        file.rename(folder / "accounts.csv")
    return "uri: hive/year={year}/month={month}/accounts.csv\n    format: csv"


def in_part_files(source: Path) -> str:
    for file in deliveries(source):
        head, *lines = file.read_text().splitlines(keepends=True)
        for number, some in enumerate((lines[:1000], lines[1000:])):
            (file.parent / f"part-{number}.csv").write_text(head + "".join(some))
        file.unlink()
    return "uri: accounts/as_of={partition}/*.csv\n    format: csv"


@pytest.mark.parametrize("lay_out", [by_hive_keys, in_part_files, in_one_file])
def test_the_same_rows_become_the_same_versions(
    small_model: Path, small_source: Path, lay_out: Callable[[Path], str]
) -> None:
    first = DagRun(small_model, as_of=DAY).run_task("extract")
    versions = DataRegistryHook().pointers(small_model.name)
    assert len(versions) >= 4
    edit(small_model / "model.yaml", (USUAL, lay_out(small_source)))
    again = DagRun(small_model, as_of=DAY).run_task("extract")
    assert DataRegistryHook().pointers(small_model.name) == versions
    assert (again["manifest_digest"], again["changed"]) == (first["manifest_digest"], [])
