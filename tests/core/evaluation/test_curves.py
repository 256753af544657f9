from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.metrics import measure
from include.evaluation.plots.curves import confusion, matching_threshold, precision_recall, reliability, roc

pytestmark = pytest.mark.core


def drawn(rows, seed=0, ties=False):
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < 0.3).astype(np.int8)
    scores = rng.random(rows) ** (2 - target)
    return target, scores.round(1) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_under_the_roc_curve_is_the_auc(ties):
    target, scores = drawn(500, ties=ties)
    wrong, right = roc(target, scores)
    assert (wrong[0], right[0], wrong[-1], right[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(right, wrong) == pytest.approx(measure("roc_auc", target, scores))


@pytest.mark.parametrize("ties", [False, True])
def test_the_steps_of_the_precision_recall_curve_add_up_to_average_precision(ties):
    target, scores = drawn(500, ties=ties)
    recall, precision = precision_recall(target, scores)
    assert (np.diff(recall, prepend=0) * precision).sum() == pytest.approx(
        measure("average_precision", target, scores)
    )


def test_a_long_curve_is_thinned_out_but_keeps_its_shape():
    target, scores = drawn(20_000)
    wrong, right = roc(target, scores)
    assert len(wrong) <= 2_001
    assert np.trapezoid(right, wrong) == pytest.approx(measure("roc_auc", target, scores), abs=1e-3)


def test_reliability_counts_every_row_once_within_wilson_intervals():
    target, scores = drawn(1_000)
    bins = reliability(target, scores)
    assert bins.counts.sum() == 1_000
    assert len(bins.counts) == 15
    assert (bins.counts * bins.observed).sum() == pytest.approx(target.sum())
    assert ((bins.low <= bins.observed) & (bins.observed <= bins.high)).all()


def test_a_wilson_interval_by_hand():
    bins = reliability(np.array([1] * 3 + [0] * 7), np.full(10, 0.4))
    assert (bins.counts.tolist(), bins.observed.tolist()) == ([10], [0.3])
    assert (bins.low[0], bins.high[0]) == pytest.approx((0.10779, 0.60322), abs=1e-5)


@pytest.mark.parametrize(("value", "rows"), [(0, 69), (0, 138), (1, 4), (1, 24)])
def test_the_interval_of_a_bin_of_one_class_holds_its_rate_in_spite_of_rounding(value, rows):
    bins = reliability(np.full(rows, value, dtype=np.int8), np.full(rows, 0.5))
    assert bins.low[0] <= value <= bins.high[0]


def test_a_confusion_matrix_has_the_truth_down_and_the_prediction_across():
    target = np.array([0, 0, 0, 1, 1])
    scores = np.array([0.1, 0.5, 0.9, 0.2, 0.6])
    assert confusion(target, scores, 0.5).tolist() == [[2, 1], [1, 1]]


def test_the_matching_threshold_predicts_as_many_positives_as_there_are():
    target, scores = drawn(500)
    assert (scores > matching_threshold(target, scores)).sum() == target.sum()
    tied_target, tied_scores = drawn(500, ties=True)
    assert (tied_scores > matching_threshold(tied_target, tied_scores)).sum() <= tied_target.sum()


def test_a_row_of_weight_two_is_two_rows_to_every_curve():
    rng = np.random.default_rng(5)
    scores, twice = rng.random(400), rng.integers(1, 3, 400)
    target = (rng.random(400) < scores).astype(np.int8)
    many = np.repeat(target, twice), np.repeat(scores, twice)
    for curve in (roc, precision_recall):
        ours, theirs = curve(target, scores, 0.1 * twice), curve(*many)
        grid = np.linspace(0.05, 0.95, 19)
        for one, other in zip(ours, theirs, strict=True):
            assert np.quantile(one, [0, 1]) == pytest.approx(np.quantile(other, [0, 1]))
        assert np.interp(grid, *ours) == pytest.approx(np.interp(grid, *theirs), abs=0.02)
    bins, light = reliability(target, scores, 7.0 * twice), reliability(target, scores)
    assert bins.counts.tolist() == light.counts.tolist()
    own = np.searchsorted(np.quantile(scores, np.linspace(0, 1, 16)[1:-1]), scores, side="left") == 3
    assert bins.observed[3] == pytest.approx(np.average(target[own], weights=twice[own]))
    assert bins.predicted[3] == pytest.approx(np.average(scores[own], weights=twice[own]))
    assert (bins.high - bins.low).mean() > (light.high - light.low).mean()
