"""One spelling, one reading: CSV text, the same text in Parquet, and what pandas writes into either."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.schema import Column
from include.errors import DataError

pytestmark = pytest.mark.core

COLUMNS = (
    Column("id", "integer"),
    Column("day", "date"),
    Column("amount", "number"),
    Column("code", "category"),
    Column("y", "late_target"),
)
GOOD = {"id": "7", "day": "2005-04-30", "amount": "1.5", "code": "c", "y": "1"}


@pytest.fixture
def read(deliver, tmp_path):
    """Return a function that delivers a table and gives a column of the snapshot."""

    def read(content, fmt, name):
        deliver(content, fmt, COLUMNS)
        return pq.read_table(tmp_path / "snapshots" / "snapshot.parquet")[name].to_pylist()

    return read


def as_csv(name, values):
    rows = [",".join({**GOOD, name: value}.values()) for value in values]
    return ",".join(GOOD) + "\n" + "".join(f"{row}\n" for row in rows)


def as_parquet(name, values):
    columns = {other: pa.array([value] * len(values)) for other, value in GOOD.items()}
    stream = io.BytesIO()
    pq.write_table(pa.table({**columns, name: values}), stream)
    return stream.getvalue()


READ = [
    ("y", ["1", "0", "", "1.0", "0.0", "-0.0", "True", "False", "true", "FALSE", "NaN", "nan", " "],
     [1, 0, None, 1, 0, 0, 1, 0, 1, 0, None, None, None]),
    ("id", ["7", "7.0", "7.00", "+7", "-7", "007"], [7, 7, 7, 7, -7, 7]),
    ("code", ["True", "false", "yes", "t", "tRUE", " true"], ["True", "False", "yes", "t", "tRUE", " true"]),
    ("code", ["TRUE", "FALSE", "TRUE", ""], ["True", "False", "True", None]),
    ("code", ["true", "maybe"], ["True", "maybe"]),
    ("code", ["NA", "None", "null", "nan", "1", "1.0", "01"],
     ["NA", "None", "null", "nan", "1", "1.0", "01"]),
    ("amount", ["1", "1.0", "", "NaN", "1e3", "-.5", "inf"], [1, 1, None, None, 1000, -0.5, float("inf")]),
    ("day", ["2005-04-30", "2005-04-30 00:00:00", "2005-04-30T00:00:00", "2005-04-30 00:00:00.000",
      "2005-04-30 00:00"], [datetime(2005, 4, 30).date()] * 5),
]  # fmt: skip
REFUSED = [
    ("y", ["0.5", "NA", "null", "None", "yes", "t", "1e0", "\\N"]),
    ("id", ["5.5", "1e3", "True", "", "nan", "9223372036854775808", "7,0"]),
    ("amount", ["NA", "null", "None", "\\N", "1,5", "1.234,5", "True", "-", "12 EUR", "\u0661"]),
    ("day", ["2005-04-30 00:00:01", "2005-04-30T00:00:00Z", "2005-04-30 00:00:00+00:00", "30.04.2005",
             "20050430", "NaT", "", "2005-04-3", "2005-4-30", "0000-01-01",
             " 2005-04-30", "2005-04-30 ", "2005-04- 3"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "expected"), READ)
def test_text_is_read_alike_from_csv_and_parquet(read, name, values, expected):
    assert read(as_csv(name, values), "csv", name) == expected
    assert read(as_parquet(name, values), "parquet", name) == expected


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED for value in values])
def test_text_without_one_sure_reading_is_refused_in_csv_and_parquet(read, name, value):
    quoted = f'"{value}"' if "," in value else value
    for content, fmt, place in (
        (as_csv(name, [GOOD[name], quoted]), "csv", "line 3"),
        (as_parquet(name, [GOOD[name], value]), "parquet", "row 2"),
    ):
        with pytest.raises(
            DataError,
            match=rf"column '{name}' has values .* Found {place}: .*Deliver",
        ):
            read(content, fmt, name)


@pytest.mark.parametrize("value", ["NA", "null", "None", "N/A", "\\N"])
def test_a_spelling_of_missing_that_is_none_here_gets_its_remedy(read, value):
    with pytest.raises(DataError, match=r"Write a missing value as an empty field \(pandas na_rep=''"):
        read(as_csv("amount", [value]), "csv", "amount")


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("y", pa.array([True, False, None]), [1, 0, None]),
        ("y", pa.array([1.0, 0.0, None]), [1, 0, None]),
        ("y", pa.array([1.0, 0.0, float("nan")]), [1, 0, None]),
        ("y", pa.array([1.0, 0.0], pa.float32()), [1, 0]),
        ("y", pa.array([1, 0, None], pa.uint8()), [1, 0, None]),
        ("y", pa.array([Decimal("1.0"), Decimal("0.0")]), [1, 0]),
        ("code", pa.array([True, False, None]), ["True", "False", None]),
        ("code", pa.array([1, None]), ["1", None]),
        ("code", pa.array([Decimal(1), None], pa.decimal128(5, 0)), ["1", None]),
        ("code", pa.array([None, float("nan")], pa.float64()), [None, None]),
        ("code", pa.array(["true", "b"]).dictionary_encode(), ["True", "b"]),
        ("id", pa.array([5.0, 2.0**53]), [5, 2**53]),
        ("id", pa.array([Decimal("5.00")]), [5]),
        ("day", pa.array([datetime(2005, 4, 30)], pa.timestamp("ns")), [datetime(2005, 4, 30).date()]),
    ],
)
def test_a_typed_column_is_read_as_its_text_in_csv(read, name, values, expected):
    assert read(as_parquet(name, values), "parquet", name) == expected


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (pa.array([0, 1], pa.timestamp("ns")), "row 2: '1970-01-01 00:00:00.000000001'"),
        (pa.array([0, -800_000], pa.date32()), "row 2: '-0221-09-04'"),
        (pa.array([0, 3_000_000], pa.date32()), r"row 2: '\+10183-09-21"),
        (pa.array([0, 3_000_000 * 86_400], pa.timestamp("s")), r"row 2: '\+10183-09-21"),
    ],
)
def test_a_day_that_few_can_read_is_named_as_it_stands(read, values, found):
    with pytest.raises(DataError, match=rf"column 'day' has values .* Found {found}.*Deliver"):
        read(as_parquet("day", values), "parquet", "day")


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 0.0, None],
        [True, False, True],
        [True, None, False],
        [1, 0, 1],
        ["1.0", "", "0"],
        [None, None, None],
    ],
)
def test_a_target_of_pandas_is_the_same_from_both_formats(read, values):
    frame = pd.DataFrame({**{name: [value] * 3 for name, value in GOOD.items()}, "y": values})
    expected = [None if value in {None, ""} else int(float(value)) for value in values]
    assert read(frame.to_csv(index=False), "csv", "y") == expected
    assert read(frame.to_parquet(), "parquet", "y") == expected


@pytest.mark.parametrize("values", [[True, False, True], [True, None, False]])
def test_a_boolean_category_of_pandas_is_the_same_from_both_formats(deliver, values):
    frame = pd.DataFrame({**{name: [value] * 3 for name, value in GOOD.items()}, "code": values})
    first = deliver(frame.to_csv(index=False), "csv", COLUMNS).sha256
    assert deliver(frame.to_parquet(), "parquet", COLUMNS).sha256 == first
    assert deliver(frame.to_csv(index=False).replace("True", "TRUE"), "csv", COLUMNS).sha256 == first


@pytest.mark.parametrize("values", [["True", "x", "true"], ["TRUE", "true"], ["FALSE", "True", "False"]])
def test_two_spellings_of_a_truth_value_do_not_become_one_category(read, values):
    for content, fmt, place in (
        (as_csv("code", values), "csv", "line"),
        (as_parquet("code", values), "parquet", "row"),
        (as_parquet("code", pa.array(values).dictionary_encode()), "parquet", "row"),
    ):
        last = len(values) + (fmt == "csv")
        with pytest.raises(
            DataError, match=rf"column 'code' spells a boolean in 2 ways: .*{place} {last}\).*Deliver"
        ):
            read(content, fmt, "code")


def test_two_spellings_are_seen_though_they_stand_far_apart(read, monkeypatch):
    from include.data.ingest import unpack

    monkeypatch.setattr(unpack, "PIECE", 500)
    values = ["True", *['"a\nb"'] * 200, "true"]
    with pytest.raises(DataError, match=r"'true' \(\S+, line 403\), 'True' \(\S+, line 2\)"):
        read(as_csv("code", values), "csv", "code")


def test_whole_numbers_that_a_missing_value_made_floats_are_no_new_categories(read):
    """pandas writes 1, 2 as 1.0, 2.0 as soon as one is missing: last month's categories would be unknown."""
    frame = pd.DataFrame({**{name: [value] * 3 for name, value in GOOD.items()}, "code": [1, 2, None]})
    with pytest.raises(DataError, match=r"column 'code' has categories such as '1.0', and missing values"):
        read(frame.to_csv(index=False), "csv", "code")
    with pytest.raises(DataError, match=r"column 'code' is stored as Float64; expected .*Int64"):
        read(frame.to_parquet(), "parquet", "code")
    whole = frame.astype({"code": "Int64"})
    assert read(whole.to_csv(index=False), "csv", "code") == ["1", "2", None]
    assert read(whole.to_parquet(), "parquet", "code") == ["1", "2", None]


@pytest.mark.parametrize(
    "values", [["250.0", "250", ""], ["1.0", "2.0", "3.0"], ["1.0", "1.10", ""], ["1.0", "x", ""]]
)
def test_a_point_that_belongs_to_a_category_stays(read, values):
    assert read(as_csv("code", values), "csv", "code") == [value or None for value in values]


def test_a_spelling_that_begins_late_in_the_file_is_read_as_if_it_had_been_there_from_the_start(
    read, monkeypatch
):
    from include.data.ingest import unpack

    monkeypatch.setattr(unpack, "PIECE", 500)
    values = ["1"] * 200 + ["True", "0.0", "", "0"] * 50
    assert read(as_csv("y", values), "csv", "y") == [1] * 200 + [1, 0, None, 0] * 50
