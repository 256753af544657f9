"""Every way in which a delivered CSV file was wrong: the message names file, place, what was found and the
remedy."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from include.data.ingest.column_names import check_columns
from include.data.ingest.convert import convert
from include.data.schema import Column
from include.errors import DataError

pytestmark = pytest.mark.core

HEADER = "customer_id,as_of,bill_amount,sex,defaulted\n"
ROW = "1,2005-04-30,1.5,1,0\n"
ORIGIN = "s3://deliveries/accounts/as_of=2005-04-30/accounts.csv"


@pytest.fixture
def message(deliver, tmp_path):
    """Return a function that converts what must fail, and gives the message."""

    def run(content, **options):
        with pytest.raises(DataError) as caught:
            deliver(content, **options)
        folder = tmp_path / "snapshots"
        assert not folder.exists() or list(folder.iterdir()) == [], (
            "a failed conversion left something behind"
        )
        text = str(caught.value)
        assert text.startswith(f"{ORIGIN}: ")
        assert "\n" not in text
        assert "eliver" in text or "set the table's format" in text, "the message names no remedy"
        return text.removeprefix(f"{ORIGIN}: ")

    return run


def test_nothing_is_left_behind_of_many_conversions_that_fail(tmp_path, columns):
    # A thread of the engine opened the file after its removal: once in six conversions on a busy machine.
    source, folder = tmp_path / "delivered.csv", tmp_path / "snapshots"
    source.write_text(HEADER + ROW + "\n")
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        for _ in range(300):
            with pytest.raises(DataError):
                convert([source], fmt="csv", columns=columns, target=folder / "s.parquet", origin=ORIGIN)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    time.sleep(0.05)
    assert list(folder.iterdir()) == []


def test_a_missing_file(tmp_path, columns):
    with pytest.raises(DataError, match=f"{ORIGIN}: there is no such file. Deliver it, or correct the uri"):
        convert([tmp_path / "gone"], fmt="csv", columns=columns, target=tmp_path / "out", origin=ORIGIN)


def test_a_folder_instead_of_a_file(tmp_path, columns):
    with pytest.raises(DataError, match="there is no such file"):
        convert([tmp_path], fmt="csv", columns=columns, target=tmp_path / "out", origin=ORIGIN)


def test_an_empty_file(message):
    assert message("") == "the file is empty (0 bytes). Deliver the complete file again."


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), HEADER.replace("\n", "\r\n")])
def test_a_header_without_rows(message, content):
    assert "a header but no rows" in message(content)


def test_a_blank_first_line(message):
    assert "line 1 is blank; expected the header" in message("\n" + HEADER + ROW)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_wide_encoding(message, encoding):
    assert "UTF-8" in message((HEADER + ROW).encode(encoding))


def test_latin_1_names_line_and_byte(message):
    text = message((HEADER + ROW + "2,2005-04-30,1,m\xe4nnlich,0\n").encode("latin-1"))
    assert "line 3, byte offset 81: 0xe4 is not valid UTF-8" in text
    assert "after '2,2005-04-30,1,m'" in text


def test_latin_1_in_the_header_names_line_and_byte(message):
    text = message((HEADER.replace("sex", "sex,\xe4lter") + ROW).encode("latin-1"))
    assert "line 1, byte offset 34: 0xe4 is not valid UTF-8" in text


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"BZh91AY", "compressed with bzip2"),
        (b"\xfd7zXZ\x00", "compressed with xz"),
        (b"PK\x03\x04", "ZIP archive or an Excel workbook"),
        (b"PAR1\x15", "a Parquet file"),
        (b"id,\x00\x01", "byte 3 is null"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook of before 2007"),
        (b"\x04\x22\x4d\x18", "compressed with lz4"),
        (b"\xff\x06\0\0sNaPpY", "compressed with snappy"),
        (b"\x78\x9c\x01", "compressed with zlib"),
        (b"\x1f\x9d\x90", "compressed with compress"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"a.csv".ljust(257, b"\0") + b"ustar", "a tar archive"),
        (b"ORC\x08", "an ORC file"),
        (b"Obj\x01", "an Avro file"),
        (b"ARROW1\0\0", "an Arrow (Feather) file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b'{"customer_id": 1, "as_of": ', "JSON"),
        (b'[\n  {"customer_id": 1}', "JSON"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "XML or an HTML page"),
        (b"<!DOCTYPE html><title>403, forbidden", "XML or an HTML page"),
        (b"sep=,\ncustomer_id,", "only Excel understands"),
        (b"sep=;\r\ncustomer_id;", "only Excel understands"),
    ],
)
def test_another_format_is_called_by_its_name(message, start, what):
    assert what in message(start + b"xxxx")


@pytest.mark.parametrize("name", ["PAR1", "BZh91", "ORC", "Obj", "7z", "x", "version", "ARROW1", "sep="])
def test_a_column_may_be_called_as_a_format_begins(deliver, name):
    assert deliver(f"{name},{HEADER}x,{ROW}").rows == 1


def test_a_missing_column(message):
    text = message("customer_id,as_of,sex,defaulted\n1,2005-04-30,1,0\n")
    assert text.startswith(
        "column 'bill_amount' is missing. Columns found: 'customer_id', 'as_of', 'sex', 'defaulted'."
    )


@pytest.mark.parametrize("name", ["bill_amnt", "BILL_AMOUNT", " bill_amount", "bill amount", "billamount"])
def test_a_renamed_column_is_recognised(message, name):
    text = message(HEADER.replace("bill_amount", name) + ROW)
    assert (
        f"column 'bill_amount' is missing; found '{name}', which is not in model.yaml: was it renamed? "
        "Columns found:" in text
    )


def test_two_renamed_columns_get_a_partner_each(message):
    text = message(HEADER.replace("customer_id", "customer").replace("defaulted", "default") + ROW)
    assert "found 'customer'," in text
    assert "found 'default'," in text


def test_one_new_name_explains_one_missing_column_only():
    needed = [Column("amount_1", "number"), Column("amount_2", "number")]
    with pytest.raises(DataError) as caught:
        check_columns(["amount_3"], needed, ORIGIN)
    assert str(caught.value).count("found 'amount_3'") == 1


def test_a_column_of_the_model_is_not_a_renamed_one(message):
    text = message("customer_id,as_of,sex,defaulted,sex2\n1,2005-04-30,1,0,1\n")
    assert "renamed" not in text


def test_a_duplicated_column(message):
    assert "column 'sex' occurs 2 times; expected once" in message("sex," + HEADER + "1," + ROW)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_delimiter(message, mark):
    assert f"has {mark!r} between the column names" in message((HEADER + ROW).replace(",", mark))


def test_line_ends_of_an_old_mac(message):
    assert "carriage return only" in message((HEADER + ROW).replace("\n", "\r"))


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("bill_amount", "NA", "a number such as 1234.5"),
        ("bill_amount", "12 ", "a number such as 1234.5"),
        ("bill_amount", "NT$12", "a number such as 1234.5"),
        ("bill_amount", "1_000", "a number such as 1234.5"),
        ("bill_amount", "true", "a number such as 1234.5"),
        ("bill_amount", "\u0663", "a number such as 1234.5"),
        ("bill_amount", '"1,234.50"', "decimal comma or a thousands separator"),
        ("bill_amount", '"0,5"', "decimal comma or a thousands separator"),
        ("customer_id", "1.5", "a 64-bit integer"),
        ("customer_id", "1e3", "a 64-bit integer"),
        ("customer_id", "True", "a 64-bit integer"),
        ("customer_id", "A17", "a 64-bit integer"),
        ("customer_id", "9223372036854775808", "does not fit into 64 bits"),
        ("customer_id", "-9223372036854775809", "does not fit into 64 bits"),
        ("customer_id", "9" * 5000, "does not fit into 64 bits"),
        ("as_of", "30/04/2005", "an ISO date such as 2005-04-30"),
        ("as_of", "30-04-2005", "an ISO date such as 2005-04-30"),
        ("as_of", "2005/04/30", "an ISO date such as 2005-04-30"),
        ("as_of", "2005-02-30", "an ISO date such as 2005-04-30"),
        ("as_of", "2005-04-30 00:00:01", "an ISO date such as 2005-04-30"),
        ("as_of", "2005-04-30 00:00:00Z", "an ISO date such as 2005-04-30"),
        ("as_of", "20050430", "an ISO date such as 2005-04-30"),
        ("as_of", "38472", "an ISO date such as 2005-04-30"),
        ("defaulted", "yes", "0 or 1"),
        ("defaulted", "0.5", "0 or 1"),
        ("defaulted", "NA", "Write a missing value as an empty field"),
        ("bill_amount", "null", "Write a missing value as an empty field"),
        ("defaulted", "128", "0 or 1"),
    ],
)
def test_a_value_of_another_type_is_named_with_line_and_column(message, column, value, expected):
    good = dict(zip(HEADER.strip().split(","), ROW.strip().split(","), strict=True))
    bad = ",".join({**good, column: value}.values())
    text = message(f"{HEADER}{ROW}{bad}\n")
    assert f"column {column!r} has values that model.yaml does not allow. Found line 3: " in text
    assert value.strip('"')[:30] in text
    assert expected in text


def test_at_most_three_values_are_shown(message):
    text = message(HEADER + "".join(f"{i},2005-04-30,bad{i},1,0\n" for i in range(10)))
    assert "line 2: 'bad0'; line 3: 'bad1'; line 4: 'bad2'." in text
    assert "bad3" not in text


def test_all_bad_values_of_a_column_are_found_however_far_apart(message):
    rows = [f"{i},2005-04-30,{'bad' if i in {0, 4999} else 1},1,0\n" for i in range(5000)]
    assert "line 2: 'bad'; line 5001: 'bad'." in message(HEADER + "".join(rows))


def test_a_value_is_shown_on_one_line_without_control_characters(message):
    text = message(HEADER + '1,2005-04-30,"\x1b[31m\nred",1,0\n')
    assert r"line 2: '\x1b[31m\nred'" in text


def test_a_long_value_is_cut(message):
    text = message(f"{HEADER}1,2005-04-30,{'9x' * 5000},1,0\n")
    assert len(text) < 500


def test_lines_are_counted_as_an_editor_does(message):
    text = message(HEADER + '1,2005-04-30,1,"two\nlines",0\n2,2005-04-30,bad,1,0\n')
    assert "line 4: 'bad'" in text


@pytest.mark.parametrize("column", ["customer_id", "as_of", "defaulted"])
@pytest.mark.parametrize("empty", ["", '""'])
def test_a_row_without_entity_time_or_target(message, column, empty):
    good = dict(zip(HEADER.strip().split(","), ROW.strip().split(","), strict=True))
    text = message(HEADER + ROW + ",".join({**good, column: empty}.values()) + "\n")
    assert f"column {column!r} has values that model.yaml does not allow. Found line 3: nothing." in text


def test_a_text_entity_may_not_be_empty(message):
    columns = (Column("customer_id", "string"), Column("as_of", "date"), Column("defaulted", "target"))
    text = message("customer_id,as_of,defaulted\n,2005-04-30,1\n", columns=columns)
    assert "Found line 2: nothing. Expected non-empty text" in text


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("2,2005-04-30,1,1", "has 4 fields"),
        ("2", "has 1 fields"),
        ("", "is blank"),
        ("2,2005-04-30,1,1,0,9", "has 6 fields"),
        ('2,2005-04-30,1,"a,b"', "has 4 fields"),
    ],
)
@pytest.mark.parametrize("after", ["", ROW])
def test_a_ragged_row(message, row, found, after):
    text = message(f"{HEADER}{ROW}{row}\n{after}")
    assert f"line 3 {found}" in text
    assert "; expected 5 fields, as in the header" in text


@pytest.mark.parametrize("last", ["sex", "note"])
def test_a_short_row_is_seen_though_the_last_column_is_often_empty(deliver, last):
    """The engine fills up short rows, and an empty last field looks the same."""
    header = f"customer_id,as_of,bill_amount,defaulted,{'' if last == 'sex' else 'sex,'}{last}\n"
    width = header.count(",") + 1
    whole = ",".join(["1", "2005-04-30", "1", "0", "", ""][:width]) + "\n"
    assert deliver(header + whole * 3).rows == 3
    with_short_row = header + whole + whole.rstrip("\n").removesuffix(",") + "\n" + whole
    with pytest.raises(DataError, match=f"line 3 has {width - 1} fields"):
        deliver(with_short_row)


def test_a_short_row_is_seen_beside_quoted_commas(deliver):
    header = "customer_id,as_of,bill_amount,defaulted,sex\n"
    with pytest.raises(DataError, match="line 3 has 4 fields"):
        deliver(header + '1,2005-04-30,1,0,"a,b"\n2,2005-04-30,1,0\n3,2005-04-30,1,0,"c\n,"\n')


def test_quoted_commas_and_empty_last_fields_are_no_fault(deliver):
    header = "customer_id,as_of,bill_amount,defaulted,sex\n"
    assert deliver(header + '1,2005-04-30,1,0,"a,\n""b,"""\n2,2005-04-30,1,0,\n').rows == 2


def test_a_file_cut_off_within_a_row(message):
    assert "line 4 has 3 fields" in message((HEADER + ROW * 3)[:-6].rstrip(","))


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ('2,2005-04-30,1,"1,0', "line 3"),
        ('2,2005-04-30,1,"a"b,0', "line 3"),
        ('2,2005-04-30,1,5" screen,0', "line 3"),
    ],
)
def test_quotes_that_do_not_fit(message, row, place):
    text = message(f"{HEADER}{ROW}{row}\n{ROW}")
    assert re.search(f"^{place}: not valid CSV", text)


def test_an_unclosed_quote_in_the_header(message):
    assert "line 1: not valid CSV (a double quote that is never closed" in message(
        'customer_id,"as_of\n' + ROW
    )
