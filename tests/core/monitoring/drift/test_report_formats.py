"""Drift reports that earlier versions wrote are read with the words of today, and every figure as it was."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import DataError
from include.monitoring.drift.decision import ColumnStatus, DriftDecision, rename_decision
from include.monitoring.drift.report import DriftReport
from include.monitoring.tasks.columns import PREDICTED

pytestmark = pytest.mark.core

STATUSES = {"drifted": "drifted", "quiet": "no drift", "can't tell": "inconclusive"}
DECISIONS = {
    "quiet": "no drift",
    "harmless": "benign drift",
    "matters": "impactful drift",
    "can't tell": "inconclusive",
}


def move(status: str, **further: Any) -> dict[str, Any]:
    return {
        "statistic": "ks", "effect": 0.04, "threshold": 0.1, "normal": 0.03, "p_value": 0.5, "rows": 100,
        "rows_needed": 1_200, "status": status, **further,
    }  # fmt: skip


def report(
    *columns: dict[str, Any], predictions: dict[str, Any] | None = None, **further: Any
) -> dict[str, Any]:
    return {
        "subject": "credit_risk 2005-09-30", "model": "credit_risk", "rows": 100, "columns": list(columns),
        "predictions": predictions, "shift": None, "false_discovery_rate": 0.01, "prediction_shift": 0.02,
        "decision": "quiet", **further,
    }  # fmt: skip


def column(name: str, *moves: dict[str, Any], **further: Any) -> dict[str, Any]:
    return {"name": name, "moves": list(moves), "changes": [], "importance": 0.5, **further}


@pytest.mark.parametrize(("old", "new"), STATUSES.items())
def test_a_status_of_before_is_read(old, new):
    found = DriftReport.from_dict(
        report(column("age", move(old)), predictions=column("predictions", move(old)))
    )
    (age,), predictions = found.columns, found.predictions
    assert predictions is not None
    assert predictions.name == PREDICTED
    assert [one.results[0].status for one in (age, predictions)] == [ColumnStatus(new)] * 2
    assert (age.status, age.results[0].critical_value, age.results[0].rows_needed) == (new, 0.03, 1_200)
    assert (age.results[0].between_day_variation, age.results[0].capped) == (0.0, False)
    assert DriftReport.from_dict(found.to_dict()) == found


def test_the_second_format_is_read():
    old = column("age", move("quiet", variation=0.07, capped=True), knew_one_value=True)
    found = DriftReport.from_dict(report(old, left_out=["sex"], format=2))
    (age,) = found.columns
    assert (age.results[0].between_day_variation, age.results[0].capped) == (0.07, True)
    assert age.constant_in_training
    assert found.left_out == ("sex",)


def test_a_status_that_nobody_wrote_is_refused():
    with pytest.raises(DataError, match=r"this drift report is damaged .*'calm' is not a valid ColumnStatus"):
        DriftReport.from_dict(report(column("age", move("calm"))))


@pytest.mark.parametrize(("old", "new"), [*DECISIONS.items(), *((word, word) for word in DriftDecision)])
def test_a_decision_of_before_is_read(old, new):
    assert rename_decision(old) is DriftDecision(new)
