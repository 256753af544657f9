"""One answer for the same byte wherever in the file it stands, with the true cause."""

from __future__ import annotations

import re

import pytest

from include.data.ingest import unpack
from include.data.ingest.convert import convert
from include.data.schema import Column
from include.errors import DataError

pytestmark = pytest.mark.core

COLUMNS = (Column("id", "integer"), Column("day", "date"), Column("code", "category"), Column("y", "target"))
HEADER = b"id,day,code,y,note\n"
ROW = b"1,2005-04-30,c,0,n\n"

SPOILT = [
    (b'5" pipe', "a double quote inside an unquoted field"),
    (b'5" x 6" pipe', "a double quote inside an unquoted field"),
    (b' "a"', "a double quote inside an unquoted field"),
    (b'"a"b', "text after the closing double quote of a field"),
    (b'"a" ', "text after the closing double quote of a field"),
    (b'"a\\"b"', "escapes quotes with a backslash"),
    (b'5\\" pipe', "escapes quotes with a backslash"),
    (b'"open', "double quote"),
    (b"a\0b", "is null"),
    (b"\0", "is null"),
    (b'"a\0b"', "is null"),
    (b"a\rb", "a carriage return without a line feed after it"),
    (b'"a"\rb', "a carriage return without a line feed after it"),
    (b"Universit\xe4t", "0xe4 is not valid UTF-8"),
    (b'"Universit\xe4t"', "0xe4 is not valid UTF-8"),
    (b"\xef\xbb\xbfa", "a byte order mark inside the file"),
    (b"a\xef\xbb\xbf", "a byte order mark inside the file"),
]
TAKEN = [
    b"x" * 200_000,
    b'"' + b'""' * 70_000 + b'"',
    b'"a\r\n\rb"',
    b'"a, ""b"""',
    b'""',
    b"it's",
    b"a\\b",
    b'"a\\"',
    b'"\\"',
    "ä€😀".encode(),
]


@pytest.fixture
def run(tmp_path):
    def run(content):
        (tmp_path / "x.csv").write_bytes(content)
        return convert(
            [tmp_path / "x.csv"], fmt="csv", columns=COLUMNS, target=tmp_path / "out", origin="x.csv"
        )

    return run


def with_field(field, place, column):
    """Return a file of 2,000 rows that has a field in row ``place``."""
    fields = ROW.rstrip(b"\n").split(b",")
    fields[column] = field
    return HEADER + ROW * place + b",".join(fields) + b"\n" + ROW * (1_999 - place)


@pytest.mark.parametrize("column", [2, 4], ids=["used", "unused"])
@pytest.mark.parametrize(("field", "cause"), SPOILT)
def test_a_byte_that_does_not_belong_is_refused_wherever_it_stands(run, monkeypatch, field, cause, column):
    for piece in (1_000, unpack.PIECE):
        monkeypatch.setattr(unpack, "PIECE", piece)
        for place in (0, 1, 700, 1_998, 1_999):
            with pytest.raises(DataError) as caught:
                run(with_field(field, place, column))
            text = str(caught.value)
            line = int(re.match(r"x\.csv: line (\d+)", text)[1])
            # A quote that is not closed shows where the next one opens or the file ends.
            assert line in {place + 2, place + 3}, text
            assert cause in text
            assert "eliver" in text


@pytest.mark.parametrize("column", [2, 4], ids=["used", "unused"])
@pytest.mark.parametrize("field", TAKEN, ids=range(len(TAKEN)))
def test_a_field_that_is_csv_is_taken_wherever_it_stands(run, monkeypatch, field, column):
    for piece in (1_000, unpack.PIECE):
        monkeypatch.setattr(unpack, "PIECE", piece)
        for place in (0, 700, 1_999):
            assert run(with_field(field, place, column)) == 2_000


@pytest.mark.parametrize("field", [b'"a', b'a"', b'a"b', b'"a"b', b"\0", b"\xe4", b"a\rb"])
def test_the_header_is_proven_too(run, field):
    with pytest.raises(DataError, match=r"x.csv: line 1"):
        run(HEADER.replace(b"note", field) + ROW)


def test_a_quote_in_pairs_loses_no_row(run):
    """Both rows went missing: what is between two bare quotes looked like one field."""
    rows = b"".join(
        b"%d,2005-04-30,a,0,%s\n" % (i, b'5" pipe' if i in {0, 1_000} else b"ok") for i in range(1_001)
    )
    with pytest.raises(
        DataError,
        match=r"line 2: not valid CSV .a double quote inside an unquoted field., at .*Double",
    ):
        run(HEADER + rows)


