from __future__ import annotations

import logging
import math
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.arrow_schema import arrow_schema
from include.data.ingest.convert import convert
from include.data.schema import Column

pytestmark = pytest.mark.core

HEADER = "customer_id,as_of,bill_amount,sex,defaulted\n"
GOOD = HEADER + "1,2005-04-30,1.5,1,0\n2,2005-04-30,,,1\n"


def each_row(change):
    return "".join(",".join(change(line.split(","))) + "\n" for line in GOOD.splitlines())


@pytest.fixture
def rows(tmp_path):
    return lambda: pq.ParquetFile(tmp_path / "snapshots" / "snapshot.parquet").read().to_pylist()


def test_rows_arrive_typed_and_in_order(deliver, rows):
    deliver(GOOD)
    day = date(2005, 4, 30)
    assert rows() == [
        {"customer_id": 1, "as_of": day, "bill_amount": 1.5, "sex": "1", "defaulted": 0},
        {"customer_id": 2, "as_of": day, "bill_amount": None, "sex": None, "defaulted": 1},
    ]


def test_the_log_has_rows_size_and_the_columns_that_were_ignored(deliver, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    converted = deliver(
        GOOD
        .replace("defaulted\n", "defaulted,note,branch\n")
        .replace("0\n", "0,x,y\n")
        .replace(",1\n", ",1,x,y\n")
    )
    size = (tmp_path / "snapshots" / "snapshot.parquet").stat().st_size
    assert converted.rows == 2
    (line,) = caplog.messages
    assert line.endswith(
        f"accounts.csv: 2 rows, {size} bytes in snapshot.parquet; columns ignored: ['note', 'branch']"
    )


def test_the_snapshot_has_the_canonical_schema_for_every_reader(deliver, tmp_path, columns):
    import polars as pl

    deliver(GOOD)
    path = tmp_path / "snapshots" / "snapshot.parquet"
    assert pq.ParquetFile(path).schema_arrow.equals(arrow_schema(columns))
    assert set(pq.ParquetFile(path).metadata.metadata) == {b"ARROW:schema"}
    assert pl.read_parquet(path).schema["sex"] == pl.String


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(GOOD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(GOOD.rstrip("\n"), id="no last line end"),
        pytest.param("\ufeff" + GOOD, id="byte order mark"),
        pytest.param(each_row(lambda fields: [f'"{field}"' for field in fields]), id="quotes"),
        pytest.param(each_row(lambda fields: fields[::-1]), id="order of columns"),
        pytest.param(each_row(lambda fields: [*fields, "x"]), id="another column"),
        pytest.param(GOOD.replace("1.5", "1.50"), id="spelling of numbers"),
        pytest.param(GOOD.replace("1.5", "15e-1").replace(",,", ",NaN,"), id="NaN for missing"),
    ],
)
def test_the_same_rows_give_the_same_bytes(deliver, same):
    assert deliver(same).sha256 == deliver(GOOD).sha256


def test_csv_and_parquet_of_the_same_rows_give_the_same_bytes(deliver, parquet):
    assert deliver(parquet(), "parquet").sha256 == deliver(GOOD).sha256


@pytest.mark.parametrize(
    "change", [("1.5", "1.25"), ("1,0\n", "1,1\n"), ("04-30,1.5", "04-29,1.5"), (",,1", ",2,1")]
)
def test_other_rows_give_other_bytes(deliver, change):
    assert deliver(GOOD.replace(*change, 1)).sha256 != deliver(GOOD).sha256


def test_bytes_do_not_depend_on_the_number_of_cores(tmp_path):
    """Threads take pieces of the file as they come: nothing of that may show in the snapshot."""
    source = tmp_path / "big.csv"
    with source.open("w") as stream:
        stream.write(HEADER)
        stream.writelines(f"{i},2005-04-30,{i / 7},{i % 3 or ''},{i % 2}\n" for i in range(300_000))
    program = f"""
from hashlib import sha256
from pathlib import Path
from include.data.ingest.convert import convert
from include.data.schema import Column
columns = (Column("customer_id", "integer"), Column("as_of", "date"), Column("bill_amount", "number"),
           Column("sex", "category"), Column("defaulted", "target"))
folder = Path({str(tmp_path)!r})
rows = convert([folder / "big.csv"], fmt="csv", columns=columns, target=folder / "out", origin="x")
print(rows, sha256((folder / "out").read_bytes()).hexdigest())
"""
    root = Path(__file__).parents[4]
    printed = {
        subprocess.run(
            [sys.executable, "-c", program], env={"POLARS_MAX_THREADS": cores, "PYTHONPATH": str(root)},
            check=True, capture_output=True, text=True,
        ).stdout
        for cores in ("1", "2", "7")
    }  # fmt: skip
    assert len(printed) == 1
    assert printed.pop().startswith("300000 ")
    assert pq.ParquetFile(tmp_path / "out").metadata.num_row_groups == 3


