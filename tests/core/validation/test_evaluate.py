"""Pieces add up: the result is what Great Expectations says of the whole frame."""

from __future__ import annotations

import random
import re

import pytest

from include.data.schema import table_columns
from include.errors import ConfigError
from include.validation import chunks
from include.validation.checks import build_checks
from include.validation.contract.contract import Rule
from include.validation.evaluate import evaluate
from include.validation.kept_configuration import configurations_kept

pytestmark = pytest.mark.core

DAY = "2005-04-30"
ROWWISE = [
    ("expect_column_values_to_not_be_null", {"column": "bill_amount"}),
    ("expect_column_values_to_not_be_null", {"column": "bill_amount", "mostly": 0.9}),
    ("expect_column_values_to_not_be_null", {"column": "bill_amount", "mostly": 0.91}),
    ("expect_column_values_to_be_null", {"column": "bill_amount", "mostly": 0.1}),
    ("expect_column_values_to_be_between", {"column": "age", "min_value": 25, "max_value": 50}),
    ("expect_column_values_to_be_between", {"column": "bill_amount", "min_value": 5, "mostly": 0.9}),
    ("expect_column_values_to_be_between", {"column": "bill_amount", "max_value": 5, "strict_max": True}),
    ("expect_column_values_to_be_between", {"column": "customer_id", "min_value": 30}),
    ("expect_column_values_to_be_in_set", {"column": "sex", "value_set": ["1"]}),
    ("expect_column_values_to_be_in_set", {"column": "sex", "value_set": ["1", "2"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "age", "value_set": [21, 22]}),
    ("expect_column_values_to_match_regex", {"column": "sex", "regex": "^[12]$"}),
    ("expect_column_values_to_match_regex", {"column": "sex", "regex": "^2$"}),
    ("expect_column_value_lengths_to_equal", {"column": "sex", "value": 1}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "age", "column_B": "bill_amount"}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "age", "column_B": "bill_amount"}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["age", "bill_amount"]}),
    (
        "expect_column_values_to_be_between",
        {
            "column": "age",
            "min_value": 40,
            "row_condition": {
                "type": "comparison",
                "column": {"name": "sex"},
                "operator": "==",
                "parameter": "2",
            },
        },
    ),
]
BY_KEY = [
    ("expect_column_values_to_be_unique", {"column": "customer_id"}),
    ("expect_column_values_to_be_unique", {"column": "age"}),
    ("expect_column_values_to_be_unique", {"column": "bill_amount"}),
    ("expect_column_values_to_be_unique", {"column": "sex"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["customer_id", "age"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["sex", "age"]}),
]
AS_A_WHOLE = [
    ("expect_column_mean_to_be_between", {"column": "age", "min_value": 30, "max_value": 35}),
    ("expect_column_median_to_be_between", {"column": "bill_amount", "min_value": 1}),
    ("expect_column_max_to_be_between", {"column": "age", "max_value": 50}),
    ("expect_column_stdev_to_be_between", {"column": "age", "max_value": 5}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "sex", "value_set": ["1"]}),
    ("expect_column_unique_value_count_to_be_between", {"column": "sex", "min_value": 2, "max_value": 2}),
    ("expect_column_proportion_of_unique_values_to_be_between", {"column": "sex", "max_value": 0.5}),
    ("expect_column_values_to_be_increasing", {"column": "age"}),
    ("expect_column_values_to_be_increasing", {"column": "customer_id"}),
    (
        "expect_column_value_z_scores_to_be_less_than",
        {"column": "age", "threshold": 1.5, "double_sided": True},
    ),
    ("expect_column_values_to_be_of_type", {"column": "age", "type_": "float64"}),
]
TABLE = [
    ("expect_table_row_count_to_be_between", {"min_value": 39, "max_value": 41}),
    ("expect_table_row_count_to_equal", {"value": 41}),
    ("expect_table_column_count_to_equal", {"value": 5}),
    ("expect_table_columns_to_match_set", {"column_set": ["age", "sex"], "exact_match": False}),
    ("expect_column_to_exist", {"column": "age"}),
]


def as_rule(kind, kwargs):
    return Rule(type=kind, kwargs=kwargs, severity="warning", why="It is compared.")