def test_two_rows_whose_quotes_are_escaped_by_a_backslash_do_not_become_one(run):
    rows = b'1,2005-04-30,a,0,"pipe of 5\\""\n2,2005-04-30,b,1,"pipe of 6\\""\n'
    with pytest.raises(
        DataError,
        match=r"line 3: not valid CSV .*the file escapes quotes with a backslash, the default of Spark",
    ):
        run(HEADER + rows)


@pytest.mark.parametrize("place", [0, 100, 250_000])
def test_two_encodings_in_one_file(run, place):
    text = HEADER + "1,2005-04-30,ä,0,n\n".encode() + ROW * place + b"1,2005-04-30,\xe4,0,n\n"
    with pytest.raises(DataError, match=rf"line {place + 3}, .*mixes two encodings"):
        run(text)


@pytest.mark.parametrize(
    "line", [b"\n", b"\r\n", b" \n", b"1\n", b"1,2005-04-30,c,0\n", ROW.replace(b"n\n", b"n,\n")]
)
@pytest.mark.parametrize("place", [0, 1, 250_000])
def test_blank_short_and_long_rows_are_refused_wherever_they_stand(run, line, place):
    with pytest.raises(DataError, match=f"line {place + 2} (is blank|has [1-6] fields).*expected 5 fields"):
        run(HEADER + ROW * place + line + ROW * 3)
    with pytest.raises(DataError, match=f"line {place + 2} (is blank|has [1-6] fields).*expected 5 fields"):
        run(HEADER + ROW * place + line)


def test_a_long_and_a_short_row_do_not_make_two_good_ones(run):
    long, short = ROW.replace(b"n\n", b"n,n\n"), ROW.replace(b",n\n", b"\n")
    with pytest.raises(DataError, match="line 2 has 6 fields"):
        run(HEADER + long + short)
    with pytest.raises(DataError, match="line 2 has 4 fields"):
        run(HEADER + short + long)


@pytest.mark.parametrize("last", ["code", "y", "id", "amount"])
@pytest.mark.parametrize("value", ["1", "2", ""])
def test_nor_do_they_where_the_last_column_is_needed(tmp_path, last, value):
    columns = (*COLUMNS, Column("amount", "number"))
    good = {"id": "1", "day": "2005-04-30", "code": "c", "y": "0", "amount": "2"}
    names = [*(name for name in good if name != last), last]
    whole = ",".join(good[name] for name in names)
    long, short = f"{whole},{value}", whole.rpartition(",")[0]
    for rows in ([long, short], [short, long]):
        for before in (0, 3):
            lines = [",".join(names), *[whole] * before, *rows, whole]
            (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
            with pytest.raises(DataError, match=rf"x.csv: line {before + 2} has [46] fields"):
                convert(
                    [tmp_path / "x.csv"], fmt="csv", columns=columns, target=tmp_path / "out", origin="x.csv"
                )


def test_line_ends_may_be_mixed(run):
    assert run(HEADER + ROW + ROW.replace(b"\n", b"\r\n") + ROW.rstrip(b"\n")) == 3


def test_the_length_of_a_record_is_limited_wherever_it_stands(run):
    for place in (0, 150_000, 200_000):
        assert run(HEADER + ROW * place + ROW.replace(b"n\n", b"n" * 16_000_000 + b"\n") + ROW) == place + 2
        with pytest.raises(DataError, match=f"record in line {place + 2} is longer than 16 MiB"):
            run(HEADER + ROW * place + ROW.replace(b"n\n", b"n" * 17_000_000 + b"\n") + ROW)


def test_large_blocks_of_quoted_lines_are_read_as_python_reads_them(tmp_path, run):
    """Large enough for the engine to share a block among its threads."""
    import csv
    import io

    import pyarrow.parquet as pq

    values = ['a\n"b",', "\n" * 50, '"",""\n', "plain", '"\r\n' * 20, "x" * 3_000]
    stream = io.StringIO(newline="")
    rows = [[i, "2005-04-30", f"{i}{values[i % 6]}", i % 2, values[(i * 7) % 6]] for i in range(20_000)]
    csv.writer(stream, lineterminator="\n").writerows([["id", "day", "code", "y", "note"], *rows])
    assert run(stream.getvalue().encode()) == 20_000
    read = pq.read_table(tmp_path / "out")
    assert read["id"].to_pylist() == [row[0] for row in rows]
    assert read["code"].to_pylist() == [row[2] for row in rows]
