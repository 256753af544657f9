"""Data that no model may see, whatever its contract says: found, named, and critical."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from include.errors import DataError
from include.validation.report import ContractBreach

pytestmark = pytest.mark.core


def only_finding(report, rule):
    assert [finding.rule for finding in report.findings] == [rule]
    assert not report.passed
    assert report.findings[0].severity == "critical"
    return report.findings[0]


@pytest.mark.parametrize("table", ["features", "labels"])
def test_sound_data_passes(validate, table):
    report = validate(table)
    assert report.passed
    assert report.findings == ()
    assert report.rows == 40
    assert report.counts["critical"] == report.counts["warning"] == 0
    assert report.gx_result["success"] is True


def test_a_table_without_rows(validate):
    report = validate(customer_id=[])
    assert not report.passed
    rows = next(f for f in report.findings if f.column == "(table)")
    assert (rows.found, rows.allowed) == ("0", "at least 1")


@pytest.mark.parametrize("table", ["features", "labels"])
def test_duplicate_entity_rows(validate, table):
    entities = [*range(1, 39), 7, 7]
    finding = only_finding(validate(table, customer_id=entities), "expect_compound_columns_to_be_unique")
    assert finding.column == "customer_id, as_of"
    assert finding.found == "3 of 40 rows (7.5 %)"
    assert finding.examples == ("customer_id=7, as_of=2005-04-30",)
    assert finding.share == pytest.approx(3 / 40)
    assert "counts twice" in finding.why


def test_one_entity_on_two_dates_is_not_a_duplicate(validate):
    dates = [date(2005, 3, 31), date(2005, 4, 30)] * 20
    entities = [place // 2 for place in range(40)]
    assert validate("labels", customer_id=entities, as_of=dates).passed


@pytest.mark.parametrize("value", [2, -1])
def test_a_target_outside_0_and_1(validate, value):
    finding = only_finding(
        validate("labels", defaulted=[0, 1] * 19 + [value] * 2), "expect_column_values_to_be_in_set"
    )
    assert finding.column == "defaulted"
    assert finding.found == "2 of 40 rows (5 %)"
    assert finding.examples == (str(value),)
    assert finding.allowed == "one of 0, 1"


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_in_a_delivery_is_normal(validate, only):
    """Where the other is rare. Whether the window holds both is decided when it is prepared."""
    report = validate("labels", defaulted=[only] * 40)
    assert (report.passed, report.findings) == (True, ())


def test_the_target_is_checked_in_the_features_table_where_it_lives(validate, make_config):
    config = make_config(
        source={"labels": None}, features={"numeric": ["age"], "categorical": ["sex"]}, sensitive={"sex": {}}
    )
    report = validate(config=config, defaulted=[1] * 39 + [2])
    assert [finding.column for finding in report.findings] == ["defaulted"]


@pytest.mark.parametrize("known", [None, 0], ids=["not known yet", "one class so far"])
def test_a_target_among_the_features_may_wait_to_be_known(validate, make_config, known):
    config = make_config(
        source={"labels": None}, features={"numeric": ["age"], "categorical": ["sex"]}, sensitive={"sex": {}}
    )
    assert validate(config=config, defaulted=[known] * 40).passed


@pytest.mark.parametrize(("column", "values"), [("bill_amount", [None] * 40), ("sex", [None] * 40)])
def test_a_column_without_any_value_is_odd_in_few_rows(validate, column, values):
    """A sparse column may be empty by chance: a warning, and the window decides."""
    report = validate(**{column: values})
    assert report.passed
    (finding,) = report.findings
    assert (finding.severity, finding.rule) == ("warning", "expect_column_values_to_not_be_null")
    assert finding.column == column
    assert finding.found == "40 of 40 rows (100 %)"
    assert finding.allowed == "at least one value that is not missing"
    assert finding.examples == ()


def test_a_single_value_is_enough_for_a_column(validate):
    assert validate(bill_amount=[None] * 39 + [1.0]).passed


def test_a_date_in_the_future(validate):
    later = [date(2005, 4, 30)] * 39 + [date(2006, 1, 31)]
    report = validate(as_of=later)
    assert {finding.rule for finding in report.findings} == {
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_in_set",
    }
    assert all(finding.examples == ("2006-01-31",) for finding in report.findings)
    assert {finding.allowed for finding in report.findings} == {"at most 2005-04-30", "only '2005-04-30'"}


def test_a_date_beyond_what_nanoseconds_hold(validate):
    finding = only_finding(
        validate("labels", as_of=[date(2005, 4, 30)] * 39 + [date(9999, 12, 31)]),
        "expect_column_values_to_be_between",
    )
    assert finding.examples == ("9999-12-31",)
    assert finding.found == "1 of 40 rows (2.5 %)"


def test_labels_may_speak_of_the_past_but_not_of_what_came_after(validate):
    day = date(2005, 5, 31)
    assert validate("labels", as_of=[day - timedelta(days=31)] * 20 + [day] * 20).passed
    assert not validate("labels", as_of=[day] * 39 + [day + timedelta(days=1)]).passed


def test_a_run_may_not_know_what_lies_after_its_own_date(validate):
    report = validate("labels", known_at="2005-04-29")
    assert only_finding(report, "expect_column_values_to_be_between").allowed == "at most 2005-04-29"


def test_features_of_another_day_are_in_the_wrong_partition(validate):
    finding = only_finding(validate(as_of=[date(2005, 3, 31)] * 40), "expect_column_values_to_be_in_set")
    assert finding.found == "40 of 40 rows (100 %)"


@pytest.mark.parametrize(("value", "shown"), [(math.inf, "inf"), (-math.inf, "-inf")])
def test_an_infinite_value(validate, value, shown):
    finding = only_finding(validate(age=[30.0] * 39 + [value]), "expect_column_values_to_be_between")
    assert finding.column == "age"
    assert finding.allowed == "finite numbers"
    assert finding.examples == (shown,)


def test_the_largest_number_is_finite(validate):
    assert validate(age=[30.0] * 38 + [1.7976931348623157e308, -1.7976931348623157e308]).passed


def test_missing_values_alone_are_left_to_the_contract(validate):
    assert validate(sex=[None] * 20 + ["1"] * 20, age=[None, *([30.0] * 39)]).passed


def test_a_snapshot_that_is_not_there(config, tmp_path, make_rule):
    from include.validation.contract.contract import Contract
    from include.validation.validate import validate_snapshot

    with pytest.raises(DataError, match=r"gone.parquet does not exist: run extract"):
        validate_snapshot(
            tmp_path / "gone.parquet",
            table="features",
            config=config,
            contract=Contract(features=()),
            partition="2005-04-30",
            as_of="2005-04-30",
        )


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:-20], id="cut off"),
        pytest.param(lambda content: content[:-60] + b"\xff" * 52 + content[-8:], id="footer"),
        pytest.param(lambda content: content[:4] + b"\xff" * 200 + content[204:], id="page"),
    ],
)
def test_a_damaged_snapshot(config, write_snapshot, damage):
    from include.validation.contract.contract import Contract
    from include.validation.validate import validate_snapshot

    path = write_snapshot()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"is not a readable Parquet file .*run extract"):
        validate_snapshot(
            path,
            table="features",
            config=config,
            contract=Contract(features=()),
            partition="2005-04-30",
            as_of="2005-04-30",
        )


def test_a_breach_is_faulty_data_names_the_delivery_and_carries_its_report(validate):
    report = validate("labels", defaulted=[2] * 40)
    breach = ContractBreach(report, "file:///in/labels.csv")
    assert isinstance(breach, DataError)
    assert breach.report is report
    assert str(breach) == f"file:///in/labels.csv: {report.summary()}"
