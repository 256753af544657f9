from __future__ import annotations

import json

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.errors import DataError
from include.evaluation.metrics import measure
from include.monitoring.performance.calibration import Calibration, fit_calibration
from include.monitoring.performance.estimate_without_labels import estimate_performance
from include.monitoring.performance.expected_metrics import Ranks, expect
from tests.core.monitoring.performance.simulated_labels import simulate_performance

pytestmark = pytest.mark.core

ESTIMATED = sorted(set(TASKS["binary"].metrics) - {"calibration_error"})


def world(seed, rows=3_000, *, shift=0.0, overconfidence=1.0):
    """Return scores and labels; with an overconfidence above 1 the scores are too far from the middle."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1.5 + shift, 1.2, rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    return 1 / (1 + np.exp(-overconfidence * odds)), labels


@pytest.mark.parametrize("name", ESTIMATED)
def test_the_interval_holds_the_realised_metric_as_often_as_it_says(name):
    held = 0
    for seed in range(400, 800):
        scores, labels = world(seed)
        found = estimate_performance(scores, [name])[name]
        held += found.low <= measure(name, labels, scores) <= found.high
    assert 367 <= held <= 393  # 380 on average, give or take 4.4


def test_a_change_of_the_features_is_followed():
    scores, labels = world(1, 20_000, shift=1.5)
    found = estimate_performance(scores, ["log_loss", "roc_auc"])
    for name, estimate in found.items():
        assert estimate.value == pytest.approx(measure(name, labels, scores), abs=0.012)
    assert found["log_loss"].value > estimate_performance(world(1)[0], ["log_loss"])["log_loss"].value + 0.05


def test_calibration_takes_overconfidence_out():
    learned = fit_calibration(*world(1, 10_000, overconfidence=2.0))
    scores, labels = world(2, 10_000, overconfidence=2.0)
    realised = measure("log_loss", labels, scores)
    naive = estimate_performance(scores, ["log_loss"])["log_loss"]
    calibrated = estimate_performance(scores, ["log_loss"], calibration=learned)["log_loss"]
    assert naive.high < realised
    assert calibrated.low <= realised <= calibrated.high
    assert abs(calibrated.value - realised) < 0.2 * abs(naive.value - realised)


def test_a_calibration_learned_from_few_rows_widens_the_interval():
    scores, _ = world(2, 10_000)
    few, many = (fit_calibration(*world(3, rows)) for rows in (300, 30_000))
    wide, narrow = (
        estimate_performance(scores, ["accuracy"], calibration=learned)["accuracy"] for learned in (few, many)
    )
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_calibration_counts_every_row_once_and_comes_back():
    scores, labels = world(4, 1_000)
    learned = fit_calibration(scores.round(1), labels)
    assert sum(learned.rows) == 1_000
    assert sum(learned.positives) == labels.sum()
    assert len(learned.cuts) + 1 == len(learned.rows) == len(learned.scores)
    assert Calibration.from_dict(json.loads(json.dumps(learned.to_dict()))) == learned
    constant = fit_calibration(np.full(10, 0.3), labels[:10])
    assert (constant.cuts, constant.rows) == ((), (10,))


def test_what_is_not_defined_is_nan_and_what_can_not_be_estimated_is_left_out():
    found = estimate_performance(np.zeros(50), ["roc_auc", "accuracy", "calibration_error", "no_metric"])
    assert list(found) == ["roc_auc", "accuracy"]
    assert np.isnan(found["roc_auc"].value)
    assert found["accuracy"].value == 1


def test_blocks_of_a_calibration_hold_as_many_rows_each():
    scores = np.arange(1, 201) / 400
    target = (np.arange(200) % 4 == 0).astype(int)
    learned = fit_calibration(scores, target)
    assert learned.rows == (10,) * 20
    assert learned.positives == tuple(target.reshape(20, 10).sum(axis=1).tolist())
    assert learned.scores == pytest.approx(scores.reshape(20, 10).mean(axis=1).tolist())
    assert learned.cuts == pytest.approx([scores[10 * block - 1] for block in range(1, 20)])
    halves = fit_calibration(scores, target, blocks=2)
    assert (halves.rows, halves.cuts) == ((100, 100), (scores[99],))


def test_equal_scores_never_part():
    scores = np.array([0.1] * 70 + [0.2] * 29 + [0.9])
    learned = fit_calibration(scores, np.zeros(100, dtype=int))
    assert learned.rows == (70, 29, 1)
    assert learned.cuts == (0.1, 0.2)


def test_a_calibration_is_applied_to_the_block_that_a_score_falls_into():
    """Scores of 0.2 were right, of which 0.2 are positive; scores of 0.8 were worth 0.2, too."""
    calibration = Calibration(
        cuts=(0.5,), scores=(0.2, 0.8), positives=(20_000, 20_000), rows=(100_000, 100_000)
    )
    for score in (0.2, 0.8):
        scores = np.full(20_000, score)
        found = estimate_performance(scores, ["brier"], calibration=calibration)["brier"]
        assert found.value == pytest.approx(0.2 * (1 - score) ** 2 + 0.8 * score**2, abs=0.005)
    at_the_cut = estimate_performance(np.full(20_000, 0.5), ["accuracy"], calibration=calibration)
    # A score of 0.5 belongs to the lower block, which was right as it was.
    assert at_the_cut["accuracy"].value == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_certain_prediction_may_be_wrong_once_it_is_calibrated(score):
    """Log odds of 0 and 1 are kept finite."""
    calibration = Calibration(cuts=(), scores=(score,), positives=(500,), rows=(1_000,))
    scores = np.full(5_000, score)
    found = estimate_performance(scores, ["accuracy"], calibration=calibration)["accuracy"]
    assert found.value == pytest.approx(0.5, abs=0.01)


def test_a_wider_confidence_holds_more():
    scores, _ = world(6, 1_000)
    narrow, wide = (
        estimate_performance(scores, ["roc_auc"], confidence=level)["roc_auc"] for level in (0.5, 0.99)
    )
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    assert wide.value == narrow.value


def test_the_interval_of_a_share_is_that_of_a_binomial_one():
    """Accuracy of fair predictions is binomial."""
    scores = np.full(400, 0.5)
    found = estimate_performance(scores, ["accuracy"], confidence=0.9)["accuracy"]
    assert found.value == pytest.approx(0.5, abs=0.002)
    assert found.low == pytest.approx(0.5 - 1.645 * 0.025, abs=0.003)
    assert found.high == pytest.approx(0.5 + 1.645 * 0.025, abs=0.003)


def test_a_metric_that_is_defined_on_almost_all_labels_is_estimated():
    """An AUC needs both classes: 30 rows at 0.2 lack one in a case of 800, 10 rows in one of nine."""
    enough = estimate_performance(np.full(30, 0.2), ["roc_auc"])["roc_auc"]
    too_few = estimate_performance(np.full(10, 0.2), ["roc_auc"])["roc_auc"]
    assert enough.value == pytest.approx(0.5, abs=1e-12)
    assert np.isnan([too_few.value, too_few.low, too_few.high]).all()


def test_predictions_of_zero_and_one_are_probabilities():
    found = estimate_performance(np.array([0.0, 1.0]), ["accuracy"])["accuracy"]
    assert (found.value, found.low, found.high) == (1, 1, 1)


def test_the_same_predictions_in_any_order_give_the_same_estimate():
    scores, labels = world(5, 500)
    learned = fit_calibration(scores, labels)
    found = estimate_performance(scores, ESTIMATED, calibration=learned)
    assert estimate_performance(scores[::-1], ESTIMATED, calibration=learned) == found


@pytest.mark.parametrize("rows", [300, 3_000])
@pytest.mark.parametrize("learned_from", [None, 500, 5_000])
@pytest.mark.parametrize("ties", [False, True])
def test_it_agrees_with_metrics_of_labels_that_are_drawn(rows, learned_from, ties):
    """The mean of 3,000 draws is known to a hundredth of the interval's width, its ends to a few."""
    scores, _ = world(rows, rows)
    scores = scores.round(2) if ties else scores
    learned = fit_calibration(*world(8, learned_from, overconfidence=1.3)) if learned_from else None
    found = estimate_performance(scores, ESTIMATED, calibration=learned)
    for name, drawn in simulate_performance(scores, ESTIMATED, learned, draws=3_000).items():
        width = drawn.high - drawn.low
        assert abs(found[name].value - drawn.value) < 0.03 * width, name
        assert abs(found[name].low - drawn.low) < 0.08 * width, name
        assert abs(found[name].high - drawn.high) < 0.08 * width, name


