# ruff: noqa: E501 - a row of a table is one line
"""A literal of a contract that its column never holds is refused, with the literal as it has to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError
from include.validation.contract.contract import load_contract
from include.validation.contract.expectations import POINTLESS, TABLE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

IN, NOT_IN = "expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set"
BETWEEN, MATCH = "expect_column_values_to_be_between", "expect_column_values_to_match_regex"
LABELS = "labels"


def load(folder: Path, kind: str, kwargs: str, table: str = "features") -> str:
    """Return what is wrong with a contract of one rule, without the path; empty when nothing is."""
    text = f"{table}:\n  - type: {kind}\n    kwargs: {kwargs}\n    severity: critical\n    why: x.\n"
    (folder / "contract.yaml").write_text(text if table == "features" else f"features: []\n{text}")
    try:
        load_contract(folder, load_model(folder))
    except ConfigError as error:
        return str(error).replace(str(folder), "loans").split(": ", 1)[1]
    return ""


# amount and age are numbers, sex and region categories, loan_id a whole number, as_of a date, lost the target.
REFUSED = [
    (NOT_IN, "{column: sex, value_set: [9]}", "write '9'"),
    (NOT_IN, "{column: sex, value_set: ['9', 9]}", "value_set[1]: found number 9, and 'sex' holds text: write '9'"),
    (NOT_IN, "{column: sex, value_set: [NO]}", "found yes/no value false, and 'sex' holds text: write 'NO'"),
    (IN, "{column: sex, value_set: [NO, SE, DK]}", "write 'NO'"),
    (IN, "{column: sex, value_set: [off]}", "write 'off'"),
    (IN, "{column: sex, value_set: [y, Yes]}", "value_set[1]: found yes/no value true, and 'sex' holds text: write 'Yes'"),
    (IN, "{column: sex, value_set: [true]}", "write 'True'"),  # as a snapshot spells it
    (IN, "{column: sex, value_set: ['true']}", "found text 'true', and 'sex' holds text, this one read as 'True': write 'True'"),
    (NOT_IN, "{column: sex, value_set: ['FALSE']}", "write 'False'"),
    (NOT_IN, "{column: sex, value_set: [FALSE]}", "write 'False'"),
    (NOT_IN, "{column: sex, value_set: ['']}", "found an empty text, which is read as a missing value"),
    (NOT_IN, f"{{column: age, value_set: [{10**400}]}}", "a whole number has at most 63 bits"),
    (NOT_IN, f"{{column: loan_id, value_set: [{10**19}]}}", "a whole number has at most 63 bits"),
    (BETWEEN, f"{{column: age, min_value: {10**400}}}", "a whole number has at most 63 bits"),
    ("expect_column_mean_to_be_between", f"{{column: age, min_value: {10**400}}}", "a whole number has at most 63 bits"),
    ("expect_column_mean_to_be_between", f"{{column: age, min_value: 0x{'f' * 5000}}}", "found number of thousands of digits; a whole number has at most 63 bits"),
    ("expect_column_value_lengths_to_equal", f"{{column: sex, value: {10**400}}}", "a whole number has at most 63 bits"),
    (BETWEEN, "{column: age, min_value: 5, strict_min: 'no'}", "strict_min: found text 'no'; expected true or false"),
    ("expect_column_most_common_value_to_be_in_set", "{column: as_of, value_set: ['2005-04-30']}", "but 'as_of' holds dates; use"),
    (NOT_IN, "{column: loan_id, value_set: [1.0e+19]}", "whole numbers of at most 9223372036854775807"),
    (NOT_IN, '{column: sex, value_set: ["\\0"]}', "contains the character U+0000"),
    (MATCH, "{column: sex, regex: ''}", "'' is found in any text"),
    (MATCH, "{column: sex, regex: '[0-9]*'}", "'[0-9]*' is found in any text, so the rule always passes or always fails"),
    (MATCH, "{column: sex, regex: '.+'}", "is found in any text"),
    ("expect_column_values_to_not_match_regex_list", "{column: sex, regex_list: ['^x', 'M?']}", "regex_list[1]: 'M?' is found"),
    ("expect_column_pair_values_a_to_be_greater_than_b", "{column_A: age, column_B: age}", "names 'age' twice"),
    ("expect_multicolumn_values_to_be_equal", "{column_list: [age, age]}", "names 'age' twice"),
    ("expect_column_pair_values_to_be_in_set", "{column_A: sex, column_B: region, value_pairs_set: []}", "is an empty list"),
    ("expect_column_pair_values_to_be_in_set", "{column_A: sex, column_B: age, value_pairs_set: [['true', 2]]}", "write 'True'"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: [1]}", "found list [1]; expected {quantiles"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: {quantiles: [50], value_ranges: [[1, 2]]}}", "quantiles[0]: found number 50; expected a share"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: {quantiles: [0.5, 0.7], value_ranges: [[1, 2]]}}", "2 quantiles and 1 value_ranges"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: {quantiles: [0.5], value_ranges: [['1', '2']]}}", "two numbers without quotes"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: {quantiles: [0.5], value_ranges: [[5, 2]]}}", "nothing lies between 5 and 2"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: {quantiles: [0.5], value_ranges: [[null, null]]}}", "has neither end"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 5}", "found number 5; expected a condition in quotes"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: true}", "found yes/no value true; expected a condition in quotes"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: ''}", "expected a condition in quotes"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: [sex]}", "expected a condition in quotes"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex =='}", "which is not a condition (invalid syntax)"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'age = 5'}", "which is not a condition"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: '(age > 5'}", "which is not a condition"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex == 1 & age > 5'}", "write '1'"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex == \"true\"'}", "read as 'True': write 'True'"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex == None'}", "nothing equals a missing value: write sex.isnull()"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex in \"12\"'}", "'sex' is looked for in a text; write a list: ['12']"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'as_of == \"2005-04-30\"'}", 'write as_of >= "2005-04-30" and as_of <= "2005-04-30"'),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'as_of in [\"2005-04-30\"]'}", "no text equals a date here"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'as_of.isin([\"2005-04-30\"])'}", "no text equals a date here"),
    (BETWEEN, "{column: age, max_value: 9, row_condition: 'col(\"as_of\") == date(\"2005-04-30\")', condition_parser: great_expectations}", "no text equals a date here"),
    (IN, "{column: sex, value_set: [1:30]}", "found number 90, and 'sex' holds text: write '1:30'"),
    (IN, "{column: sex, value_set: [007]}", "write '007'"),
    (IN, "{column: sex, value_set: [1_000]}", "write '1_000'"),
    (IN, "{column: sex, value_set: [1.10]}", "write '1.10'"),
    (IN, "{column: sex, value_set: [0x1F]}", "write '0x1F'"),
    (IN, "{column: sex, value_set: [2005-04-30]}", "quote dates"),
    (IN, "{column: sex, value_set: [~]}", "write '~' for the text"),
    (IN, "{column: sex, value_set: [NULL]}", "write 'NULL' for the text"),
    (IN, "{column: sex, value_set: [[M]]}", "found list ['M'], and 'sex' holds text"),
    (IN, "{column: sex, value_set: []}", "is an empty list"),
    (IN, "{column: sex, value_set: M}", "found text 'M'; expected a list"),
    (NOT_IN, "{column: age, value_set: ['9']}", "found text '9', and 'age' holds numbers: write 9 without quotes"),
    (NOT_IN, "{column: age, value_set: [' 9 ']}", "write 9 without quotes"),
    (NOT_IN, "{column: age, value_set: [NO]}", "'age' holds numbers: write a number without quotes"),
    (NOT_IN, "{column: age, value_set: [1e3]}", "found text '1e3', and 'age' holds numbers: write 1000 without"),
    (NOT_IN, "{column: age, value_set: [.nan]}", "found nan, which no value equals"),
    (NOT_IN, "{column: age, value_set: [.inf]}", "found inf"),
    (NOT_IN, "{column: age, value_set: [null]}", "found nothing, which no value equals"),
    (NOT_IN, "{column: loan_id, value_set: [0.5]}", "'loan_id' holds whole numbers"),
    (NOT_IN, "{column: loan_id, value_set: ['0']}", "write 0 without quotes"),
    (IN, "{column: as_of, value_set: [20050430]}", "write an ISO date in quotes, such as '2005-04-30'"),
    (IN, "{column: as_of, value_set: ['30.04.2005']}", "write an ISO date in quotes"),
    (IN, "{column: as_of, value_set: ['2005-04-30T12:00']}", "write an ISO date in quotes"),
    (BETWEEN, "{column: as_of, min_value: 2005}", "write an ISO date in quotes"),
    (BETWEEN, "{column: age, min_value: '18'}", "found text '18', and 'age' holds numbers: write 18 without quotes"),
    (BETWEEN, "{column: age, max_value: yes}", "max_value: found yes/no value true, and 'age' holds numbers"),
    (BETWEEN, "{column: age, min_value: 5, max_value: 1}", "nothing lies between 5 and 1"),
    (BETWEEN, "{column: age, min_value: 5, max_value: 5, strict_min: true}", "nothing lies between 5 and 5"),
    (BETWEEN, "{column: age}", "has neither min_value nor max_value"),
    (BETWEEN, "{column: sex, min_value: 1, max_value: 5}", "is for numbers or dates, but 'sex' holds text; use"),
    (BETWEEN, "{column: sex, min_value: 'A', max_value: 'Z'}", "is for numbers or dates"),
    ("expect_column_max_to_be_between", "{column: age, max_value: '5'}", "write 5 without quotes"),
    ("expect_column_min_to_be_between", "{column: sex, min_value: 5}", "is for numbers or dates"),
    ("expect_column_mean_to_be_between", "{column: sex, min_value: 5}", "is for numbers, but 'sex' holds text"),
    ("expect_column_mean_to_be_between", "{column: as_of, min_value: 5}", "is for numbers"),
    ("expect_column_mean_to_be_between", "{column: age, min_value: '5'}", "expected a number: write 5 without"),
    ("expect_column_median_to_be_between", "{column: region, min_value: 5}", "is for numbers"),
    ("expect_column_stdev_to_be_between", "{column: region, min_value: 5}", "is for numbers"),
    ("expect_column_sum_to_be_between", "{column: region, min_value: 5}", "is for numbers"),
    ("expect_column_quantile_values_to_be_between", "{column: region}", "is for numbers"),
    ("expect_column_value_z_scores_to_be_less_than", "{column: age, threshold: '3'}", "write 3 without quotes"),
    ("expect_column_proportion_of_unique_values_to_be_between", "{column: age, min_value: 95}", "a share between"),
    ("expect_column_proportion_of_non_null_values_to_be_between", "{column: age, min_value: 95}", "a share between"),
    ("expect_column_unique_value_count_to_be_between", "{column: age, max_value: 1.5}", "a whole number of 0"),
    (MATCH, "{column: age, regex: '^500$'}", "is for text, but 'age' holds numbers; use"),
    (MATCH, "{column: as_of, regex: '^2005'}", "is for text, but 'as_of' holds dates"),
    (MATCH, "{column: sex, regex: 5}", "found number 5; expected text: write '5'"),
    (MATCH, "{column: sex, regex: '['}", "'[' is not a regular expression"),
    ("expect_column_values_to_not_match_regex", "{column: age, regex: '^500$'}", "is for text"),
    ("expect_column_values_to_not_match_regex_list", "{column: sex, regex_list: [NO]}", "write 'NO'"),
    ("expect_column_values_to_match_regex_list", "{column: sex, regex_list: []}", "is an empty list"),
    ("expect_column_value_lengths_to_be_between", "{column: age, max_value: 3}", "is for text"),
    ("expect_column_value_lengths_to_equal", "{column: loan_id, value: 3}", "is for text"),
    ("expect_column_value_lengths_to_equal", "{column: sex, value: '3'}", "write 3 without quotes"),
    ("expect_column_values_to_match_strftime_format", "{column: as_of, strftime_format: '%Y'}", "is for text"),
    ("expect_column_values_to_be_dateutil_parseable", "{column: as_of}", "is for text"),
    ("expect_column_values_to_be_json_parseable", "{column: age}", "is for text"),
    ("expect_column_values_to_match_like_pattern", "{column: sex, like_pattern: 'M%'}", "write a regex"),
    ("expect_column_values_to_not_match_like_pattern_list", "{column: sex, like_pattern_list: ['M%']}", "write a regex"),
    ("expect_column_values_to_be_of_type", "{column: sex, type_: int}", "remove the rule"),
    ("expect_column_values_to_be_in_type_list", "{column: age, type_list: [int]}", "remove the rule"),
    ("expect_column_type_to_be", "{column: age, type_: int}", "remove the rule"),
    ("expect_column_values_to_be_null", "{column: loan_id}", "is never missing"),
    ("expect_column_values_to_be_increasing", "{column: sex}", "is for numbers or dates"),
    ("expect_column_pair_values_to_be_equal", "{column_A: age, column_B: sex}", "are never equal"),
    ("expect_column_pair_values_a_to_be_greater_than_b", "{column_A: age, column_B: as_of}", "are never equal"),
    ("expect_column_pair_values_a_to_be_greater_than_b", "{column_A: sex, column_B: region}", "is for numbers"),
    ("expect_multicolumn_values_to_be_equal", "{column_list: [age, sex]}", "are never equal"),
    ("expect_select_column_values_to_be_unique_within_record", "{column_list: [age, sex]}", "are never equal"),
    ("expect_multicolumn_sum_to_equal", "{column_list: [age, sex], sum_total: 1}", "is for numbers"),
    ("expect_multicolumn_sum_to_equal", "{column_list: [age, amount], sum_total: '1'}", "write 1 without"),
    ("expect_column_pair_values_to_be_in_set", "{column_A: sex, column_B: age, value_pairs_set: [[1, 2]]}", "write '1'"),
    ("expect_column_pair_values_to_be_in_set", "{column_A: sex, column_B: age, value_pairs_set: [['1', '2']]}", "write 2 without"),
    ("expect_column_pair_values_to_be_in_set", "{column_A: sex, column_B: age, value_pairs_set: ['12']}", "two values"),
    ("expect_column_distinct_values_to_be_in_set", "{column: sex, value_set: [1]}", "write '1'"),
    ("expect_column_distinct_values_to_contain_set", "{column: sex, value_set: [1]}", "write '1'"),
    ("expect_column_distinct_values_to_equal_set", "{column: age, value_set: ['1']}", "write 1 without"),
    ("expect_column_most_common_value_to_be_in_set", "{column: sex, value_set: [NO]}", "write 'NO'"),
    (
        "expect_column_kl_divergence_to_be_less_than",
        "{column: sex, threshold: 0.1, partition_object: {values: [1, 2], weights: [0.5, 0.5]}}",
        "write '1'",
    ),
    ("expect_table_row_count_to_equal", "{value: '5'}", "write 5 without quotes"),
    ("expect_table_row_count_to_be_between", "{min_value: -1}", "a whole number of 0 or more"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex == 1', condition_parser: pandas}", "write '1'"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex in [1, 2]', condition_parser: pandas}", "write '1'"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: '1 == sex', condition_parser: pandas}", "write '1'"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex.isin([1])', condition_parser: pandas}", "write '1'"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sx == \"1\"', condition_parser: pandas}", "unknown column 'sx'"),
    (
        BETWEEN,
        "{column: age, max_value: 10, row_condition: 'amount > 5 and not (`sex` != True)', condition_parser: pandas}",
        "write 'True'",
    ),
    (
        BETWEEN,
        "{column: age, max_value: 10, row_condition: 'col(\"sex\") == 1', condition_parser: great_expectations}",
        "write '1'",
    ),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'age == \"5\"', condition_parser: pandas}", "write 5 without"),
    (
        BETWEEN,
        "{column: age, max_value: 9, row_condition: {type: comparison, column: {name: sex}, operator: '==', parameter: 1}}",
        "write '1'",
    ),
    (
        BETWEEN,
        "{column: age, max_value: 9, row_condition: {type: and, conditions: "
        "[{type: comparison, column: {name: age}, operator: '==', parameter: '1'}]}}",
        "write 1 without",
    ),
]  # fmt: skip
TAKEN = [
    (IN, "{column: sex, value_set: ['1', 'NO', '2005-04-30', '1:30', 'True', 'tRUE']}"),
    (MATCH, "{column: sex, regex: '^[0-9]*$'}"),
    ("expect_column_quantile_values_to_be_between", "{column: age, quantile_ranges: {quantiles: [0.5, 1], value_ranges: [[null, 2], [1, 2.5]]}}"),
    (BETWEEN, f"{{column: loan_id, max_value: {2**63 - 1}}}"),
    (IN, "{column: sex, value_set: [M, F]}"),
    (IN, "{column: age, value_set: [1, 2.5, -3, 1.0e+3, 1:30]}"),
    (IN, "{column: as_of, value_set: ['2005-04-30']}"),
    (BETWEEN, "{column: as_of, min_value: '2005-04-30'}"),
    (BETWEEN, "{column: age, min_value: 5, max_value: 5}"),
    (BETWEEN, "{column: loan_id, min_value: 1}"),
    (MATCH, "{column: sex, regex: '^[MF]$'}"),
    ("expect_column_value_lengths_to_be_between", "{column: sex, max_value: 3}"),
    ("expect_column_pair_values_a_to_be_greater_than_b", "{column_A: age, column_B: amount}"),
    ("expect_column_pair_values_to_be_equal", "{column_A: sex, column_B: region}"),
    ("expect_column_pair_values_to_be_in_set", "{column_A: sex, column_B: age, value_pairs_set: [['1', 2]]}"),
    ("expect_compound_columns_to_be_unique", "{column_list: [sex, age]}"),
    ("expect_column_values_to_be_null", "{column: age}"),
    ("expect_column_to_exist", "{column: age}"),
    ("expect_something_of_a_later_version", "{column: age, value_set: ['1']}"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex == \"1\"', condition_parser: pandas}"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'as_of >= \"2005-04-30\" and as_of <= \"2005-04-30\"', condition_parser: pandas}"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'sex.isnull() | age > 5 & sex in [\"1\"]', condition_parser: pandas}"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: '`age` > 5 and ~(sex == \"&\")', condition_parser: pandas}"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'amount > age', condition_parser: pandas}"),
    (BETWEEN, "{column: age, max_value: 10, row_condition: 'col(\"sex\").notNull()', condition_parser: great_expectations}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs", "said"), REFUSED)
def test_a_literal_that_the_column_never_holds_is_refused(
    folder: Path, kind: str, kwargs: str, said: str
) -> None:
    assert said in load(folder, kind, kwargs)


@pytest.mark.parametrize(("kind", "kwargs"), TAKEN)
def test_a_literal_that_the_column_may_hold_is_taken(folder: Path, kind: str, kwargs: str) -> None:
    assert load(folder, kind, kwargs) == ""


def test_the_target_is_0_or_1(folder: Path) -> None:
    assert "the target is 0 or 1" in load(folder, NOT_IN, "{column: lost, value_set: [2]}", LABELS)
    assert "write a number without quotes" in load(folder, IN, "{column: lost, value_set: [true]}", LABELS)
    assert load(folder, "expect_column_mean_to_be_between", "{column: lost, min_value: 0.1}", LABELS) == ""


def test_a_message_has_file_line_and_key(folder: Path) -> None:
    assert load(folder, NOT_IN, "{column: sex, value_set: [9]}").startswith(
        "features[0].kwargs.value_set[0]: "
    )
    with pytest.raises(ConfigError, match=r"contract\.yaml:3: features\[0\]\.kwargs\.value_set\[0\]: found"):
        load_contract(folder, load_model(folder))


def test_every_expectation_with_a_literal_is_in_the_table() -> None:
    """Another version of Great Expectations must not bring one that nobody has looked at."""
    pytest.importorskip("great_expectations")
    from great_expectations.expectations import registry

    free = {
        "expect_column_pair_values_to_be_equal",  # these compare columns with each other, or count
        "expect_column_pair_values_to_be_in_set",
        "expect_column_to_exist",
        "expect_column_values_to_be_null",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_not_be_null",
        "expect_compound_columns_to_be_unique",
        "expect_multicolumn_values_to_be_equal",
        "expect_select_column_values_to_be_unique_within_record",
        "expect_table_columns_to_match_ordered_list",  # these name columns
        "expect_table_columns_to_match_set",
        "expect_query_results_to_match_comparison",  # these need a database, and are refused when built
        "expect_table_row_count_to_equal_other_table",
        "unexpected_rows_expectation",
    }
    known = set(registry.list_registered_expectation_implementations())
    assert known == free | set(TABLE) | set(POINTLESS)
    for name, checked in TABLE.items():
        fields = registry.get_expectation_impl(name).__fields__
        assert set(checked.roles) <= set(fields), name
