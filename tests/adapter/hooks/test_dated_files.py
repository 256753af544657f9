"""A file that holds all partitions, read by the hook: what is remembered, and what is read again."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from include.data.ingest.convert import convert
from include.data.schema import table_columns
from include.errors import DataError, StorageError
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.sources import dated_files
from mlops.hooks.sources.dated_files import DatedFiles
from tests.world.dated_table import dated_table

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

HEADER = "customer_id,as_of,amount,region\n"
ROWS = {1: "1,2024-01-10,5.5,a\n", 2: "2,2024-01-20,6.5,b\n", 3: "1,2024-02-10,7.5,a\n"}
JANUARY, FEBRUARY = "2024-01-31", "2024-02-29"


@pytest.fixture
def folder(state: Path) -> Path:
    found = state / "source" / "credit_risk"
    found.mkdir(parents=True)
    return found


@pytest.fixture
def file(folder: Path) -> Path:
    written = folder / "accounts.csv"
    written.write_text(HEADER + "".join(ROWS.values()))
    return written


def source(uri: str = "accounts.csv", **table: Any) -> DatedFiles:
    return dated_table(uri, store=ObjectStoreHook(), **table)


def fingerprints(of: DatedFiles) -> dict[str, str | None]:
    return {name: of.fingerprint(name) for name in of.partitions()}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were parsed, in their order."""
    found: list[str] = []
    real = dated_files.index_file
    monkeypatch.setattr(
        dated_files, "index_file", lambda file, today: found.append(file.part.origin) or real(file, today)
    )
    return found


