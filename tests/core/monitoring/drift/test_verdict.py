"""The verdict of a drift check: what it says of reports whose figures are written down here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from include.monitoring.drift.decision import ColumnStatus
from include.monitoring.drift.report import ColumnDrift, DriftReport, StatisticResult
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.tasks.columns import PREDICTED

pytestmark = pytest.mark.core

DRIFTED, NO_DRIFT, INCONCLUSIVE = ColumnStatus


def result(
    status: ColumnStatus, statistic: str = "ks", effect: float = 0.04, **changes: Any
) -> StatisticResult:
    return StatisticResult(**{
        "statistic": statistic, "effect": effect, "threshold": 0.1, "critical_value": 0.031, "p_value": 0.5,
        "rows": 3_990, "rows_needed": None, "status": status, **changes,
    })  # fmt: skip


def column(name: str, *results: StatisticResult, **changes: Any) -> ColumnDrift:
    return ColumnDrift(**{"name": name, "results": results, "changes": (), "importance": None, **changes})


CALM = column("bill_amount", result(NO_DRIFT), result(NO_DRIFT, "missing_share", 0.001, threshold=0.05))
SHIFTED = column("age", result(DRIFTED, effect=0.234, critical_value=None), importance=0.3)
FEW = column("sex", result(INCONCLUSIVE, "psi", 0.05, threshold=0.2, rows=98, rows_needed=1_230))
STEADY = column(PREDICTED, result(NO_DRIFT), result(NO_DRIFT, "mean_shift", 0.001, threshold=0.02))
CHANGED = column(PREDICTED, result(DRIFTED, effect=0.3), result(DRIFTED, "mean_shift", 0.05, threshold=0.02))
VARIED = result(DRIFTED, effect=0.6, between_day_variation=0.4, capped=True)


def report(*columns: ColumnDrift, **changes: Any) -> DriftReport:
    return DriftReport(**{
        "subject": "credit_risk 2005-09-30", "model": "credit_risk", "rows": 4_000, "columns": columns,
        "predictions": STEADY, "shift": 0.001, "false_discovery_rate": 0.01, "prediction_shift": 0.02,
        **changes,
    })  # fmt: skip


REPORTS = {
    "no drift": report(CALM, replace(CALM, name="paid_amount"), FEW),
    "nothing to compare": report(column("age"), predictions=None, shift=None),
    "benign": report(SHIFTED, CALM),
    "impactful": report(SHIFTED, CALM, predictions=CHANGED, shift=0.05),
    "the mean alone": report(SHIFTED, CALM, shift=-0.021),
    "predictions alone": report(CALM, predictions=CHANGED, shift=0.05),
    "hardly used": report(
        replace(SHIFTED, importance=0.01), replace(CALM, importance=0.99), predictions=None
    ),
    "effect unknown": report(SHIFTED, CALM, predictions=None, shift=None),
    "constant in training": report(replace(SHIFTED, constant_in_training=True), CALM),
    "one prediction": report(SHIFTED, predictions=replace(STEADY, constant_in_training=True)),
    "changed definition": report(column("sex", changes=("'3' is gone (20.0% in training)",)), CALM),
    "too few rows": report(FEW, rows=100, left_out=("age", "a\nb")),
    "too little training data": report(
        column("sex", result(INCONCLUSIVE, "psi", 0.05, threshold=0.2, rows=98)), rows=100
    ),
    "no rows": report(column("age"), rows=0, predictions=None, shift=None),
    "nothing checked": report(predictions=None, shift=None, left_out=("age",)),
    "variation beyond the threshold": report(*(column(f"x{n}", VARIED) for n in range(7))),
    "many columns": report(*(column(f"x{n:02}", result(DRIFTED, effect=0.2)) for n in range(18)), CALM),
    "thresholds of their own": report(CALM, column("age", result(NO_DRIFT, threshold=0.6))),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_wording(name, snapshot):
    assert write_verdict(REPORTS[name]).to_text() == snapshot


@pytest.mark.parametrize("name", REPORTS)
def test_the_verdict_has_the_decision_and_every_figure(name):
    found = REPORTS[name]
    verdict = write_verdict(found)
    assert (verdict.kind, verdict.decision) == ("drift", found.decision)
    assert type(verdict.decision) is str
    assert verdict.inputs["drifted"] == [one.name for one in found.drifted]
    assert verdict.inputs["inconclusive"] == [one.name for one in found.inconclusive]
    assert verdict.thresholds["prediction_shift"] == 0.02


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("no drift", "no drift"), ("benign", "benign drift"), ("impactful", "impactful drift"),
        ("the mean alone", "impactful drift"), ("predictions alone", "impactful drift"),
        ("hardly used", "benign drift"), ("effect unknown", "impactful drift"),
        ("constant in training", "impactful drift"), ("one prediction", "impactful drift"),
        ("too few rows", "inconclusive"), ("no rows", "inconclusive"), ("nothing checked", "inconclusive"),
    ],
)  # fmt: skip
def test_the_decision(name, decision):
    assert REPORTS[name].decision == decision


def test_thresholds_are_named_by_column_where_columns_differ():
    thresholds = write_verdict(REPORTS["thresholds of their own"]).thresholds
    assert (thresholds["ks of age"], thresholds["ks of bill_amount"]) == (0.6, 0.1)
    assert thresholds["missing_share"] == 0.05