@pytest.fixture
def columns(config):
    return table_columns(config, "features")


@pytest.fixture
def snapshot(write_snapshot):
    ages = [float(value) for value in random.Random(0).choices(range(20, 60), k=40)]
    return write_snapshot(customer_id=[*range(1, 37), 36, 36, 4, 4], age=ages)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(chunks, "ROWS_PER_PIECE", 7)
    monkeypatch.setattr(chunks, "ROWS_PER_KEY_PIECE", 6)


@pytest.fixture
def by_great_expectations(snapshot):
    """Return a function that checks the whole frame by the documented way: context, data source, batch."""

    def check(rule):
        import great_expectations as gx
        import pandas as pd
        from great_expectations.expectations.registry import get_expectation_impl

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("snapshot")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({
            "dataframe": pd.read_parquet(snapshot)
        })
        expectation = get_expectation_impl(rule.type)(**rule.kwargs)
        return batch.validate(expectation, result_format="SUMMARY").to_json_dict()

    return check


@pytest.mark.parametrize(("kind", "kwargs"), [*ROWWISE, *BY_KEY, *AS_A_WHOLE, *TABLE])
def test_the_result_is_that_of_great_expectations_on_the_whole(
    kind, kwargs, snapshot, columns, small_pieces, by_great_expectations
):
    rule = as_rule(kind, kwargs)
    rows, (result,) = evaluate(snapshot, build_checks([rule], columns))
    found, expected = result.to_json_dict(), by_great_expectations(rule)
    assert rows == 40
    assert found["success"] == expected["success"]
    if kind in {name for name, _ in BY_KEY}:  # pieces by key come in another order
        for part in (found["result"], expected["result"]):
            part["partial_unexpected_list"] = sorted(map(str, part["partial_unexpected_list"]))
            part["partial_unexpected_counts"] = sorted(map(str, part["partial_unexpected_counts"]))
            part["partial_unexpected_index_list"] = sorted(part["partial_unexpected_index_list"])
            assert len(part["partial_unexpected_list"]) <= 20
        if expected["result"]["unexpected_count"] > 20:
            for part in (found["result"], expected["result"]):
                for name in (
                    "partial_unexpected_list",
                    "partial_unexpected_counts",
                    "partial_unexpected_index_list",
                ):
                    del part[name]
    assert _rounded(found["result"]) == _rounded(expected["result"])


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


def test_results_come_in_the_order_of_the_rules(snapshot, columns, small_pieces):
    rules = [as_rule(kind, kwargs) for kind, kwargs in [*TABLE, *ROWWISE[::-1], *BY_KEY, *AS_A_WHOLE]]
    _, results = evaluate(snapshot, build_checks(rules, columns))
    assert [result.expectation_config.type for result in results] == [rule.type for rule in rules]


def test_a_column_is_read_once_for_all_its_rules(snapshot, columns, monkeypatch):
    from include.validation import evaluate as module

    seen = []
    original = module.by_rows
    monkeypatch.setattr(module, "by_rows", lambda *given: seen.append(given[1]) or original(*given))
    rules = [as_rule(kind, kwargs) for kind, kwargs in ROWWISE[:8]]
    evaluate(snapshot, build_checks(rules, columns))
    assert seen == [("bill_amount",), ("age",), ("customer_id",)]


def test_an_expectation_builds_its_configuration_once_within_an_evaluation_and_anew_elsewhere(
    snapshot, columns, monkeypatch
):
    from great_expectations.expectations import expectation as module

    (check,) = build_checks([as_rule(*ROWWISE[0])], columns)
    evaluate(snapshot, [check])
    built = []
    original = module.ExpectationConfiguration
    monkeypatch.setattr(
        module, "ExpectationConfiguration", lambda **own: built.append(own) or original(**own)
    )
    evaluate(snapshot, [check])
    assert len(built) < 50, "more than a hundred are built where none is kept"
    assert check.expectation.configuration is not check.expectation.configuration
    with configurations_kept():
        assert check.expectation.configuration is check.expectation.configuration


