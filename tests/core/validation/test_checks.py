from __future__ import annotations

import sys

import pytest

from include.data.schema import table_columns
from include.errors import ConfigError
from include.validation.builtin_rules import builtin_rules
from include.validation.checks import build_checks, rule_label
from include.validation.contract.contract import Rule

pytestmark = pytest.mark.core


@pytest.fixture
def build(config):
    def run(kind, severity="warning", **kwargs):
        rule = Rule(type=kind, kwargs=kwargs, severity=severity, why="It is tested.")
        return build_checks([rule], table_columns(config, "features"))[0]

    return run


@pytest.mark.parametrize(
    ("kind", "kwargs", "feed", "columns"),
    [
        ("expect_column_values_to_not_be_null", {"column": "age"}, "rows", ("age",)),
        (
            "expect_column_pair_values_to_be_equal",
            {"column_A": "age", "column_B": "bill_amount"},
            "rows",
            ("age", "bill_amount"),
        ),
        ("expect_column_values_to_be_unique", {"column": "age"}, "keys", ("age",)),
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["customer_id", "as_of"]},
            "keys",
            ("customer_id", "as_of"),
        ),
        ("expect_column_mean_to_be_between", {"column": "age", "min_value": 0}, "column", ("age",)),
        ("expect_column_values_to_be_increasing", {"column": "age"}, "column", ("age",)),
        ("expect_table_row_count_to_equal", {"value": 1}, "count", ()),
        ("expect_table_column_count_to_equal", {"value": 1}, "names", ()),
    ],
)
def test_a_check_says_what_it_has_to_see(build, kind, kwargs, feed, columns):
    check = build(kind, **kwargs)
    assert (check.feed, check.columns) == (feed, columns)


def test_the_columns_of_a_row_condition_are_read_too(build):
    condition = {"type": "comparison", "column": {"name": "sex"}, "operator": "==", "parameter": "2"}
    check = build("expect_column_values_to_not_be_null", column="age", row_condition=condition)
    assert check.columns == ("age", "sex")


def test_severity_and_reason_go_into_the_suite(build):
    configuration = build(
        "expect_column_to_exist", severity="warning", column="age"
    ).expectation.configuration
    assert configuration.severity == "warning"
    assert configuration.notes == "It is tested."


def test_an_unknown_expectation_is_answered_with_the_nearest(build):
    with pytest.raises(
        ConfigError, match=r"has no 'expect_column_value_to_be_between'; did you mean 'expect_column_values_"
    ):
        build("expect_column_value_to_be_between", column="age")


def test_an_unknown_expectation_like_no_other(build):
    with pytest.raises(ConfigError, match=r"has no 'expect_xyz'; its documentation lists"):
        build("expect_xyz")


def test_an_unknown_column_is_answered_with_the_nearest(build):
    with pytest.raises(ConfigError, match=r"names the column 'bill_amnt'.* did you mean 'bill_amount'\?"):
        build("expect_column_values_to_not_be_null", column="bill_amnt")


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        ("expect_column_values_to_be_between", {"column": "age", "minimum": 1}, "minimum"),
        ("expect_column_values_to_be_in_set", {"column": "age"}, "value_set"),
        ("expect_column_values_to_be_between", {"column": "age", "min_value": 2, "mostly": 1.5}, "mostly"),
    ],
)
def test_wrong_arguments_are_named_on_one_line(build, kind, kwargs, said):
    with pytest.raises(ConfigError, match=f"{kind} on age does not take its arguments: .*{said}") as caught:
        build(kind, **kwargs)
    assert "\n" not in str(caught.value)


def test_a_rule_for_databases_is_refused(build):
    with pytest.raises(ConfigError, match="names no column and can't be checked on a snapshot"):
        build("expect_table_row_count_to_equal_other_table", other_table_name="x")


def test_a_date_that_is_none_is_refused(build):
    with pytest.raises(ConfigError, match="expected ISO dates"):
        build("expect_column_values_to_be_between", column="as_of", max_value="30/04/2005")


def test_a_rule_is_labelled_by_type_and_columns(build):
    assert rule_label(build("expect_column_to_exist", column="age").rule) == "expect_column_to_exist on age"
    assert (
        rule_label(build("expect_table_row_count_to_equal", value=1).rule)
        == "expect_table_row_count_to_equal"
    )


@pytest.mark.parametrize("table", ["features", "labels"])
@pytest.mark.parametrize("rows", [1, 299, 300, 30_000])
def test_builtin_rules_are_critical_and_can_be_built(config, table, rows):
    rules = builtin_rules(config, table, "2005-04-30", "2005-05-31", rows=rows)
    mild = {rule.type for rule in rules if rule.severity == "warning"}
    few = rows < 300 and table == "features"
    assert mild == ({"expect_column_values_to_not_be_null"} if few else set())
    assert len(build_checks(rules, table_columns(config, table))) == len(rules)


def test_every_feature_is_covered_by_builtin_rules(config):
    rules = builtin_rules(config, "features", "2005-04-30", "2005-05-31", rows=40)
    null_rules = {rule.columns[0] for rule in rules if rule.type == "expect_column_values_to_not_be_null"}
    assert null_rules == {"age", "bill_amount", "sex"}
    finite = [r.columns[0] for r in rules if r.kwargs.get("max_value") == sys.float_info.max]
    assert finite == ["age", "bill_amount"]


def test_the_contract_of_the_example_can_be_built(make_config):
    from pathlib import Path

    from include.validation.contract.contract import load_contract

    config = make_config()
    folder = Path(__file__).parents[3] / "include" / "models" / "credit_risk"
    contract = load_contract(folder, config)
    for table in ("features", "labels"):
        assert build_checks(getattr(contract, table), table_columns(config, table))
