from __future__ import annotations

from datetime import date

import pytest

from include.data.ingest.partitions import parse_partition
from include.data.sources.layout import list_partitions, names_a_day, walk_levels
from include.errors import ConfigError, DataError

pytestmark = pytest.mark.core

TEMPLATE = "accounts/as_of={partition}/accounts.csv"


def test_partitions_come_out_by_date_whatever_the_order_of_the_listing():
    days = ["2005-06-30", "2005-04-30", "2005-05-31"]
    paths = [f"/data/accounts/as_of={day}/accounts.csv" for day in days]
    assert list(list_partitions(paths, TEMPLATE)) == ["2005-04-30", "2005-05-31", "2005-06-30"]


def test_a_partition_leads_to_its_path():
    path = "s3://bucket/root/accounts/as_of=2005-04-30/accounts.csv"
    assert list_partitions([path], TEMPLATE) == {"2005-04-30": path}


def test_other_files_are_no_deliveries():
    paths = [
        "/data/README.md",
        "/data/accounts/as_of=2005-04-30/_SUCCESS",
        "/data/accounts/as_of=2005-04-30/accounts.csv.part",
        "/data/accounts/as_of=2005-04-30/nested/accounts.csv",
        "/data/labels/known_on=2005-04-30/labels.csv",
        "/data/old_accounts/as_of=2005-04-30/accounts.csv",
    ]
    assert list_partitions(paths, TEMPLATE) == {}


def test_no_path_at_all_is_not_a_partition():
    assert list_partitions([], TEMPLATE) == {}


def test_signs_of_regular_expressions_in_a_template_stand_for_themselves():
    template = "a+b (1)/{partition}.csv"
    paths = ["/data/a+b (1)/2005-04-30.csv", "/data/aab 1/2005-05-31.csv", "/data/a+b (1)/2005-05-31xcsv"]
    assert list(list_partitions(paths, template)) == ["2005-04-30"]


def test_an_absolute_template_matches_from_the_start():
    template = "s3://bucket/accounts/{partition}.parquet"
    paths = [
        "s3://bucket/accounts/2005-04-30.parquet",
        "s3://other/s3://bucket/accounts/2005-05-31.parquet",
    ]
    assert list(list_partitions(paths, template)) == ["2005-04-30"]


@pytest.mark.parametrize(
    "name", ["2005-13-01", "2005-02-30", "20050430", "2005-W17-6", "2005-4-30", "latest", "2005-04-30T00"]
)
def test_a_delivery_not_named_by_a_date_is_refused_by_name(name):
    path = f"/data/accounts/as_of={name}/accounts.csv"
    with pytest.raises(DataError, match=f"{path}: '{name}' is not"):
        list_partitions([path], TEMPLATE)


def test_one_day_delivered_in_two_places_is_refused_with_both():
    one, other = "/a/accounts/as_of=2005-04-30/accounts.csv", "/b/accounts/as_of=2005-04-30/accounts.csv"
    with pytest.raises(DataError, match=r"delivered twice, as /a/.* and as /b/.*remove the wrong one"):
        list_partitions([other, one], TEMPLATE)


def test_a_path_listed_twice_is_one_delivery():
    path = "/a/accounts/as_of=2005-04-30/accounts.csv"
    assert list_partitions([path, path], TEMPLATE) == {"2005-04-30": path}


@pytest.mark.parametrize("template", ["accounts.csv", "{partition}/{partition}.csv"])
def test_a_template_needs_the_placeholder_once(template):
    with pytest.raises(ConfigError, match="expected it exactly once"):
        list_partitions([], template)


def test_a_partition_is_a_day():
    assert parse_partition("2004-02-29") == date(2004, 2, 29)
    with pytest.raises(ValueError, match="not a day of the calendar"):
        parse_partition("2005-02-29")


HIVE = "/data/flights/year={year}/month={month}/day={day}/part.parquet"
MONTHS = "flights/year={year}/month={month}.csv"


@pytest.mark.parametrize(
    ("template", "path", "partition"),
    [
        (HIVE, "/data/flights/year=2005/month=04/day=30/part.parquet", "2005-04-30"),
        (HIVE, "/data/flights/year=2005/month=4/day=1/part.parquet", "2005-04-01"),
        (MONTHS, "/data/flights/year=2004/month=02.csv", "2004-02-29"),
        (MONTHS, "/data/flights/year=2005/month=2.csv", "2005-02-28"),
        ("{year}{month}{day}.csv", "/data/20050430.csv", "2005-04-30"),
        ("{year}-{month}/{day}.csv", "/data/2005-04/30.csv", "2005-04-30"),
        ("{day}.{month}.{year}/x.csv", "/data/30.04.2005/x.csv", "2005-04-30"),
    ],
)
def test_keys_of_hive_name_a_day_or_the_last_day_of_a_month(template, path, partition):
    assert list_partitions([path], template) == {partition: path}
    assert names_a_day(path, template)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("year=2005/month=13/day=01", "'2005-13' is not a month of the calendar"),
        ("year=2005/month=02/day=30", "'2005-02-30' is not a day of the calendar"),
        ("year=05/month=02/day=03", "'05' is not a year such as 2005"),
        ("year=0000/month=02/day=03", "'0000-02' is not a month of the calendar"),
        ("year=2005/month=002/day=03", "'002' is not a month such as 04"),
        ("year=2005/month=02/day=\N{ARABIC-INDIC DIGIT THREE}", "is not a day such as 30"),
        ("year=__HIVE_DEFAULT_PARTITION__/month=02/day=03", "'__HIVE_DEFAULT_PARTITION__' is not a year"),
    ],
)
def test_keys_of_hive_that_are_no_date_are_refused_by_path(path, says):
    path = f"/data/flights/{path}/part.parquet"
    with pytest.raises(DataError, match=f"{path}: .*{says}"):
        list_partitions([path], HIVE)
    assert not names_a_day(path, HIVE)


def test_one_day_written_in_two_ways_is_refused_with_both():
    paths = [f"/data/flights/year=2005/month={month}/day=30/part.parquet" for month in ("4", "04")]
    with pytest.raises(
        DataError, match=r"partition 2005-04-30 was delivered twice, as .*month=04.* as .*month=4/"
    ):
        list_partitions(paths, HIVE)


@pytest.mark.parametrize(
    "template",
    [
        "{year}.csv",
        "{year}/{day}.csv",
        "{month}/{day}.csv",
        "{year}/{month}/{partition}.csv",
        "{year}{year}{month}",
    ],
)
def test_keys_of_hive_are_whole_or_none(template):
    with pytest.raises(ConfigError, match="exactly once"):
        list_partitions([], template)


def test_what_is_walked_is_not_wider_than_the_template():
    base, levels = walk_levels(HIVE)
    assert base == "/data/flights"
    names = ["year=2005", "month=04", "day=30", "part.parquet"]
    assert all(level.fullmatch(name) for level, name in zip(levels, names, strict=True))
    others = ["years=2005", "mon=04", "day=", "part.csv"]
    assert not any(level.fullmatch(name) for level, name in zip(levels, others, strict=True))


def test_files_of_writers_are_not_walked_into():
    base, (level,) = walk_levels("/data/{partition}")
    assert base == "/data"
    assert [bool(level.fullmatch(name)) for name in ("2005-04-30", "_SUCCESS", ".hidden")] == [
        True,
        False,
        False,
    ]
