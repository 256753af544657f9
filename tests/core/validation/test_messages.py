from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from include.validation.messages import allowed_text, examples, found_text, shown_value, unexpected_share

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", "'abc'"),
        ("it's", '"it\'s"'),
        ("a\nb\x1b[31m\u202e", r"'a\nb\x1b[31m\u202e'"),
        ("x" * 100, "'" + "x" * 30 + "…09ecb6eb"),
        (1.0, "1"),
        (0.123456789, "0.123457"),
        (1234567.0, "1,234,567"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (True, "True"),
        (None, "None"),
        (date(2005, 4, 30), "2005-04-30"),
        (datetime(2005, 4, 30), "2005-04-30"),
        (datetime(2005, 4, 30, 12), "2005-04-30T12:00:00"),
        ({"customer_id": 7, "as_of": date(2005, 4, 30)}, "customer_id=7, as_of=2005-04-30"),
        ([1, "a"], "1, 'a'"),
    ],
)
def test_a_value_is_shown_on_one_line(value, shown):
    assert shown_value(value) == shown


def test_values_of_numpy_and_pandas_are_shown_as_their_own():
    import numpy as np
    import pandas as pd

    assert shown_value(np.float64(2.5)) == "2.5"
    assert shown_value(np.int64(7)) == "7"
    assert shown_value(pd.Timestamp("2005-04-30")) == "2005-04-30"


@pytest.mark.parametrize(
    ("kind", "kwargs", "text"),
    [
        (
            "expect_column_values_to_be_between",
            {"min_value": 18, "max_value": 120},
            "at least 18 and at most 120",
        ),
        ("expect_column_values_to_be_between", {"min_value": 0, "strict_min": True}, "more than 0"),
        ("expect_column_values_to_be_between", {"max_value": 10, "strict_max": True}, "less than 10"),
        ("expect_column_values_to_be_between", {"max_value": "2005-04-30"}, "at most 2005-04-30"),
        (
            "expect_column_values_to_be_between",
            {"min_value": 0, "mostly": 0.97},
            "at least 0 in at least 97 % of the rows",
        ),
        ("expect_column_values_to_be_in_set", {"value_set": ["1", "2"]}, "one of '1', '2'"),
        ("expect_column_values_to_be_in_set", {"value_set": ["1"]}, "only '1'"),
        ("expect_column_values_to_not_be_in_set", {"value_set": [0]}, "none of 0"),
        ("expect_column_distinct_values_to_contain_set", {"value_set": [0, 1]}, "all of 0, 1"),
        ("expect_column_values_to_be_in_set", {"value_set": list(range(20))}, None),
        ("expect_column_values_to_not_be_null", {}, "no missing value"),
        (
            "expect_column_values_to_not_be_null",
            {"mostly": 0.999},
            "no missing value in at least 99.9 % of the rows",
        ),
        ("expect_column_values_to_not_be_null", {"mostly": 1e-15}, "at least one value that is not missing"),
        ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}, "each combination once"),
        ("expect_column_values_to_match_regex", {"column": "a", "regex": "^A+$"}, "regex ^A+$"),
        ("expect_column_to_exist", {"column": "a"}, "what the rule's name says"),
    ],
)
def test_what_a_rule_allows_is_said_in_words(kind, kwargs, text):
    found = allowed_text(kind, kwargs)
    assert found == text if text else found.endswith("10, 11 and 8 more")


@pytest.mark.parametrize(
    ("result", "text", "share"),
    [
        ({"element_count": 40, "unexpected_count": 3, "missing_count": 0}, "3 of 40 rows (7.5 %)", 0.075),
        ({"element_count": 40, "unexpected_count": 3, "missing_count": 20}, "3 of 20 rows (15 %)", 0.15),
        ({"element_count": 0, "unexpected_count": 0}, "0 of 0 rows", 0.0),
        ({"element_count": 40, "unexpected_count": 0, "missing_count": 4}, "0 of 36 rows", 0.0),
        (
            {"element_count": 3_000_000, "unexpected_count": 1},
            "1 of 3,000,000 rows (0.000033 %)",
            1 / 3_000_000,
        ),
        ({"element_count": 3_000, "unexpected_count": 2_999}, "2,999 of 3,000 rows (99.97 %)", 2_999 / 3_000),
        ({"element_count": 8, "unexpected_count": 8}, "8 of 8 rows (100 %)", 1.0),
        ({"observed_value": 12.5}, "12.5", None),
        ({"observed_value": ["a", "b"]}, "'a', 'b'", None),
        ({"observed_value": None, "missing_count": 1, "partial_missing_list": [1]}, "no 1", None),
        (
            {"observed_value": None, "unexpected_count": 2, "partial_unexpected_list": ["x"]},
            "2 other values",
            None,
        ),
        ({"observed_value": None}, "nothing to measure", None),
        ({}, "nothing to measure", None),
    ],
)
def test_what_was_found_is_said_in_words(result, text, share):
    assert found_text(result) == text
    assert unexpected_share(result) == pytest.approx(share)


def test_examples_are_distinct_few_and_never_missing_ones():
    values = [None, 5, 5, math.nan, "a", 7, 8]
    assert examples({"partial_unexpected_list": values}) == ("5", "'a'", "7")
    assert examples({}) == ()
