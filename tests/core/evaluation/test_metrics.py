from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.metrics import measure
from tests.world.examples import examples

pytestmark = pytest.mark.core

SKLEARN = {
    "roc_auc": "roc_auc_score",
    "average_precision": "average_precision_score",
    "log_loss": "log_loss",
    "brier": "brier_score_loss",
}


def reference(name, target, scores, weights=None):
    from sklearn import metrics

    if name == "accuracy":
        return metrics.accuracy_score(target, scores > 0.5, sample_weight=weights)
    return getattr(metrics, SKLEARN[name])(target, scores, sample_weight=weights)


def drawn(rows, seed, ties=False):
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < 0.3).astype(np.int8)
    target[:2] = [0, 1]
    scores = rng.random(rows) * 0.7 + 0.3 * target * rng.random(rows)
    return target, scores.round(1) if ties else scores


@pytest.mark.parametrize("name", [*SKLEARN, "accuracy"])
@pytest.mark.parametrize("ties", [False, True])
def test_values_agree_with_scikit_learn(name, ties):
    for seed in range(20):
        target, scores = drawn(50 + 37 * seed, seed, ties)
        assert measure(name, target, scores) == pytest.approx(reference(name, target, scores), rel=1e-12)


@examples(60)
@given(data=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), min_size=2, max_size=60))
def test_auc_counts_pairs(data):
    target = np.array([label for label, _ in data], dtype=np.int8)
    scores = np.array([score / 10 for _, score in data])
    ups, downs = scores[target == 1], scores[target == 0]
    if not len(ups) or not len(downs):
        assert np.isnan(measure("roc_auc", target, scores))
    else:
        wins = (ups[:, None] > downs).mean() + (ups[:, None] == downs).mean() / 2
        assert measure("roc_auc", target, scores) == pytest.approx(wins)


@examples(60)
@given(
    data=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=60),
    name=st.sampled_from(sorted(TASKS["binary"].metrics)),
)
def test_values_stay_in_their_range(data, name):
    target = np.array([label for label, _ in data], dtype=np.int8)
    value = measure(name, target, np.array([score for _, score in data]))
    assert np.isnan(value) or METRICS[name].lowest <= value <= METRICS[name].highest


def test_a_perfect_and_a_reversed_ranking():
    target = np.array([0, 0, 1, 1], dtype=np.int8)
    assert measure("roc_auc", target, np.array([0.1, 0.2, 0.3, 0.4])) == 1.0
    assert measure("roc_auc", target, np.array([0.4, 0.3, 0.2, 0.1])) == 0.0
    assert measure("average_precision", target, np.array([0.1, 0.2, 0.3, 0.4])) == 1.0


def test_one_class_has_no_auc_and_without_positives_no_average_precision():
    none, every = np.zeros(4, dtype=np.int8), np.ones(4, dtype=np.int8)
    scores = np.array([0.1, 0.2, 0.3, 0.4])
    assert np.isnan(measure("roc_auc", none, scores))
    assert np.isnan(measure("roc_auc", every, scores))
    assert np.isnan(measure("average_precision", none, scores))


def test_a_certain_error_costs_a_lot_but_not_everything():
    target = np.array([1, 0], dtype=np.int8)
    assert 30 < measure("log_loss", target, np.array([0.0, 1.0])) < 40


def test_an_unknown_metric_is_refused():
    with pytest.raises(KeyError, match="auc_roc"):
        measure("auc_roc", np.array([0, 1]), np.array([0.1, 0.2]))
