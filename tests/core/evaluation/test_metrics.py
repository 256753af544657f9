from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.metric_names import METRICS
from include.evaluation.metrics import measure, prepare

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


@pytest.mark.parametrize("name", [*SKLEARN, "accuracy"])
@pytest.mark.parametrize("ties", [False, True])
def test_weighted_values_agree_with_scikit_learn(name, ties):
    target, scores = drawn(300, 1, ties)
    weights = np.random.default_rng(2).poisson(1, (5, 300)).astype(np.int32)
    found = prepare(name, target, scores)(weights)
    expected = [reference(name, target, scores, row) for row in weights]
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS.keys() - {"calibration_error"}))  # whose bins stay the set's
def test_weights_mean_repeated_rows(name):
    target, scores = drawn(120, 3, ties=True)
    weights = np.random.default_rng(4).poisson(1, 120).astype(np.int32)
    again = np.repeat(np.arange(120), weights)
    found = prepare(name, target, scores)(weights[None])[0]
    assert found == pytest.approx(measure(name, target[again], scores[again]), rel=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_several_resamples_at_once_equal_one_at_a_time(name):
    target, scores = drawn(80, 5)
    weights = np.random.default_rng(6).poisson(1, (7, 80)).astype(np.int32)
    statistic = prepare(name, target, scores)
    assert statistic(weights) == pytest.approx([statistic(row[None])[0] for row in weights], rel=1e-13)


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
@given(
    data=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=60),
    name=st.sampled_from(sorted(METRICS)),
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


def test_a_calibrated_model_has_no_calibration_error():
    scores = np.repeat([0.1, 0.5, 0.9], 100)
    target = np.concatenate([np.repeat([1, 0], [share, 100 - share]) for share in (10, 50, 90)]).astype(
        np.int8
    )
    assert measure("calibration_error", target, scores) == pytest.approx(0, abs=1e-12)
    assert measure("calibration_error", target, scores - 0.05) == pytest.approx(0.05)


def test_calibration_error_by_hand():
    target = np.array([0, 1] * 15, dtype=np.int8)
    scores = np.arange(30) / 30
    pairs = scores.reshape(15, 2).mean(axis=1)  # 15 bins of equal mass: two rows each, one of them positive
    assert measure("calibration_error", target, scores) == pytest.approx(np.abs(pairs - 0.5).mean())


def test_a_resample_keeps_the_bins():
    target, scores = np.array([0, 1], dtype=np.int8), np.array([0.2, 0.6])
    statistic = prepare("calibration_error", target, scores)
    weights = np.array([[2, 0], [0, 2], [1, 1]], dtype=np.int32)
    assert statistic(weights) == pytest.approx([0.2, 0.4, 0.3])


def test_an_unknown_metric_is_refused():
    with pytest.raises(KeyError, match="auc_roc"):
        prepare("auc_roc", np.array([0, 1]), np.array([0.1, 0.2]))