def test_dates_are_compared_as_dates(snapshot, columns):
    rules = [
        as_rule("expect_column_values_to_be_between", {"column": "as_of", "max_value": DAY}),
        as_rule("expect_column_values_to_be_between", {"column": "as_of", "max_value": "2005-04-29"}),
        as_rule("expect_column_values_to_be_in_set", {"column": "as_of", "value_set": [DAY]}),
        as_rule("expect_column_max_to_be_between", {"column": "as_of", "max_value": DAY}),
    ]
    _, results = evaluate(snapshot, build_checks(rules, columns))
    assert [result.success for result in results] == [True, False, True, True]


@pytest.mark.parametrize("key", ["customer_id", "age", "sex", "as_of"])
def test_pieces_by_key_hold_each_row_once_and_equal_keys_together(snapshot, small_pieces, key):
    import pyarrow.parquet as pq

    with pq.ParquetFile(snapshot) as opened:
        frames = list(chunks.by_key(opened, (key, "bill_amount")))
        whole = chunks.whole(opened, (key, "bill_amount"))
    assert sorted(place for frame in frames for place in frame.index) == list(range(40))
    for frame in frames:
        assert frame["bill_amount"].equals(whole["bill_amount"].loc[frame.index])
    keys = [set(frame[key]) for frame in frames]
    assert sum(map(len, keys)) == len(set(whole[key]))


def test_minus_zero_and_zero_are_the_same_key():
    import pyarrow as pa

    zero, minus_zero = chunks._piece_of(pa.array([0.0, -0.0]), 7)
    assert zero == minus_zero


def test_an_exception_within_an_expectation_names_the_rule(snapshot, columns):
    rules = [
        as_rule("expect_column_values_to_be_in_set", {"column": "sex", "value_set": ["1", "2"]}),
        as_rule("expect_column_values_to_be_between", {"column": "sex", "min_value": 1}),
    ]
    with pytest.raises(ConfigError) as caught:
        evaluate(snapshot, build_checks(rules, columns))
    assert "expect_column_values_to_be_between on sex could not be evaluated" in str(caught.value)
    assert "kind of the column in model.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_exception_around_an_expectation_names_the_rule(snapshot, columns):
    kind = "expect_column_kl_divergence_to_be_less_than"
    partition = {"values": ["1", "2"], "weights": [0.5, 0.5]}
    fine = as_rule(kind, {"column": "sex", "threshold": 0.1, "partition_object": partition})
    wrong = as_rule(kind, {**fine.kwargs, "partition_object": {**partition, "weights": [5, 5]}})
    with pytest.raises(ConfigError, match=rf"contract\.yaml: {kind} on sex could not be evaluated \(ValueE"):
        evaluate(snapshot, build_checks([fine, wrong], columns))


def test_a_condition_that_its_parser_does_not_know_names_the_rule(columns):
    condition = {"row_condition": 'sex == "1" or age > 9', "condition_parser": "great_expectations"}
    rule = as_rule("expect_column_values_to_be_between", {"column": "age", "max_value": 9, **condition})
    with pytest.raises(ConfigError, match="on age does not take its arguments: unable to parse condition"):
        build_checks([rule], columns)


def test_nothing_is_printed_or_logged(snapshot, columns, capfd, caplog):
    with caplog.at_level("INFO"):
        evaluate(snapshot, build_checks([as_rule(kind, kwargs) for kind, kwargs in ROWWISE], columns))
    assert capfd.readouterr() == ("", "")
    assert [record.message for record in caplog.records] == []


def test_the_first_import_is_quiet_too(tmp_path):
    """In a process of its own, with the log level that a task has."""
    import subprocess
    import sys
    from pathlib import Path

    program = (
        "import logging; logging.basicConfig(level=logging.INFO)\n"
        "from include.validation.checks import import_gx\n"
        "import_gx()"
    )
    root = str(Path(__file__).parents[3])
    told = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": root, "HOME": str(tmp_path)},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert (told.stdout, told.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_importing_the_modules_imports_nothing_heavy():
    import subprocess
    import sys
    from pathlib import Path

    heavy = ("great_expectations", "pandas")
    program = (
        "import include.validation.validate, include.validation.report, include.validation.page, sys\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    root = str(Path(__file__).parents[3])
    told = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": root}, check=True, capture_output=True, text=True
    )
    assert re.fullmatch(r"\[\]\n", told.stdout)