def test_partitions_are_listed_and_fetched_in_one_pass(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = source()
    passes: list[int] = []
    real = dated_files.cut_files
    monkeypatch.setattr(dated_files, "cut_files", lambda *args: passes.append(1) or real(*args))
    assert table.partitions() == {day: f"file://{file}?partition={day}" for day in (JANUARY, FEBRUARY)}
    table.expect([JANUARY, FEBRUARY])
    first, second = (table.fetch(day, tmp_path) for day in (JANUARY, FEBRUARY))
    assert passes == [1]
    assert first.files[0].read_text() == HEADER + ROWS[1] + ROWS[2]
    assert second.files[0].read_text() == HEADER + ROWS[3]
    assert (first.origins, first.sha256) == ((f"file://{file}",), table.fingerprint(JANUARY))


def test_a_file_that_has_not_changed_is_not_parsed_again(file: Path, parsed: list[str]) -> None:
    before = fingerprints(source())
    assert fingerprints(source()) == before
    assert parsed == [f"file://{file}"]
    file.write_text(file.read_text() + "9,2024-01-31,1.5,b\n")
    after = fingerprints(source())
    assert len(parsed) == 2
    assert after[JANUARY] != before[JANUARY], "a row that comes late restates its partition"
    assert after[FEBRUARY] == before[FEBRUARY]


def test_of_a_folder_only_the_new_file_is_parsed(folder: Path, parsed: list[str]) -> None:
    parts = folder / "accounts"
    parts.mkdir()
    for number, row in ROWS.items():
        (parts / f"{number}.csv").write_text(HEADER + row)
    before = fingerprints(source("accounts/"))
    (parts / "4.csv.gz").write_bytes(gzip.compress((HEADER + "5,2024-03-01,1.5,b\n").encode()))
    after = fingerprints(source("accounts/"))
    assert [name.rpartition("/")[2] for name in parsed] == ["1.csv", "2.csv", "3.csv", "4.csv.gz"]
    assert {day: after[day] for day in before} == before
    assert list(after) == [JANUARY, FEBRUARY, "2024-03-31"]


@pytest.mark.parametrize("damaged", ["[]", '{"format": 1}', '{"format": 1, "files": [[1]]}', '{"format": 9}'])
def test_notes_that_are_damaged_are_made_anew(damaged: str, file: Path, parsed: list[str]) -> None:
    table = source()
    before = fingerprints(table)
    store = ObjectStoreHook()
    store.write_text(store.resolve(table._notes.key), damaged)
    assert fingerprints(source()) == before
    assert len(parsed) == 2


def test_without_a_file_there_is_nothing(folder: Path) -> None:
    assert source().partitions() == {}
    assert source("accounts/").partitions() == {}


def test_times_are_delivered_once_their_period_is_over(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(HEADER + "1,2024-02-10 10:00:00,7.5,a\n2,2024-03-01 00:30:00,7.5,a\n")
    for today, listed in {"2024-03-31": [FEBRUARY], "2024-04-01": [FEBRUARY, "2024-03-31"]}.items():
        monkeypatch.setattr(DatedFiles, "_today", lambda _, day=today: dated_files.date.fromisoformat(day))
        assert list(source().partitions()) == listed


def test_a_partition_that_rolls_out_keeps_its_version(file: Path) -> None:
    file.write_text(HEADER + ROWS[2] + ROWS[3])
    table = source()
    table.partitions()
    assert table.has_rolled_out(JANUARY, 2)
    assert not table.has_rolled_out(JANUARY, 1), "no row less"
    assert not table.has_rolled_out(FEBRUARY, 9), "not the oldest"


def test_a_file_that_is_replaced_before_it_is_cut_is_read_again(file: Path, tmp_path: Path) -> None:
    table = source()
    table.partitions()
    file.write_text(HEADER + ROWS[1] + ROWS[2] + ROWS[3].replace("7.5", "8.25"))
    with pytest.raises(StorageError, match="changed while it was read"):
        table.fetch(JANUARY, tmp_path)


def test_a_file_that_is_cut_short_while_it_is_read_is_read_again(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = source()
    table.partitions()

    def replace(*_: object) -> None:
        file.write_text("customer_id,as")
        raise DataError("the end is missing")

    monkeypatch.setattr(dated_files, "cut_files", replace)
    with pytest.raises(StorageError, match="The task is retried"):
        table.fetch(JANUARY, tmp_path)


def test_a_part_file_that_appears_while_others_are_read_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = folder / "accounts"
    parts.mkdir()
    (parts / "1.csv").write_text(HEADER + ROWS[1])
    real = ObjectStoreHook.local_path

    def appear(store: ObjectStoreHook, path: Any, scratch: Path) -> Path:
        (parts / "2.csv").write_text(HEADER + ROWS[2])
        return real(store, path, scratch)

    monkeypatch.setattr(ObjectStoreHook, "local_path", appear)
    with pytest.raises(StorageError, match="changed while it was read: is it still being written"):
        source("accounts/").partitions()


def test_a_part_file_without_a_column_is_named(folder: Path) -> None:
    parts = folder / "accounts"
    parts.mkdir()
    (parts / "1.csv").write_text(HEADER + ROWS[1])
    (parts / "2.csv").write_text("customer_id,as_of,amount\n2,2024-01-20,6.5\n")
    with pytest.raises(DataError, match=r"2\.csv: column 'region' is missing"):
        source("accounts/").partitions()


def test_a_file_without_the_column_that_it_is_cut_by_is_named(file: Path) -> None:
    table = source(column="posted_on")
    with pytest.raises(DataError, match=r"accounts\.csv: column 'posted_on' is there 0 times.*model\.yaml"):
        table.partitions()


def test_a_wrong_value_is_named_by_its_line_in_the_whole_file(file: Path, tmp_path: Path) -> None:
    file.write_text(HEADER + ROWS[1] + ROWS[2] + "3,2024-02-11,many,a\n")
    table = source()
    table.partitions()
    delivery = table.fetch(FEBRUARY, tmp_path)
    with pytest.raises(DataError, match=r"accounts\.csv.*line 4") as caught:
        convert(
            delivery.files, fmt=delivery.fmt, columns=table_columns(table.settings.config, "features"),
            target=tmp_path / "out.parquet", origin=delivery.uri, part_origins=delivery.origins,
            part_numbers=delivery.numbers,
        )  # fmt: skip
    assert "many" in str(caught.value)
