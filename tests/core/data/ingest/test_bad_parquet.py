"""Every way in which a delivered Parquet file was wrong."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import DataError

pytestmark = pytest.mark.core

ORIGIN = "s3://deliveries/accounts/as_of=2005-04-30/accounts.parquet"


@pytest.fixture
def message(deliver, tmp_path):
    """Return a function that converts what must fail, and gives the message."""

    def run(content, **options):
        with pytest.raises(DataError) as caught:
            deliver(content, "parquet", **options)
        folder = tmp_path / "snapshots"
        assert not folder.exists() or list(folder.iterdir()) == [], "a failed conversion left files"
        text = str(caught.value)
        assert text.startswith(f"{ORIGIN}: ")
        assert "\n" not in text
        return text.removeprefix(f"{ORIGIN}: ")

    return run


def test_an_empty_file(message):
    assert message(b"") == "the file is empty (0 bytes). Deliver the complete file again."


@pytest.mark.parametrize("keep", [4, 11, 300, -1, -9])
def test_a_truncated_file(message, parquet, keep):
    content = parquet()
    text = message(content[:keep])
    assert f"a file of {len(content[:keep]):,} bytes that is not valid Parquet" in text
    assert "truncated" in text
    assert "deliver it again" in text


def test_a_damaged_footer(message, parquet):
    content = parquet()
    assert "not valid Parquet" in message(content[:-60] + b"\xff" * 52 + content[-8:])


def test_a_csv_file_called_parquet(message):
    assert "it has another format" in message(b"customer_id,as_of\n1,2005-04-30\n")


def test_a_damaged_page(message, parquet):
    content = bytearray(parquet(sex=["abcdefgh" * 50, None]))
    place = content.index(b"abcdefgh")
    content[place - 12 : place + 40] = b"\xff" * 52
    text = message(bytes(content))
    assert "could not be read" in text
    assert "deliver it again" in text


def test_columns_but_no_rows(message, parquet):
    empty = {
        "customer_id": pa.array([], pa.int64()),
        "as_of": pa.array([], pa.date32()),
        "bill_amount": pa.array([], pa.float64()),
        "sex": pa.array([], pa.string()),
        "defaulted": pa.array([], pa.int8()),
    }
    assert "a header but no rows" in message(parquet(**empty))


def test_a_missing_column(message, parquet):
    text = message(parquet(bill_amount=None))
    assert "column 'bill_amount' is missing. Columns found: 'customer_id'" in text


def test_a_renamed_column_is_recognised(message, parquet):
    text = message(parquet(bill_amount=None, bill_amnt=[1.0, 2.0]))
    assert "found 'bill_amnt', which is not in model.yaml: was it renamed?" in text


def test_a_duplicated_column(message, tmp_path):
    names = ["customer_id", "as_of", "bill_amount", "sex", "defaulted", "sex"]
    table = pa.Table.from_arrays([pa.array([1])] * 6, names=names)
    pq.write_table(table, tmp_path / "twice.parquet")
    assert "duplicate columns 'sex'; expected each name once" in message(
        (tmp_path / "twice.parquet").read_bytes()
    )


@pytest.mark.parametrize(
    ("column", "values", "stored"),
    [
        ("bill_amount", [True, False], "Boolean"),
        ("bill_amount", [[1.0], [2.0]], "List"),
        ("customer_id", [True, False], "Boolean"),
        ("as_of", [20050430, 20050430], "Int64"),
        ("as_of", pa.array([datetime(2005, 4, 30)] * 2, pa.timestamp("us", "UTC")), "Datetime"),
        ("sex", [1.0, 2.0], "Float64"),
        ("sex", [b"1", b"2"], "Binary"),
        ("defaulted", [b"0", b"1"], "Binary"),
    ],
)
def test_a_column_stored_in_another_type(message, parquet, column, values, stored):
    text = message(parquet(**{column: values}))
    assert f"column {column!r} is stored as {stored}" in text
    assert "Deliver the file again with other types" in text


def test_all_columns_of_another_type_are_named_at_once(message, parquet):
    text = message(parquet(bill_amount=[True, False], sex=[0.0, 1.0]))
    assert "'bill_amount'" in text
    assert "'sex'" in text


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("customer_id", pa.array([1, 2**63], pa.uint64()), "row 2: '9223372036854775808'"),
        ("customer_id", [None, 2], "row 1: nothing"),
        ("as_of", [date(2005, 4, 30), None], "row 2: nothing"),
        ("as_of", ["2005-04-30", "30.04.2005"], "row 2: '30.04.2005'"),
        ("as_of", [datetime(2005, 4, 30), datetime(2005, 4, 30, 13)], "row 2: '2005-04-30 13:00:00'"),
        ("defaulted", [300, 0], "row 1: '300'"),
        ("defaulted", [0.0, 0.5], "row 2: '0.5'"),
        ("defaulted", ["0", "yes"], "row 2: 'yes'"),
        ("customer_id", [1.0, 2.5], "row 2: '2.5'"),
        ("customer_id", [1.0, 2.0**53 + 2], "row 2: '9007199254740994.0'"),
        ("bill_amount", ["1", "NA"], "row 2: 'NA'"),
        ("defaulted", [None, None], "row 1: nothing; row 2: nothing"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_row_and_column(message, parquet, column, values, found):
    text = message(parquet(**{column: values}))
    assert f"column {column!r} has values that model.yaml does not allow. Found {found}. Expected" in text
