"""What the expectations of Great Expectations 1.24 can check, and what their arguments are.

The pandas engine compares a text with a number without a word: they differ. So each expectation has a row
here that says which columns it is for, and which of its arguments are values of the column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.data.schema import Kind

Class = Literal["number", "text", "date"]
# What an argument holds: values of the column, one value of it, any number, a share, a count, texts.
Role = Literal["values", "value", "number", "share", "count", "text", "regex", "regexes"]

CLASSES: dict[Kind, Class] = {
    "integer": "number",
    "number": "number",
    "target": "number",
    "late_target": "number",
    "string": "text",
    "category": "text",
    "date": "date",
    "timestamp": "date",
    "event": "date",
}
WORDS: dict[Class, str] = {"number": "numbers", "text": "text", "date": "dates"}


class EvaluatedVersion(NamedTuple):
    """What an expectation can check.

    :param classes: of the columns it names.
    :param roles: of its arguments.
    :param instead: what to write for a column of another class.
    """

    classes: tuple[Class, ...]
    roles: Mapping[str, Role]
    instead: str = ""


_ANY: tuple[Class, ...] = ("number", "text", "date")
_ORDERED: tuple[Class, ...] = ("number", "date")
_VALUES: dict[str, Role] = {"value_set": "values"}
_BETWEEN: dict[str, Role] = {"min_value": "value", "max_value": "value"}
_NUMBERS: dict[str, Role] = {"min_value": "number", "max_value": "number"}
_COUNTS: dict[str, Role] = {"min_value": "count", "max_value": "count"}
_SHARES: dict[str, Role] = {"min_value": "share", "max_value": "share"}
_SET = "expect_column_values_to_be_in_set or expect_column_values_to_be_between"
_CATEGORIES = "expect_column_values_to_be_in_set or a regex"

# Every expectation with a literal, or with a column that has to be of some kind.
TABLE: dict[str, EvaluatedVersion] = {
    "expect_column_distinct_values_to_be_in_set": EvaluatedVersion(_ANY, _VALUES),
    "expect_column_distinct_values_to_contain_set": EvaluatedVersion(_ANY, _VALUES),
    "expect_column_distinct_values_to_equal_set": EvaluatedVersion(_ANY, _VALUES),
    "expect_column_most_common_value_to_be_in_set": EvaluatedVersion(
        ("number", "text"), _VALUES, "expect_column_distinct_values_to_be_in_set"
    ),
    "expect_column_values_to_be_in_set": EvaluatedVersion(_ANY, _VALUES),
    "expect_column_values_to_not_be_in_set": EvaluatedVersion(_ANY, _VALUES),
    "expect_column_max_to_be_between": EvaluatedVersion(_ORDERED, _BETWEEN, _CATEGORIES),
    "expect_column_min_to_be_between": EvaluatedVersion(_ORDERED, _BETWEEN, _CATEGORIES),
    "expect_column_values_to_be_between": EvaluatedVersion(_ORDERED, _BETWEEN, _CATEGORIES),
    "expect_column_mean_to_be_between": EvaluatedVersion(("number",), _NUMBERS),
    "expect_column_median_to_be_between": EvaluatedVersion(("number",), _NUMBERS),
    "expect_column_stdev_to_be_between": EvaluatedVersion(("number",), _NUMBERS),
    "expect_column_sum_to_be_between": EvaluatedVersion(("number",), _NUMBERS),
    "expect_column_quantile_values_to_be_between": EvaluatedVersion(("number",), {}),
    "expect_column_value_z_scores_to_be_less_than": EvaluatedVersion(("number",), {"threshold": "number"}),
    "expect_column_values_to_not_be_outliers": EvaluatedVersion(("number",), {"multiplier": "number"}),
    "expect_column_kl_divergence_to_be_less_than": EvaluatedVersion(
        ("number", "text"), {"threshold": "number"}
    ),
    "expect_column_values_to_be_increasing": EvaluatedVersion(_ORDERED, {}),
    "expect_column_values_to_be_decreasing": EvaluatedVersion(_ORDERED, {}),
    "expect_column_proportion_of_non_null_values_to_be_between": EvaluatedVersion(_ANY, _SHARES),
    "expect_column_proportion_of_unique_values_to_be_between": EvaluatedVersion(_ANY, _SHARES),
    "expect_column_unique_value_count_to_be_between": EvaluatedVersion(_ANY, _COUNTS),
    "expect_column_value_lengths_to_be_between": EvaluatedVersion(("text",), _COUNTS, _SET),
    "expect_column_value_lengths_to_equal": EvaluatedVersion(("text",), {"value": "count"}, _SET),
    "expect_column_values_to_match_regex": EvaluatedVersion(("text",), {"regex": "regex"}, _SET),
    "expect_column_values_to_not_match_regex": EvaluatedVersion(("text",), {"regex": "regex"}, _SET),
    "expect_column_values_to_match_regex_list": EvaluatedVersion(("text",), {"regex_list": "regexes"}, _SET),
    "expect_column_values_to_not_match_regex_list": EvaluatedVersion(
        ("text",), {"regex_list": "regexes"}, _SET
    ),
    "expect_column_values_to_match_strftime_format": EvaluatedVersion(
        ("text",), {"strftime_format": "text"}, _SET
    ),
    "expect_column_values_to_match_json_schema": EvaluatedVersion(("text",), {}, _SET),
    "expect_column_values_to_be_json_parseable": EvaluatedVersion(("text",), {}, _SET),
    "expect_column_values_to_be_dateutil_parseable": EvaluatedVersion(("text",), {}, _SET),
    "expect_column_pair_values_a_to_be_greater_than_b": EvaluatedVersion(_ORDERED, {}),
    "expect_multicolumn_sum_to_equal": EvaluatedVersion(("number",), {"sum_total": "number"}),
    "expect_table_row_count_to_be_between": EvaluatedVersion(_ANY, _COUNTS),
    "expect_table_row_count_to_equal": EvaluatedVersion(_ANY, {"value": "count"}),
    "expect_table_column_count_to_be_between": EvaluatedVersion(_ANY, _COUNTS),
    "expect_table_column_count_to_equal": EvaluatedVersion(_ANY, {"value": "count"}),
}
# What compares columns with each other: they have to be of one class, or no row is ever alike.
COMPARING = {
    "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_column_pair_values_to_be_equal",
    "expect_multicolumn_values_to_be_equal",
    "expect_select_column_values_to_be_unique_within_record",
}
# What says nothing about a delivery, or is not there for tables in files; and what to write in its place.
POINTLESS = {
    **dict.fromkeys(
        (
            "expect_column_type_to_be",
            "expect_column_values_to_be_in_type_list",
            "expect_column_values_to_be_of_type",
        ),
        "every column of a snapshot has the type that model.yaml gives it, whatever was delivered (extract "
        "refuses what does not fit); remove the rule",
    ),
    **dict.fromkeys(
        (
            "expect_column_values_to_match_like_pattern",
            "expect_column_values_to_match_like_pattern_list",
            "expect_column_values_to_not_match_like_pattern",
            "expect_column_values_to_not_match_like_pattern_list",
        ),
        "patterns of LIKE are for databases; write a regex",
    ),
}