@pytest.mark.parametrize("name", ESTIMATED)
@pytest.mark.parametrize("ties", [False, True])
def test_slopes_are_derivatives(name, ties):
    rng = np.random.default_rng(7)
    scores = np.sort(rng.random(60))
    scores = scores.round(1) if ties else scores
    ranks, chances = Ranks(scores), rng.random(60)
    found = expect(name, scores, chances, ranks)
    for row in range(0, 60, 7):
        step = np.zeros(60)
        step[row] = 1e-5
        ends = [expect(name, scores, chances + sign * step, ranks).value for sign in (1, -1)]
        assert found.slopes[row] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("name", ESTIMATED)
def test_certain_labels_give_the_metric_itself(name):
    scores, labels = world(9, 400)
    scores, labels = np.sort(scores).round(2), labels[np.argsort(scores)]
    found = expect(name, scores, labels.astype(float), Ranks(scores))
    assert found.value == pytest.approx(measure(name, labels, scores), rel=1e-12)


@pytest.mark.parametrize("scores", [[np.nan], [1.5], [-0.1], [np.inf]])
def test_what_is_not_a_probability_is_refused(scores):
    with pytest.raises(DataError, match="a prediction is not a probability"):
        estimate_performance(np.array(scores), ["roc_auc"])


def test_no_predictions_are_refused():
    with pytest.raises(DataError, match="there are no predictions"):
        estimate_performance(np.empty(0), ["roc_auc"])
