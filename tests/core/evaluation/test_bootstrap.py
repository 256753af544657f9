from __future__ import annotations

from math import erf, sqrt
from time import perf_counter

import numpy as np
import pytest

from include.evaluation.bootstrap import percentile_interval, resample
from include.evaluation.metrics import prepare

pytestmark = pytest.mark.core


def two_models(rng, rows, shift_one=1.2, shift_other=1.0):
    """Return a target and the correlated scores of two models whose true AUCs are known (binormal)."""
    target = (rng.random(rows) < 0.3).astype(np.int8)
    common = rng.normal(size=rows)
    one, other = (
        0.7 * common + sqrt(1 - 0.49) * rng.normal(size=rows) + shift * target
        for shift in (shift_one, shift_other)
    )
    return target, one, other


def true_auc(shift):
    return 0.5 * (1 + erf(shift / 2))


def auc_difference(target, one, other, groups=None, resamples=500, seed=0):
    groups = np.arange(len(target)) if groups is None else groups
    figures = {name: prepare("roc_auc", target, scores) for name, scores in (("one", one), ("other", other))}
    drawn = resample(figures, groups, resamples=resamples, seed=seed)
    return drawn["one"] - drawn["other"]


def delong(target, one, other):
    """Return the difference of two correlated AUCs and its variance.

    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, computed by midranks as Sun and Xu (2014), IEEE
    Signal Processing Letters 21.
    """
    from scipy.stats import rankdata

    positive = target == 1
    ups, downs = positive.sum(), (~positive).sum()
    placements_up, placements_down, areas = [], [], []
    for scores in (one, other):
        everywhere = rankdata(scores)
        up = (everywhere[positive] - rankdata(scores[positive])) / downs
        down = 1 - (everywhere[~positive] - rankdata(scores[~positive])) / ups
        placements_up.append(up)
        placements_down.append(down)
        areas.append(up.mean())
    covariance = np.cov(placements_up) / ups + np.cov(placements_down) / downs
    return areas[0] - areas[1], covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]


def test_the_first_value_is_the_one_of_the_set_itself():
    target, one, _ = two_models(np.random.default_rng(0), 200)
    statistic = prepare("roc_auc", target, one)
    drawn = resample({"auc": statistic}, np.arange(200), resamples=50, seed=1)["auc"]
    assert drawn.shape == (51,)
    assert drawn[0] == statistic(np.ones((1, 200), dtype=np.int32))[0]
    assert len(set(drawn.tolist())) > 40


def test_a_seed_gives_the_same_draws_and_another_seed_others():
    target, one, other = two_models(np.random.default_rng(0), 300)
    assert (
        auc_difference(target, one, other, seed=1).tolist()
        == auc_difference(target, one, other, seed=1).tolist()
    )
    assert (
        auc_difference(target, one, other, seed=1).tolist()
        != auc_difference(target, one, other, seed=2).tolist()
    )


def test_draws_do_not_depend_on_the_block_they_come_in(monkeypatch):
    target, one, other = two_models(np.random.default_rng(0), 100)
    at_once = auc_difference(target, one, other, resamples=60)
    monkeypatch.setattr("include.evaluation.bootstrap._CELLS", 700)
    assert auc_difference(target, one, other, resamples=60).tolist() == at_once.tolist()


def test_identical_models_differ_by_nothing_at_all():
    target, one, _ = two_models(np.random.default_rng(0), 200)
    found = percentile_interval(auc_difference(target, one, one), 0.95)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_the_spread_agrees_with_delong():
    ratios = []
    for seed in range(8):
        target, one, other = two_models(np.random.default_rng(seed), 1_500)
        difference, variance = delong(target, one, other)
        drawn = auc_difference(target, one, other, resamples=1_000)
        assert drawn[0] == pytest.approx(difference, abs=1e-12)
        found = percentile_interval(drawn, 0.95)
        assert found.low == pytest.approx(difference - 1.96 * sqrt(variance), abs=0.25 * sqrt(variance))
        assert found.high == pytest.approx(difference + 1.96 * sqrt(variance), abs=0.25 * sqrt(variance))
        ratios.append(drawn[1:].std() / sqrt(variance))
    assert np.mean(ratios) == pytest.approx(1, abs=0.04)


def test_pairing_makes_the_interval_narrower():
    target, one, other = two_models(np.random.default_rng(1), 1_000)
    figures = {name: prepare("roc_auc", target, scores) for name, scores in (("one", one), ("other", other))}
    drawn = resample(figures, np.arange(1_000), resamples=400, seed=0)
    paired = (drawn["one"] - drawn["other"])[1:].std()
    unpaired = sqrt(drawn["one"][1:].var() + drawn["other"][1:].var())
    assert paired < 0.8 * unpaired


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """200 test sets: a 95 % interval misses 10 of them on average; 2 to 20 is what chance allows (p =
    .0005)."""
    truth = true_auc(1.2) - true_auc(1.0)
    rng = np.random.default_rng(7)
    missed = 0
    for number in range(200):
        found = percentile_interval(auc_difference(*two_models(rng, 400), resamples=400, seed=number), 0.95)
        missed += not found.low <= truth <= found.high
    assert 2 <= missed <= 20


def test_rows_of_one_entity_are_drawn_together():
    """Ten copies of each row say nothing new: the interval must be the one of the rows themselves."""
    target, one, other = two_models(np.random.default_rng(2), 300)
    alone = percentile_interval(auc_difference(target, one, other), 0.95)
    groups = np.repeat(np.arange(300), 10)
    copied = [np.repeat(values, 10) for values in (target, one, other)]
    together = percentile_interval(auc_difference(*copied, groups=groups), 0.95)
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high), abs=1e-12)
    as_rows = percentile_interval(auc_difference(*copied), 0.95)
    assert as_rows.high - as_rows.low < 0.5 * (alone.high - alone.low)


def test_groups_need_not_come_in_order():
    target, one, other = two_models(np.random.default_rng(3), 200)
    groups = np.repeat(np.arange(100), 2)
    shuffled = np.random.default_rng(4).permutation(200)
    in_order = auc_difference(target, one, other, groups=groups)
    mixed = auc_difference(target[shuffled], one[shuffled], other[shuffled], groups=groups[shuffled])
    assert mixed == pytest.approx(in_order, abs=1e-12)


def test_ends_are_percentiles():
    values = np.array([0.5, *np.arange(1_001) / 1_000])
    found = percentile_interval(values, 0.9)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.05, 0.95))


def test_a_figure_that_often_is_not_defined_has_no_interval():
    mostly = np.array([0.5, *[0.4, 0.6] * 49, np.nan, np.nan])
    found = percentile_interval(mostly, 0.95)
    assert found.value == 0.5
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    rarely = np.array([0.5, *[0.4, 0.6] * 150, np.nan])
    assert percentile_interval(rarely, 0.95).low == pytest.approx(0.4)
    assert np.isnan(percentile_interval(np.array([np.nan, 0.4, 0.6]), 0.95).low)


def test_two_thousand_resamples_of_ten_thousand_rows_take_seconds():
    target, one, other = two_models(np.random.default_rng(5), 10_000)
    started = perf_counter()
    auc_difference(target, one, other, resamples=2_000)
    assert (
        perf_counter() - started < 10
    )  # about 0.2 s alone on the machine; sorting every resample again takes 6
