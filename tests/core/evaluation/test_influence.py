from __future__ import annotations

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.evaluation.influence import measure_gain, measure_influence
from include.evaluation.metrics import measure

pytestmark = pytest.mark.core


def drawn(rows, seed=0, ties=False):
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < 0.3).astype(np.int8)
    target[:2] = [0, 1]
    scores = np.clip(rng.random(rows) * 0.7 + 0.3 * target * rng.random(rows), 0.01, 0.99)
    return target, scores.round(1) if ties else scores


@pytest.mark.parametrize("name", TASKS["binary"].metrics)
@pytest.mark.parametrize("ties", [False, True])
def test_the_value_is_the_metrics_and_the_influences_have_mean_zero(name, ties):
    target, scores = drawn(400, ties=ties)
    found = measure_influence(name, target, scores)
    assert found.value == pytest.approx(measure(name, target, scores), rel=1e-12)
    assert found.rows.mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "log_loss", "brier"])
@pytest.mark.parametrize("ties", [False, True])
def test_the_influence_is_the_derivative_of_scikit_learns_weighted_metric(name, ties):
    from sklearn import metrics

    function = {
        "roc_auc": metrics.roc_auc_score,
        "average_precision": metrics.average_precision_score,
        "log_loss": metrics.log_loss,
        "brier": metrics.brier_score_loss,
    }[name]
    target, scores = drawn(2_000, seed=1, ties=ties)
    found = measure_influence(name, target, scores).rows
    step = 1e-4
    for row in range(0, 2_000, 97):
        up, down = np.ones(2_000), np.ones(2_000)
        up[row], down[row] = 1 + step, 1 - step
        ends = [function(target, scores, sample_weight=weights) for weights in (up, down)]
        derivative = (ends[0] - ends[1]) / (2 * step) * 2_000
        assert found[row] == pytest.approx(derivative, rel=5e-3, abs=5e-3)


def test_the_variance_of_an_auc_is_delongs():
    target, scores = drawn(300, seed=2)
    ups, downs = scores[target == 1], scores[target == 0]
    wins = (ups[:, None] > downs) + 0.5 * (ups[:, None] == downs)
    delong = wins.mean(axis=1).var(ddof=1) / len(ups) + wins.mean(axis=0).var(ddof=1) / len(downs)
    found = measure_influence("roc_auc", target, scores).rows
    assert (found**2).sum() / 300**2 == pytest.approx(delong, rel=1e-12)


@pytest.mark.parametrize("name", TASKS["binary"].metrics)
def test_a_gain_is_above_zero_where_the_first_is_better_in_any_metric(name):
    target, _ = drawn(500)
    good, bad = 0.5 + 0.45 * (target - 0.5), np.full(500, 0.999)
    gain = measure_gain(name, target, good, bad)
    assert gain.value > 0
    assert measure_gain(name, target, bad, good).value == -gain.value


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("label", [0, 1])
def test_a_ranking_of_one_class_moves_nothing(name, label):
    found = measure_influence(name, np.full(5, label, dtype=np.int8), np.linspace(0, 1, 5))
    assert found.rows == pytest.approx(0, abs=1e-12)
    assert np.isnan(found.value) or found.value == 1


def test_an_unknown_metric_is_refused():
    with pytest.raises(KeyError, match="auc_roc"):
        measure_influence("auc_roc", np.array([0, 1]), np.array([0.1, 0.2]))
