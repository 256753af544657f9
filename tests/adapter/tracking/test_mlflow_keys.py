"""Keys of metrics and parameters, held against MLflow's own rules."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric_name, _validate_param_name

from include.names import mlflow_key
from mlops.monitoring import drift_log
from tests.world import hostile_drift

pytestmark = pytest.mark.adapter

ANY = st.text(st.characters(exclude_categories=()))  # lone surrogates too


@given(ANY, st.sampled_from(["drift_ks_", "estimator."]))
@example("a//b", "drift_ks_")
@example("a/./b", "drift_ks_")
@example("a/", "drift_ks_")
@example("a" * 242, "drift_ks_")
@example("..", "estimator.")
@example("/", "estimator.")
def test_mlflow_accepts_the_key_of_any_name(name: str, prefix: str) -> None:
    key = mlflow_key(prefix, name)
    _validate_metric_name(key)
    _validate_param_name(key)


def test_each_statistic_of_each_column_has_a_metric_of_its_own(tmp_path) -> None:
    report = hostile_drift.drifted(tmp_path)[-1]
    found = drift_log._metrics(report)
    results = sum(len(column.results) for column in (*report.columns, report.predictions))
    assert len([name for name in found if name.startswith("drift_")]) == results
    for name in found:
        _validate_metric_name(name)
        assert len(name) <= 250
    for column in report.columns:
        keys = drift_log._keys(column)
        assert {key: found[key] for key in keys} == {key: one.effect for key, one in keys.items()}
        assert all(drift_log._renamed(report).get(key, column.name) == column.name for key in keys)
    assert found["drift_ks_predictions"] == report.predictions.results[0].effect
