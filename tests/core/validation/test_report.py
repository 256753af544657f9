from __future__ import annotations

import json
import math

import pytest

from include.validation.report import Finding, ValidationReport, summarise

pytestmark = pytest.mark.core


def finding(place=0, **changes):
    values = {
        "column": f"column_{place}",
        "rule": "expect_column_values_to_be_between",
        "found": "3 of 40 rows (7.5 %)",
        "allowed": "at least 18",
        "share": 0.075,
        "examples": ("-1", "7"),
        "severity": "warning",
        "why": "Adults only.",
    }
    return Finding(**{**values, **changes})


def report(*findings, rules=45):
    return ValidationReport(
        model="credit_risk",
        table="features",
        partition="2005-04-30",
        as_of="2005-05-31",
        rows=30_000,
        contract_digest="c" * 64,
        findings=findings,
        rules=tuple({"rule": f"r{i}"} for i in range(rules)),
        gx_result={},
    )


def test_a_sound_snapshot_takes_one_line():
    assert (
        summarise(report()) == "credit_risk features 2005-04-30 passes its contract: 45 rules on 30,000 rows"
    )


def test_a_finding_says_column_rule_found_examples_allowed_and_reason():
    head, line = summarise(report(finding())).splitlines()
    assert head == (
        "credit_risk features 2005-04-30 passes its contract, with warnings: 1 warning of 45 rules on 30,000 "
        "rows"
    )
    assert line == (
        "  WARNING  column_0: expect_column_values_to_be_between: found 3 of 40 rows (7.5 %), such as -1; 7; "
        "allowed at least 18. Adults only."
    )


def test_a_breach_says_what_to_do():
    text = summarise(report(finding(severity="critical")))
    assert "VIOLATES ITS CONTRACT: 1 critical of 45 rules" in text
    assert text.endswith("change contract.yaml where the rule is wrong.")


def test_a_rule_that_nobody_can_change_is_not_blamed_on_the_contract():
    built_in = finding(severity="critical", built_in=True)
    text = summarise(report(built_in, finding(severity="warning")))
    assert "contract.yaml" not in text
    assert text.endswith("the rule is built in and applies to every model.")
    assert "Adults only. (built in)" in text
    mixed = summarise(report(built_in, finding(1, severity="critical")))
    assert "change contract.yaml where the rule is wrong (those marked built in are not there)" in mixed


def test_a_report_from_before_rules_said_whether_they_are_built_in_is_read():
    plain = report(finding(severity="critical")).to_dict()
    del plain["findings"][0]["built_in"]
    assert ValidationReport.from_dict(plain).findings[0].built_in is False


def test_at_most_ten_findings_are_shown_and_the_rest_counted():
    findings = [finding(place, severity="critical" if place < 11 else "warning") for place in range(14)]
    lines = summarise(report(*findings)).splitlines()
    assert sum("expect_column" in line for line in lines) == 10
    assert "  ... and 4 more (1 critical); the report has them all" in lines


def test_the_limit_can_be_chosen():
    text = report(*(finding(place) for place in range(14))).summary(limit=3)
    assert text.count("expect_column") == 3
    assert "and 11 more" in text


def test_counts_and_outcome_follow_from_the_findings():
    mixed = report(finding(severity="critical"), finding(), finding())
    assert mixed.counts == {"rules": 45, "critical": 1, "warning": 2}
    assert not mixed.passed
    assert report(finding()).passed


def test_a_report_survives_json(validate):
    original = validate(age=[math.inf] * 40, sex=["<b>"] * 40)
    plain = json.loads(json.dumps(original.to_dict(), allow_nan=False))
    assert plain["passed"] is False
    assert plain["counts"]["critical"] == 1
    assert ValidationReport.from_dict(plain) == original


def test_findings_come_worst_first(validate, make_rule):
    rules = (
        make_rule("expect_column_values_to_be_between", "warning", column="age", min_value=25),
        make_rule("expect_column_values_to_be_between", "warning", column="age", min_value=50),
        make_rule("expect_column_values_to_be_between", "critical", column="age", min_value=21),
        make_rule("expect_column_mean_to_be_between", "warning", column="age", max_value=10),
        make_rule("expect_column_values_to_be_between", "critical", column="age", min_value=22),
    )
    found = [(f.severity, f.share) for f in validate(rules=rules).findings]
    assert found == [
        ("critical", 0.05),
        ("critical", 0.025),
        ("warning", None),
        ("warning", 0.75),
        ("warning", 0.125),
    ]


def test_a_warning_lets_the_snapshot_pass(validate, make_rule):
    outcome = validate(rules=(make_rule("expect_column_values_to_be_null", "warning", column="age"),))
    assert outcome.passed
    assert outcome.counts["warning"] == 1


def test_every_rule_is_listed_with_its_outcome(validate, make_rule):
    outcome = validate(
        rules=(make_rule("expect_column_mean_to_be_between", "warning", column="age", max_value=10),)
    )
    assert len(outcome.rules) == outcome.counts["rules"]
    assert outcome.rules[-1] == {
        "column": "age",
        "rule": "expect_column_mean_to_be_between",
        "found": "39.5",
        "allowed": "at most 10",
        "severity": "warning",
        "why": "Because of expect_column_mean_to_be_between.",
        "built_in": False,
        "passed": False,
    }
    assert sum(rule["passed"] for rule in outcome.rules) == len(outcome.rules) - 1


def test_the_full_result_has_the_form_of_great_expectations(validate, make_rule):
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema

    rules = (make_rule("expect_column_values_to_be_between", "warning", column="age", min_value=25),)
    result = validate(rules=rules).gx_result
    assert set(result) >= {"success", "results", "suite_name", "statistics", "meta"}
    assert result["suite_name"] == "credit_risk.features"
    assert set(result["statistics"]) == {
        "evaluated_expectations",
        "successful_expectations",
        "unsuccessful_expectations",
        "success_percent",
    }
    last = result["results"][-1]
    assert last["success"] is False
    assert last["expectation_config"]["severity"] == "warning"
    assert last["result"]["unexpected_count"] == 5
    assert last["result"]["partial_unexpected_list"] == [20.0, 21.0, 22.0, 23.0, 24.0]
    assert expectationSuiteValidationResultSchema.load(result).success is False


def test_the_same_snapshot_gives_the_same_report(validate):
    assert validate(age=[-math.inf] * 40).to_dict() == validate(age=[-math.inf] * 40).to_dict()


def test_values_from_the_data_can_not_break_a_line_of_the_log(validate, make_rule):
    evil = "x\n2005-04-30 ERROR forged line\x1b[2J"
    rules = (make_rule("expect_column_values_to_be_in_set", column="sex", value_set=["1", "2"]),)
    text = validate(rules=rules, sex=[evil] * 40).summary()
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text
    assert r"'x\n2005-04-30 ERROR forged line" in text
