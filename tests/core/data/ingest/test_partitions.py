from __future__ import annotations

from datetime import date

import pytest

from include.data.ingest.partitions import list_partitions, parse_partition
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
