"""A rule whose condition selects no row has checked nothing, and is not taken for one that holds."""

from __future__ import annotations

import pytest

from tests.core.validation.conftest import rule

pytestmark = pytest.mark.core

NOBODY = {"row_condition": "sex == '9'", "condition_parser": "pandas"}
SOME = {"row_condition": "sex == '1'", "condition_parser": "pandas"}
STORED = {"type": "comparison", "column": {"name": "sex"}, "operator": "==", "parameter": "9"}


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_between", {"column": "age", "max_value": 1, **NOBODY}),
        ("expect_column_values_to_be_between", {"column": "age", "max_value": 1, "row_condition": STORED}),
        ("expect_column_values_to_not_be_null", {"column": "bill_amount", **NOBODY}),
        ("expect_column_values_to_not_be_in_set", {"column": "sex", "value_set": ["1"], **NOBODY}),
        ("expect_column_distinct_values_to_be_in_set", {"column": "sex", "value_set": ["1"], **NOBODY}),
        ("expect_column_mean_to_be_between", {"column": "age", "max_value": 1, **NOBODY}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "age", "column_B": "bill_amount", **NOBODY}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["age", "sex"], **NOBODY}),
    ],
)
def test_a_condition_that_selects_no_row_is_a_warning(validate, kind, kwargs):
    report = validate(rules=(rule(kind, **kwargs),))
    (found,) = report.findings
    assert found.found == "no row matches its row_condition, so nothing was checked"
    assert found.severity == "warning"
    assert report.passed
    assert "where" in found.allowed
    (outcome,) = [one for one in report.rules if "no row matches" in one["found"]]
    assert outcome["passed"] is False


def test_a_condition_that_selects_some_rows_checks_these(validate):
    assert not validate(
        rules=(rule("expect_column_values_to_be_between", column="age", min_value=1, **SOME),)
    ).findings
    (found,) = validate(
        rules=(rule("expect_column_values_to_be_between", column="age", max_value=1, **SOME),)
    ).findings
    assert (found.severity, found.found) == ("critical", "20 of 20 rows (100 %)")
