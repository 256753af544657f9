"""The same rows in other bytes: recognised in every later run of every DAG, without converting them again."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from mlops.data import ingestion
from mlops.hooks.data_registry import DataRegistryHook
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

DAY = "2005-05-31"


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The deliveries that were converted, by URI."""
    seen: list[str] = []
    convert = ingestion.convert

    def count(source: Any, *, origin: str, **options: Any) -> Any:
        seen.append(origin)
        return convert(source, origin=origin, **options)

    monkeypatch.setattr(ingestion, "convert", count)
    return seen


def extract(folder: Path, kind: str = "training") -> dict[str, Any]:
    return dict(DagRun(folder, as_of=DAY, kind=kind).run_task("extract"))


def end_lines_as_windows_does(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def quote(file: Path) -> None:
    lines = file.read_text().splitlines()
    file.write_text("".join(",".join(f'"{field}"' for field in line.split(",")) + "\n" for line in lines))


def pack(file: Path) -> None:
    file.write_bytes(gzip.compress(file.read_bytes()))


@pytest.mark.parametrize("redeliver", [end_lines_as_windows_does, quote, pack])
def test_it_is_converted_once_more_and_never_again(
    small_model: Path, small_source: Path, converted: list[str], redeliver: Callable[[Path], None]
) -> None:
    first = extract(small_model)
    versions = DataRegistryHook().pointers(small_model.name)
    converted.clear()
    redeliver(small_source / "accounts" / f"as_of={DAY}" / "accounts.csv")
    again = extract(small_model)
    assert len(converted) == 1
    assert (again["manifest_digest"], again["changed"]) == (first["manifest_digest"], [])
    for kind in ("training", "scoring", "monitoring"):
        later = extract(small_model, kind)
        assert later["changed"] == []
    assert len(converted) == 1, "what was found by one run is not known to the next"
    assert DataRegistryHook().pointers(small_model.name) == versions, "the version names what it was made of"


def test_it_is_known_by_its_own_version_only(
    small_model: Path, small_source: Path, converted: list[str]
) -> None:
    """The old rows again, after others were delivered, are news."""
    file = small_source / "accounts" / f"as_of={DAY}" / "accounts.csv"
    extract(small_model)
    end_lines_as_windows_does(file)
    extract(small_model)
    windows = file.read_bytes()
    file.write_bytes(b"".join(windows.splitlines(keepends=True)[:-1]))
    assert extract(small_model)["changed"] == [f"features/{DAY}"]
    file.write_bytes(windows)
    assert extract(small_model)["changed"] == [f"features/{DAY}"]


def test_two_that_find_it_at_once_agree(small_model: Path, small_source: Path, converted: list[str]) -> None:
    extract(small_model)
    end_lines_as_windows_does(small_source / "accounts" / f"as_of={DAY}" / "accounts.csv")
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: extract(small_model), range(2))
    assert one == other
    converted.clear()
    extract(small_model)
    assert converted == []


def test_a_record_that_is_not_understood_is_made_anew(
    small_model: Path, small_source: Path, converted: list[str], state: Path
) -> None:
    extract(small_model)
    end_lines_as_windows_does(small_source / "accounts" / f"as_of={DAY}" / "accounts.csv")
    extract(small_model)
    (record,) = (state / "store" / "models" / small_model.name / "deliveries").rglob("*.json")
    record.write_text('{"format": 99}')
    converted.clear()
    extract(small_model)
    assert len(converted) == 1


def test_part_files_with_the_rows_of_one_file_are_the_same_content(
    small_model: Path, small_source: Path, converted: list[str]
) -> None:
    first = extract(small_model)
    for file in small_source.glob("accounts/*/accounts.csv"):
        header, *rows = file.read_text().splitlines(keepends=True)
        for number, start in enumerate(range(0, len(rows), 1000)):
            part = file.with_name(f"part-{number:05}.csv")
            part.write_text("".join([header, *rows[start : start + 1000]]))
        file.unlink()
        file.with_name("_SUCCESS").touch()
    yaml = small_model / "model.yaml"
    yaml.write_text(yaml.read_text().replace("as_of={partition}/accounts.csv", "as_of={partition}/"))
    again = extract(small_model)
    assert (again["manifest_digest"], again["rows"], again["changed"]) == (
        first["manifest_digest"],
        first["rows"],
        [],
    )
    converted.clear()
    extract(small_model)
    assert converted == []
