"""Partitions of a file that holds them all: nothing is lost, and what was restated is seen, and only that."""

from __future__ import annotations

import csv
import gzip
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from include.data.ingest.convert import open_part
from include.data.ingest.formats import FORMATS
from include.data.ingest.row_numbers import RowNumbers
from include.data.schema import Column
from include.data.sources.cut import cut_files
from include.data.sources.dated_file import CutRule
from include.data.sources.dated_formats import DATED_FORMATS
from include.data.sources.index import Index, add_up, index_file
from include.data.sources.periods import last_day
from include.errors import DataError

if TYPE_CHECKING:
    from include.config.data_schema import Period, SourceFormat
    from include.data.sources.dated_file import DatedFile

pytestmark = pytest.mark.core

TODAY = date(2024, 6, 30)
COLUMNS = (Column("id", "integer"), Column("day", "text"), Column("note", "text"))
FORMAT_NAMES: tuple[SourceFormat, ...] = ("csv", "parquet")
ROWS = st.lists(
    st.tuples(
        st.dates(date(2024, 1, 1), date(2024, 3, 31)).map(date.isoformat),
        st.sampled_from(["", "a", 'say "so"', "two\nlines", "x,y", "é"]),
    ),
    min_size=1,
    max_size=40,
)
EVERY = st.sampled_from(["day", "week", "month"])


def rule(every: Period = "month", timezone: str = "UTC") -> CutRule:
    return CutRule(column="day", every=every, timezone=timezone, columns=COLUMNS)


def dated(file: Path, how: CutRule) -> DatedFile:
    fmt: SourceFormat = "parquet" if file.suffix == ".parquet" else "csv"
    return DATED_FORMATS[fmt](open_part(FORMATS[fmt], file, f"file://{file.name}"), how)


def write(file: Path, rows: list[tuple[Any, ...]], names: tuple[str, ...] = ("id", "day", "note")) -> Path:
    if file.suffix == ".parquet":
        pl.DataFrame(rows, schema=list(names), orient="row").write_parquet(file)
        return file
    with file.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([names, *rows])
    return file


def numbered(rows: list[tuple[str, str]]) -> list[tuple[Any, ...]]:
    return [(number, *row) for number, row in enumerate(rows)]


def digests(index: Index) -> dict[str, str]:
    return {name: found.digest for name, found in index.partitions.items()}


@pytest.mark.parametrize("fmt", FORMAT_NAMES)
@settings(max_examples=30)
@given(rows=ROWS, every=EVERY)
def test_what_is_cut_out_is_the_file_again(fmt: str, rows: list[tuple[str, str]], every: Period) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        whole = write(folder / f"whole.{fmt}", numbered(rows))
        table = dated(whole, rule(every))
        index = index_file(table, TODAY)
        cut = cut_files([table], set(index.partitions), folder, TODAY)
        assert {name: found.rows for name, found in cut.items()} == {
            name: found.rows for name, found in index.partitions.items()
        }
        pieces = []
        for partition, found in cut.items():
            for part in found.parts:
                piece = read(part.file)
                days = piece["day"].to_list()
                assert {last_day(date.fromisoformat(day), every).isoformat() for day in days} == {partition}
                pieces.append(piece)
        assert_frame_equal(pl.concat(pieces).sort("id"), read(whole))


def read(file: Path) -> pl.DataFrame:
    if file.suffix == ".parquet":
        return pl.read_parquet(file)
    with file.open(newline="") as stream:
        names, *rows = csv.reader(stream)
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("id").cast(pl.Int64))


@pytest.mark.parametrize("fmt", FORMAT_NAMES)
@settings(max_examples=30)
@given(rows=ROWS, every=EVERY, at=st.integers(0, 39))
def test_a_restated_row_changes_its_partition_and_no_other(
    fmt: str, rows: list[tuple[str, str]], every: Period, at: int
) -> None:
    with TemporaryDirectory() as name:
        before = numbered(rows)
        after = list(before)
        number, day, note = after[at % len(after)]
        after[at % len(after)] = (number, day, f"{note}!")
        old, new = (
            digests(index_file(dated(write(Path(name) / f"{which}.{fmt}", table), rule(every)), TODAY))
            for which, table in (("old", before), ("new", after))
        )
        changed = {partition for partition in old if old[partition] != new[partition]}
        assert changed == {last_day(date.fromisoformat(day), every).isoformat()}


@pytest.mark.parametrize("fmt", FORMAT_NAMES)
def test_a_row_that_comes_late_restates_its_partition(fmt: str, tmp_path: Path) -> None:
    rows = numbered([("2024-01-05", "a"), ("2024-02-05", "b")])
    old = digests(index_file(dated(write(tmp_path / f"old.{fmt}", rows), rule()), TODAY))
    later = [*rows, (9, "2024-01-31", "late"), (10, "2024-03-01", "new")]
    new = digests(index_file(dated(write(tmp_path / f"new.{fmt}", later), rule()), TODAY))
    assert list(new) == ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert new["2024-01-31"] != old["2024-01-31"]
    assert new["2024-02-29"] == old["2024-02-29"]


@pytest.mark.parametrize("fmt", FORMAT_NAMES)
@settings(max_examples=20)
@given(rows=ROWS, at=st.integers(0, 40))
def test_order_and_files_do_not_matter(fmt: str, rows: list[tuple[str, str]], at: int) -> None:
    with TemporaryDirectory() as name:
        folder, table = Path(name), numbered(rows)
        whole = index_file(dated(write(folder / f"whole.{fmt}", table), rule()), TODAY)
        halves = [table[at:][::-1], table[:at]]
        files = [write(folder / f"{n}.{fmt}", half) for n, half in enumerate(halves) if half]
        parts = add_up([index_file(dated(file, rule()), TODAY) for file in files], rule())
        assert digests(parts) == digests(whole)


