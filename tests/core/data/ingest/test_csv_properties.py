"""Any CSV, well made or not: its rows arrive as Python's strict reader has them, or it is refused.

Files are made of what means something to a reader of CSV (quotes, commas, line ends, backslashes, bytes that
are no UTF-8 ...), written in any dialect, well or badly, and then damaged. They are read in pieces of any
size, so that the seams of the blocks fall anywhere.
"""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, event, example, given, note, settings
from hypothesis import strategies as st

from include.data.ingest import unpack
from include.data.ingest.convert import convert
from include.data.ingest.readings import BLANKS
from include.data.schema import Column
from include.errors import DataError

pytestmark = pytest.mark.core

COLUMNS = (
    Column("id", "string"),
    Column("day", "date"),
    Column("code", "category"),
    Column("y", "late_target"),
)
HEADER = ["id", "note", "day", "code", "y"]
LONGEST = 1 << 30

TRICKY = [
    '"',
    '""',
    ",",
    "\n",
    "\r\n",
    "\r",
    "\\",
    '\\"',
    '5" pipe',
    "'",
    " ",
    "",
    "a",
    "ä",
    ";",
    "1.0",
    "NA",
    "TRUE",
]
DAYS = st.sampled_from(["2005-04-30", "2005-04-30", "2005-04-30 00:00:00"])
TARGETS = st.sampled_from(["0", "1", "", "True", "1.0"])


def written(rows, **how):
    stream = io.StringIO(newline="")
    csv.writer(stream, **how).writerows([HEADER, *rows])
    return stream.getvalue().encode()


def quoted(fields, always):
    for field in fields:
        needs = always or any(mark in field for mark in '",\r\n')
        yield '"' + field.replace('"', '""') + '"' if needs else field


def damaged(content, places):
    for place, what in places:
        at = place % (len(content) + 1)
        content = content[:at] + (what or b"") + content[at + (what is None) :]
    return content


def rows_of(parts):
    text = st.lists(st.sampled_from(parts), max_size=4).map("".join)
    return st.tuples(text.map(lambda key: key or "k"), text, DAYS, text, TARGETS)


row = rows_of([*TRICKY, "\0", "\ufeff"])
ordinary_row = rows_of(TRICKY)
dialect = st.fixed_dictionaries({
    "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    "doublequote": st.booleans(),
    "lineterminator": st.sampled_from(["\n", "\r\n"]),
    "escapechar": st.just("\\"),
})
by_python = st.builds(lambda rows, how: written(rows, **how), st.lists(row, max_size=6), dialect)
well_made = st.builds(
    lambda rows, end, always: end.join(
        ",".join(quoted(fields, always)) for fields in [HEADER, *rows]
    ).encode(),
    st.lists(ordinary_row, min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
carelessly_joined = st.builds(
    lambda rows, end: (end.join(",".join(fields) for fields in [HEADER, *rows])).encode(),
    st.lists(row, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
DAMAGE = [b'"', b",", b"\n", b"\r", b"\r\n", b"\\", b"\0", b"\xe4", b"\xef\xbb\xbf", b'"\n"', b"x", None]
damage = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(DAMAGE)), max_size=2)
any_file = st.one_of(
    well_made, st.builds(damaged, st.one_of(well_made, by_python, carelessly_joined), damage)
)


def strictly_read(content):
    """Return the columns of the table below the header as Python's strict reader has them."""
    before = csv.field_size_limit(LONGEST)
    try:
        with io.StringIO(content.decode("utf-8-sig"), newline="") as stream:
            header, *rows = csv.reader(stream, strict=True)
    finally:
        csv.field_size_limit(before)
    places = [header.index(column.name) for column in COLUMNS]
    assert all(len(fields) == len(header) for fields in rows)
    return [[fields[place] for place in places] for fields in rows]


def typed(fields):
    """Return a row as the documentation says that it is read."""
    key, day, code, target = fields
    target = target.lstrip(BLANKS)  # blanks alone are a label that is not known yet
    day = date.fromisoformat(day.removesuffix(" 00:00:00"))
    code = {"TRUE": "True", "true": "True", "FALSE": "False", "false": "False"}.get(code, code)
    target = {"True": "1", "False": "0"}.get(target.removesuffix(".0"), target.removesuffix(".0"))
    return key, day, code or None, int(target) if target else None


def converted(folder, content, piece):
    (folder / "x.csv").write_bytes(content)
    before = unpack.PIECE
    unpack.PIECE = piece
    try:
        found = convert([folder / "x.csv"], fmt="csv", columns=COLUMNS, target=folder / "out", origin="x.csv")
    finally:
        unpack.PIECE = before
    rows = [tuple(row.values()) for row in pq.read_table(folder / "out").to_pylist()]
    assert found == len(rows)
    return rows


@given(
    content=any_file,
    piece=st.integers(1, 200),
    packed=st.booleans(),
)
@example(content=b'"id","note","day","code","y"\n"a",",","2005-04-30","b","\n"', piece=1, packed=False)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_rows_are_those_of_the_strict_reader_or_the_file_is_refused(tmp_path, content, piece, packed):
    note(content)
    try:
        rows = converted(tmp_path, gzip.compress(content) if packed else content, piece)
    except DataError as error:
        event("refused")
        if "could not be read" in str(error):
            raise  # refused without the cause
        return
    event("converted")
    assert rows == [typed(fields) for fields in strictly_read(content)]


@given(content=well_made, piece=st.integers(1, 100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_well_made_csv_is_never_refused(tmp_path, content, piece):
    expected = strictly_read(content)
    codes = [fields[2] for fields in expected]
    assume(not all(code.endswith("1.0") or not code for code in codes))  # refused for another reason
    assert converted(tmp_path, content, piece) == [typed(fields) for fields in expected]
