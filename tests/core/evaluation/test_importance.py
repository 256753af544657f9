from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.importance import measure_importance
from include.training.frame import load_frame

pytestmark = pytest.mark.core


class ByPayStatus:
    """A fitted model that looks at one feature."""

    classes_ = (0, 1)

    def __init__(self):
        self.rows = 0

    def predict_proba(self, features):
        self.rows = max(self.rows, len(features))
        scores = 1 / (1 + np.exp(-features["pay_status"].to_numpy()))
        return np.column_stack([1 - scores, scores])


@pytest.fixture
def test_set(tmp_path, make_config, write_rows):
    return load_frame(write_rows(tmp_path / "test.parquet", rows=800), make_config())


@pytest.mark.parametrize("primary", ["roc_auc", "log_loss"])
def test_only_the_feature_that_the_model_uses_matters_whatever_the_metric(test_set, make_config, primary):
    config = make_config(gate={"primary": primary})
    found = measure_importance(ByPayStatus(), test_set, config)
    assert tuple(found) == config.feature_names
    assert found["pay_status"].loss > 5 * found["pay_status"].spread > 0
    assert {one.loss for name, one in found.items() if name != "pay_status"} == {0.0}


def test_the_same_seed_gives_the_same_importance(test_set, make_config):
    once, again = (measure_importance(ByPayStatus(), test_set, make_config()) for _ in range(2))
    assert once == again
    assert once != measure_importance(ByPayStatus(), test_set, make_config(estimator={"seed": 5}))


def test_a_large_test_set_is_sampled(test_set, make_config):
    model = ByPayStatus()
    found = measure_importance(model, test_set, make_config(), rows=300, repeats=4)
    assert model.rows == 1_200
    assert found["pay_status"].loss > 0.1


def test_the_test_set_is_left_as_it_was(test_set, make_config):
    before = test_set.features.copy()
    measure_importance(ByPayStatus(), test_set, make_config())
    assert before.equals(test_set.features)
