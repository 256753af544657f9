from __future__ import annotations

import json

import numpy as np
import pytest

from include.config.metric_names import METRICS
from include.errors import DataError
from include.evaluation.metrics import measure
from include.monitoring.performance.estimate_without_labels import (
    Calibration,
    estimate_performance,
    fit_calibration,
)

pytestmark = pytest.mark.core

ESTIMATED = sorted(set(METRICS) - {"calibration_error"})


def world(seed, rows=3_000, *, shift=0.0, overconfidence=1.0):
    """Return scores and labels; with an overconfidence above 1 the scores are too far from the middle."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1.5 + shift, 1.2, rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    return 1 / (1 + np.exp(-overconfidence * odds)), labels


@pytest.mark.parametrize("name", ESTIMATED)
def test_the_interval_holds_the_realised_metric_as_often_as_it_says(name):
    held = 0
    for seed in range(400, 460):
        scores, labels = world(seed)
        found = estimate_performance(scores, [name], seed=0, draws=200)[name]
        held += found.low <= measure(name, labels, scores) <= found.high
    assert 52 <= held <= 60  # 57 on average


def test_a_change_of_the_features_is_followed():
    scores, labels = world(1, 20_000, shift=1.5)
    found = estimate_performance(scores, ["log_loss", "roc_auc"], seed=0)
    for name, estimate in found.items():
        assert estimate.value == pytest.approx(measure(name, labels, scores), abs=0.012)
    assert (
        found["log_loss"].value
        > estimate_performance(world(1)[0], ["log_loss"], seed=0)["log_loss"].value + 0.05
    )


def test_calibration_takes_overconfidence_out():
    learned = fit_calibration(*world(1, 10_000, overconfidence=2.0))
    scores, labels = world(2, 10_000, overconfidence=2.0)
    realised = measure("log_loss", labels, scores)
    naive = estimate_performance(scores, ["log_loss"], seed=0)["log_loss"]
    calibrated = estimate_performance(scores, ["log_loss"], seed=0, calibration=learned)["log_loss"]
    assert naive.high < realised
    assert calibrated.low <= realised <= calibrated.high
    assert abs(calibrated.value - realised) < 0.2 * abs(naive.value - realised)


def test_a_calibration_learned_from_few_rows_widens_the_interval():
    scores, _ = world(2, 10_000)
    few, many = (fit_calibration(*world(3, rows)) for rows in (300, 30_000))
    wide, narrow = (
        estimate_performance(scores, ["accuracy"], seed=0, calibration=learned)["accuracy"]
        for learned in (few, many)
    )
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_calibration_counts_every_row_once_and_comes_back():
    scores, labels = world(4, 1_000)
    learned = fit_calibration(scores.round(1), labels)
    assert sum(learned.rows) == 1_000
    assert sum(learned.positives) == labels.sum()
    assert len(learned.cuts) + 1 == len(learned.rows) == len(learned.scores)
    assert Calibration.from_plain(json.loads(json.dumps(learned.to_plain()))) == learned
    constant = fit_calibration(np.full(10, 0.3), labels[:10])
    assert (constant.cuts, constant.rows) == ((), (10,))


def test_what_is_not_defined_is_nan_and_what_can_not_be_estimated_is_left_out():
    found = estimate_performance(
        np.zeros(50), ["roc_auc", "accuracy", "calibration_error", "no_metric"], seed=0
    )
    assert list(found) == ["roc_auc", "accuracy"]
    assert np.isnan(found["roc_auc"].value)
    assert found["accuracy"].value == 1


def test_the_same_seed_gives_the_same_estimate():
    scores, _ = world(5, 500)
    one, other, third = (estimate_performance(scores, ["roc_auc"], seed=seed) for seed in (1, 1, 2))
    assert one == other != third


@pytest.mark.parametrize("scores", [[np.nan], [1.5], [-0.1], [np.inf]])
def test_what_is_no_probability_is_refused(scores):
    with pytest.raises(DataError, match="a prediction is no probability"):
        estimate_performance(np.array(scores), ["roc_auc"], seed=0)


def test_no_predictions_are_refused():
    with pytest.raises(DataError, match="there are no predictions"):
        estimate_performance(np.empty(0), ["roc_auc"], seed=0)