def test_an_index_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    table = dated(write(tmp_path / "a.csv", numbered([("2024-01-05", "a"), ("2024-02-05", "b")])), rule())
    index = index_file(table, TODAY)
    assert Index.from_plain(index.to_plain()) == index


def test_a_compressed_file_is_cut(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.csv", numbered([("2024-01-05", "a"), ("2024-02-05", "b")]))
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert digests(index_file(dated(packed, rule()), TODAY)) == digests(
        index_file(dated(plain, rule()), TODAY)
    )


@pytest.mark.parametrize(("fmt", "found"), [("csv", 8), ("parquet", 4)])
def test_rows_that_were_cut_out_know_where_they_stood(fmt: str, found: int, tmp_path: Path) -> None:
    rows = numbered([
        ("2024-01-05", "a\nb"),
        ("2024-02-05", "c"),
        ("2024-01-06", "d\ne"),
        ("2024-02-06", "f"),
    ])
    table = dated(write(tmp_path / f"a.{fmt}", rows), rule())
    (part,) = cut_files([table], {"2024-02-29"}, tmp_path, TODAY)["2024-02-29"].parts
    second = {"csv": 3, "parquet": 2}[fmt]
    assert RowNumbers.beside(part.file).find(second) == found - (fmt == "csv")


@pytest.mark.parametrize("fmt", FORMAT_NAMES)
@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ("", ""),
        ("04/05/2024", "'04/05/2024'"),
        ("1970-01-01", "'1970-01-01'"),
        ("2024-07-02", "'2024-07-02'"),
        ("2024-02-30", "'2024-02-30'"),
        ("9999-12-31T23:59:59-14:00", "'9999-12-31T23:59:59-14:00'"),
        ("20240105", "'20240105'"),
    ],
)
def test_a_row_on_no_day_that_can_be_is_named(fmt: str, wrong: str, shown: str, tmp_path: Path) -> None:
    table = dated(write(tmp_path / f"a.{fmt}", numbered([("2024-01-05", "a"), (wrong, "b")])), rule())
    place = {"csv": "line 3", "parquet": "row 2"}[fmt]
    with pytest.raises(DataError, match="column 'day' does not say to which partition") as caught:
        index_file(table, TODAY)
    message = str(caught.value)
    assert f"file://a.{fmt}" in message
    assert f"{place}: {shown}" in message
    assert "Expected a date such as 2005-04-30" in message
    assert "Deliver the table again" in message


def test_a_row_without_a_day_is_named(tmp_path: Path) -> None:
    rows = [(1, date(2024, 1, 5), "a"), (2, None, "b")]
    with pytest.raises(DataError, match="row 2: "):
        index_file(dated(write(tmp_path / "a.parquet", rows), rule()), TODAY)


@pytest.mark.parametrize(
    "zoned", ["2024-01-05 23:30:00Z", "2024-01-05T23:30:00+01:00", "2024-01-05 23:30 UTC"]
)
def test_clocks_with_and_without_a_zone_are_not_mixed(zoned: str, tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", numbered([("2024-01-05 10:00:00", "a"), (zoned, "b")]))
    with pytest.raises(
        DataError, match=r"mixes clocks.*line 2: times without a zone.*line 3: times with a zone"
    ):
        index_file(dated(table, rule()), TODAY)


def test_clocks_of_two_files_are_not_mixed(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"{number}.csv", numbered([(day, "a")]))
        for number, day in enumerate(["2024-01-05 10:00:00", "2024-01-05 10:00:00Z"])
    ]
    with pytest.raises(DataError, match="mixes clocks"):
        add_up([index_file(dated(file, rule()), TODAY) for file in files], rule())


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("moment", "day"),
    [  # clocks of New York: put forward on 10 March, back on 3 November
        ("2024-03-10T04:59:59", "2024-03-09"),
        ("2024-03-10T05:00:00", "2024-03-10"),
        ("2024-03-11T03:59:59", "2024-03-10"),
        ("2024-03-11T04:00:00", "2024-03-11"),
        ("2023-11-05T04:00:00", "2023-11-05"),
        ("2023-11-06T04:59:59", "2023-11-05"),
        ("2023-11-06T05:00:00", "2023-11-06"),
    ],
)
def test_a_moment_is_on_a_day_of_the_tables_zone(fmt: str, moment: str, day: str, tmp_path: Path) -> None:
    value: Any = f"{moment}Z"
    if fmt == "parquet":
        value = datetime.fromisoformat(f"{moment}+00:00")
    table = write(tmp_path / f"a.{fmt}", [(1, value, "a")])
    assert list(index_file(dated(table, rule("day", "America/New_York")), TODAY).partitions) == [day]


def test_a_time_without_a_zone_is_on_the_day_that_is_written(tmp_path: Path) -> None:
    rows = numbered([("2024-03-31 02:30:00", "never was"), ("2024-03-31 23:59:59", "a")])
    index = index_file(dated(write(tmp_path / "a.csv", rows), rule("day", "Europe/Prague")), TODAY)
    assert {name: found.rows for name, found in index.partitions.items()} == {"2024-03-31": 2}


def test_tomorrow_may_have_begun_elsewhere(tmp_path: Path) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    index = index_file(dated(write(tmp_path / "a.csv", numbered([(tomorrow, "a")])), rule("day")), TODAY)
    assert list(index.partitions) == [tomorrow]