def test_row_groups_have_a_fixed_size_whatever_the_source_had(tmp_path, deliver):
    table = pa.table({
        "customer_id": pa.array(range(150_000)), "as_of": pa.array([date(2005, 4, 30)] * 150_000),
        "bill_amount": pa.array([1.0] * 150_000), "sex": pa.array(["1"] * 150_000),
        "defaulted": pa.array([0, 1] * 75_000),
    })  # fmt: skip
    digests = set()
    for size in (1_000, 149_999):
        pq.write_table(table, tmp_path / "in.parquet", row_group_size=size)
        digests.add(deliver((tmp_path / "in.parquet").read_bytes(), "parquet").sha256)
    metadata = pq.ParquetFile(tmp_path / "snapshots" / "snapshot.parquet").metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [131_072, 18_928]
    assert len(digests) == 1


def test_infinite_values_stay_for_the_contract_to_check(deliver, rows):
    deliver(HEADER + "1,2005-04-30,inf,1,0\n2,2005-04-30,-inf,1,0\n3,2005-04-30,1e400,1,0\n")
    assert [row["bill_amount"] for row in rows()] == [math.inf, -math.inf, math.inf]


def test_quoted_commas_quotes_and_line_ends_belong_to_the_value(deliver, rows):
    deliver(HEADER + '1,2005-04-30,1,"a, ""b""\nc",0\n')
    assert rows()[0]["sex"] == 'a, "b"\nc'


def test_codes_keep_their_leading_zeros_and_blanks(deliver, rows):
    deliver(HEADER + "1,2005-04-30,1,007,0\n2,2005-04-30,1, x,0\n")
    assert [row["sex"] for row in rows()] == ["007", " x"]


def test_columns_that_are_not_needed_may_hold_anything_and_be_twice_the_same(deliver, caplog):
    caplog.set_level(logging.INFO)
    deliver("note,customer_id,as_of,bill_amount,note,sex,defaulted\n\x1b[31m,1,2005-04-30,1,NA,1,0\n")
    assert "columns ignored: ['note', 'note']" in caplog.text


def test_a_text_entity_keeps_its_spelling(deliver, rows):
    columns = (Column("customer_id", "string"), Column("as_of", "date"), Column("defaulted", "target"))
    deliver("customer_id,as_of,defaulted\n0017,2005-04-30,1\n", columns=columns)
    assert rows() == [{"customer_id": "0017", "as_of": date(2005, 4, 30), "defaulted": 1}]


@pytest.mark.parametrize(
    "replaced",
    [
        {"as_of": pa.array([datetime(2005, 4, 30)] * 2, pa.timestamp("ns"))},
        {"as_of": pa.array([datetime(2005, 4, 30)] * 2, pa.timestamp("ms"))},
        {"as_of": ["2005-04-30"] * 2},
        {"customer_id": pa.array([1, 2], pa.uint8())},
        {"defaulted": [False, True]},
        {"bill_amount": pa.array([1.5, None], pa.float32())},
        {"bill_amount": [1.5, math.nan]},
        {"sex": pa.array(["1", None]).dictionary_encode()},
        {"sex": pa.array([1, None])},
        {"sex": ["1", ""]},
    ],
)
def test_types_with_one_sure_reading_are_taken(deliver, parquet, replaced):
    assert deliver(parquet(**replaced), "parquet").sha256 == deliver(GOOD).sha256


def test_a_column_without_any_value_is_converted(deliver, parquet, rows):
    deliver(parquet(bill_amount=pa.nulls(2), sex=pa.nulls(2)), "parquet")
    assert [(row["bill_amount"], row["sex"]) for row in rows()] == [(None, None)] * 2


def test_brackets_in_a_path_are_no_pattern(tmp_path, columns):
    for name, content in {"a[1].csv": GOOD, "a1.csv": GOOD + "3,2005-04-30,1,1,0\n"}.items():
        (tmp_path / name).write_text(content)
    file = tmp_path / "a[1].csv"
    assert convert([file], fmt="csv", columns=columns, target=tmp_path / "out", origin="x") == 2


def test_a_new_conversion_replaces_the_old_snapshot(deliver, rows):
    deliver(GOOD)
    deliver(GOOD.replace("1.5", "7"))
    assert rows()[0]["bill_amount"] == 7


def test_importing_the_module_imports_nothing_heavy():
    heavy = ("pandas", "polars")
    program = (
        f"import include.data.ingest.convert, sys; print([name for name in {heavy} if name in sys.modules])"
    )
    root = str(Path(__file__).parents[4])
    printed = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": root}, check=True, capture_output=True, text=True
    )
    assert printed.stdout == "[]\n"
