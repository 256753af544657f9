"""Several files make one delivery, and every row of it arrives."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pytest

from include.data.dataset_files import file_digest
from include.data.ingest.convert import convert
from include.data.ingest.formats import FORMATS
from include.errors import DataError
from tests.core.data.conftest import Converted

pytestmark = pytest.mark.core

HEADER = "customer_id,as_of,bill_amount,sex,defaulted,note\n"
ROWS = [f"{i},2005-04-30,{i}.5,{i % 2},{i % 2},n\n" for i in range(6)]


@pytest.fixture
def join(tmp_path, columns):
    def join(contents, fmt="csv", **options):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"part-{number}.{fmt}")
            files[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        rows = convert(
            files, fmt=fmt, columns=columns, target=tmp_path / "out", origin="s3://b/day", **options
        )
        return Converted(rows, file_digest(tmp_path / "out"))

    return join


def test_parts_are_one_delivery_in_their_order(join):
    whole = join([HEADER + "".join(ROWS)])
    turned = (
        "note,defaulted,sex,bill_amount,as_of,customer_id\n"
        + ",".join(ROWS[2].strip().split(",")[::-1])
        + "\n"
    )
    parts = [HEADER + "".join(ROWS[:2]), turned, gzip.compress((HEADER + "".join(ROWS[3:])).encode())]
    assert whole.rows == 6
    assert join(parts) == whole
    assert join(parts[::-1]).sha256 != whole.sha256


def test_a_part_may_have_no_row(join):
    assert join([HEADER, HEADER + ROWS[0], HEADER]).rows == 1
    with pytest.raises(DataError, match=r"s3://b/day: a header but no rows"):
        join([HEADER, HEADER])


def test_parts_of_parquet_may_have_types_of_their_own(join, parquet):
    first, second = (
        parquet(),
        parquet(bill_amount=pa.array([1, 2], pa.int32()), sex=pa.nulls(2), defaulted=[True, False]),
    )
    assert join([first, second], "parquet").rows == 4


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (
            "customer_id,as_of,bill_amount,sex,defaulted\n",
            "s3://b/day/part-1.csv: the file lacks 'note'; expected the",
        ),
        (
            HEADER.replace("note", "other"),
            "lacks 'note' and has the additional columns 'other'; expected the columns of s3://b/day/part-0",
        ),
        (HEADER.replace("note", "sex"), "s3://b/day/part-1.csv"),
        (
            HEADER.replace("sex", "gender"),
            "s3://b/day/part-1.csv: the file lacks 'sex' and has the additional columns 'gender'",
        ),
        ("", "s3://b/day/part-1.csv: the file is empty"),
        (HEADER + "1,2005-04-30,x,0,0,n\n", "s3://b/day/part-1.csv: column 'bill_amount' .* line 2"),
        (HEADER + '1,2005-04-30,1,0,0,5" pipe\n', "s3://b/day/part-1.csv: line 2"),
        (HEADER + "1\n", "s3://b/day/part-1.csv: line 2 has 1 fields"),
        (ROWS[0], "s3://b/day/part-1.csv"),
    ],
)
def test_a_part_that_does_not_fit_is_named(join, tmp_path, second, says):
    with pytest.raises(DataError, match=says):
        join([HEADER + ROWS[0], second])
    assert not (tmp_path / "out").exists()


def test_a_part_that_pandas_wrote_with_a_missing_value_is_seen_beside_one_without(join):
    """Its codes are 1.0 and 2.0, those of the other part 1 and 2: one category would be two."""
    second = HEADER + "3,2005-04-30,1,1.0,0,n\n4,2005-04-30,1,,0,n\n"
    with pytest.raises(DataError, match=r"^s3://b/day/part-1.csv: column 'sex' has categories such as '1.0'"):
        join([HEADER + ROWS[0], second])


def test_parts_may_not_spell_a_truth_value_differently(join):
    parts = [HEADER + f"{key},2005-04-30,1,{value},0,n\n" for key, value in enumerate(["true", "True"])]
    with pytest.raises(
        DataError, match=r"'true' \(s3://b/day/part-0.csv, line 2\), 'True' \(s3://b/day/part-1.csv, line 2\)"
    ):
        join(parts)


def test_parts_are_called_as_the_caller_says(join):
    with pytest.raises(DataError, match=r"^s3://b/day/b.csv: the file is empty"):
        join([HEADER + ROWS[0], ""], part_origins=["s3://b/day/a.csv", "s3://b/day/b.csv"])


def test_a_delivery_without_a_file_is_refused(join):
    with pytest.raises(DataError, match=r"s3://b/day: the delivery has no files"):
        join([])


def test_a_row_that_an_engine_loses_is_noticed(join, monkeypatch):
    """Records that were proven to be there, and rows that came out, are counted by different hands."""
    import polars as pl

    read = pl.read_csv
    monkeypatch.setattr(pl, "read_csv", lambda *args, **options: read(*args, **options).head(5))
    with pytest.raises(
        DataError, match=r"6 records from line 2 on, but 5 rows were read. Nothing was stored"
    ):
        join([HEADER + "".join(ROWS)])


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_a_row_that_is_lost_between_scan_and_snapshot_is_noticed(join, parquet, monkeypatch, fmt):
    scan = FORMATS[fmt].scan
    monkeypatch.setattr(FORMATS[fmt], "scan", lambda delivery: scan(delivery).collect().lazy().head(1))
    content = HEADER + "".join(ROWS[:2]) if fmt == "csv" else parquet()
    with pytest.raises(
        DataError, match=r"2 rows were delivered, but 1 arrived in the snapshot. Nothing was stored"
    ):
        join([content], fmt)
