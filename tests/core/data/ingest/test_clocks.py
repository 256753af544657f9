"""Times of day: what is read as which moment, from CSV and from Parquet, and what is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.data.arrow_schema import arrow_schema
from include.data.ingest.clock_text import explain_clock, to_utc
from include.data.ingest.clocks import read_clock
from include.data.schema import Column, schema_digest
from include.errors import DataError

pytestmark = pytest.mark.core

NEW_YORK = "America/New_York"
COLUMNS = (Column("flight", "integer"), Column("left_at", "timestamp", NEW_YORK), Column("miles", "number"))
# 2015: clocks were put forward on 8 March at 02:00, and back on 1 November at 02:00
TWICE, NEVER = "2015-11-01 01:30:00", "2015-03-08 02:30:00"


@pytest.fixture
def read(deliver, tmp_path):
    """Return a function that delivers times and gives those of the snapshot."""

    def run(content, fmt):
        deliver(content, fmt, COLUMNS)
        path = tmp_path / "snapshots" / "snapshot.parquet"
        assert pq.ParquetFile(path).schema_arrow.equals(arrow_schema(COLUMNS))
        return pq.read_table(path)["left_at"].to_pylist()

    return run


def as_csv(*times):
    return "flight,left_at,miles\n" + "".join(f"{row},{time},1\n" for row, time in enumerate(times))


def as_parquet(*times, kind=None):
    stream = io.BytesIO()
    table = {"flight": range(len(times)), "left_at": pa.array(times, kind), "miles": [1.0] * len(times)}
    pq.write_table(pa.table(table), stream)
    return stream.getvalue()


def utc(*fields):
    return datetime(*fields, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2015-07-01 13:45:00", utc(2015, 7, 1, 17, 45)),
        ("2015-07-01T13:45", utc(2015, 7, 1, 17, 45)),
        ("2015-12-01 13:45:00", utc(2015, 12, 1, 18, 45)),
        ("2015-07-01 23:59:59.999999", utc(2015, 7, 2, 3, 59, 59, 999999)),
        ("2015-07-01 13:45:00.123456789", utc(2015, 7, 1, 17, 45, 0, 123456)),
        ("2015-07-01T13:45:00Z", utc(2015, 7, 1, 13, 45)),
        ("2015-07-01 13:45:00 UTC", utc(2015, 7, 1, 13, 45)),
        ("2015-07-01 13:45:00+00", utc(2015, 7, 1, 13, 45)),
        ("2015-07-01T13:45:00+02:00", utc(2015, 7, 1, 11, 45)),
        ("2015-07-01 13:45:00-0430", utc(2015, 7, 1, 18, 15)),
        ("2015-07-01 13:45-05", utc(2015, 7, 1, 18, 45)),
        ("2015-11-01T01:30:00-04:00", utc(2015, 11, 1, 5, 30)),
        ("2015-11-01T01:30:00-05:00", utc(2015, 11, 1, 6, 30)),
        ("2015-11-01 00:59:59", utc(2015, 11, 1, 4, 59, 59)),
        ("2015-11-01 02:00:00", utc(2015, 11, 1, 7)),
        ("1959-01-31 10:00:00", utc(1959, 1, 31, 15)),
    ],
)
def test_each_spelling_has_one_moment(read, written, moment):
    assert read(as_csv(written, written), "csv") == [moment] * 2
    assert read(as_parquet(written, written), "parquet") == [moment] * 2
    if "." not in written:  # Python keeps six digits
        assert to_utc(written, NEW_YORK) == moment.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (datetime(2015, 7, 1, 13, 45), pa.timestamp("ns")),
        (datetime(2015, 7, 1, 13, 45), pa.timestamp("ms")),
        (utc(2015, 7, 1, 17, 45), pa.timestamp("us", "UTC")),
        (utc(2015, 7, 1, 17, 45), pa.timestamp("ns", NEW_YORK)),
        (utc(2015, 7, 1, 17, 45), pa.timestamp("s", "Asia/Kolkata")),
    ],
    ids=str,
)
def test_a_typed_column_is_read_as_its_type_says(read, stored, kind):
    assert read(as_parquet(stored, kind=kind), "parquet") == [utc(2015, 7, 1, 17, 45)]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (TWICE, "came twice in America/New_York, when the clocks were put back"),
        (NEVER, "never came in America/New_York, when the clocks were put forward"),
        ("2015-07-01", "time.type in model.yaml is date"),
        ("2015-07-01 24:00:00", "a time of day"),
        ("2015-02-29 10:00:00", "a time of day"),
        ("01/07/2015 10:00", "a time of day"),
        ("1435758300", "a time of day"),
        ("2015-07-01 13:45:00 CET", "a time of day"),
        ("0000-07-01 13:45:00", "a time of day"),
    ],
)
@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_what_names_no_moment_is_refused_with_its_place(read, written, why, fmt):
    times = ("2015-07-01 13:45:00", written)
    with pytest.raises(DataError, match=r"model\.yaml does not allow") as raised:
        read(as_csv(*times) if fmt == "csv" else as_parquet(*times), fmt)
    assert f"{'line 3' if fmt == 'csv' else 'row 2'}: '{written}'" in str(raised.value)
    assert why in str(raised.value)


@pytest.mark.parametrize("moment", [datetime(2015, 11, 1, 1, 30), datetime(2015, 3, 8, 2, 30)])
def test_a_typed_time_that_came_twice_or_never_is_refused(read, moment):
    with pytest.raises(DataError, match=r"row 2.*(twice|never came) in America/New_York.*time\.timezone"):
        read(as_parquet(datetime(2015, 7, 1), moment, kind=pa.timestamp("us")), "parquet")


@pytest.mark.parametrize("zoned", ["2015-07-01T13:45:00Z", "2015-07-01 13:45:00+02:00"])
@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_clocks_with_and_without_a_zone_are_not_mixed(read, zoned, fmt):
    times = ("2015-07-01 13:45:00", "2015-07-01 13:46:00", zoned)
    places = ("line 4", "line 2") if fmt == "csv" else ("row 3", "row 1")
    with pytest.raises(DataError, match="with a time zone") as raised:
        read(as_csv(*times) if fmt == "csv" else as_parquet(*times), fmt)
    said = str(raised.value)
    assert "'left_at' has times with a time zone" in said
    assert all(place in said for place in places), said
    assert "time.timezone" in said


def test_parts_of_a_delivery_are_not_mixed_either(tmp_path):
    from include.data.ingest.convert import convert

    files = []
    for name, kind in (("a", pa.timestamp("us")), ("b", pa.timestamp("us", "UTC"))):
        files.append(tmp_path / f"{name}.parquet")
        files[-1].write_bytes(as_parquet(datetime(2015, 7, 1), kind=kind))
    target = tmp_path / "snapshot.parquet"
    with pytest.raises(DataError, match=r"with a time zone \(u/b.parquet, row 1\).*without \(u/a.parquet"):
        convert(files, fmt="parquet", columns=COLUMNS, target=target, origin="u")
    assert not target.exists()


def test_different_offsets_are_no_mixture(read):
    summer, winter = "2015-07-01T13:45:00+02:00", "2015-12-01T13:45:00+01:00"
    assert read(as_csv(summer, winter), "csv") == [utc(2015, 7, 1, 11, 45), utc(2015, 12, 1, 12, 45)]


@pytest.mark.parametrize("missing", ["", None])
def test_a_row_without_time_is_refused(read, missing):
    content = as_csv("2015-07-01 13:45:00", "") if missing == "" else as_parquet("2015-07-01 13:45:00", None)
    with pytest.raises(DataError, match=r"'left_at'.*Found (line 3|row 2): nothing"):
        read(content, "csv" if missing == "" else "parquet")


@pytest.mark.parametrize("kind", [pa.date32(), pa.int64(), pa.float64()], ids=str)
def test_a_column_without_times_is_refused_by_its_type(read, kind):
    content = as_parquet(*([1] if kind != pa.date32() else [utc(2015, 7, 1).date()]), kind=kind)
    with pytest.raises(DataError, match="expected timestamps, with a time zone or without"):
        read(content, "parquet")


def test_a_zone_without_a_name_is_refused_whatever_column_it_is_of(read):
    """The engine panics over it."""
    content = as_parquet(utc(2015, 7, 1), kind=pa.timestamp("us", "+05:30"))
    with pytest.raises(DataError, match=r"'left_at' is stored in the time zone '\+05:30'.*tz_convert"):
        read(content, "parquet")


def test_another_zone_makes_another_snapshot():
    berlin = (COLUMNS[0], COLUMNS[1]._replace(zone="Europe/Berlin"), COLUMNS[2])
    assert schema_digest(COLUMNS) != schema_digest(berlin)


MOMENTS = st.datetimes(datetime(1920, 1, 1), datetime(2037, 12, 31))
LIKELY = (
    r"201[57]-(03|10|11)-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9](:[0-6][0-9])?"
    r"(Z|[+-][01][0-9](:?[03]0)?)?"
)
ZONES = ("UTC", NEW_YORK, "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo", "Australia/Lord_Howe")


@settings(max_examples=300, deadline=None)
@given(moment=MOMENTS, zone=st.sampled_from(ZONES), minutes=st.sampled_from([None, 0, 330, -570]))
def test_text_is_read_as_pythons_clocks_show_it(moment, zone, minutes):
    """A moment that a clock shows is read back, unless the clock shows it twice."""
    import polars as pl

    shown = moment.replace(tzinfo=UTC).astimezone(
        ZoneInfo(zone) if minutes is None else timezone(timedelta(minutes=minutes))
    )
    text = shown.isoformat(sep=" ") if minutes is not None else shown.replace(tzinfo=None).isoformat(sep=" ")
    if shown.utcoffset() and shown.utcoffset().total_seconds() % 60:
        return  # before a zone was unified, an offset had seconds
    read = pl.DataFrame({"t": [text]}).select(read_clock(pl.col("t"), zone, strict=False)).item()
    problem = explain_clock(text, zone)
    assert problem is None or "twice" in problem
    assert read == (None if problem else moment.replace(tzinfo=UTC))


@settings(max_examples=300, deadline=None)
@given(text=st.from_regex(LIKELY, fullmatch=True), zone=st.sampled_from(ZONES))
def test_both_readers_refuse_the_same(text, zone):
    """The diagnosis, in plain Python, names a fault exactly where the fast reader finds none."""
    import polars as pl

    read = pl.DataFrame({"t": [text]}).select(read_clock(pl.col("t"), zone, strict=False)).item()
    assert (read is None) == (explain_clock(text, zone) is not None)
    if read is not None:
        assert read.replace(tzinfo=None) == to_utc(text, zone)
