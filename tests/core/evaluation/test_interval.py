"""Rows of one entity are one observation, however many they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.buckets import BUCKETS, BucketedGain, add_up, assign_buckets, bucket_gain
from include.evaluation.evidence import count_alike
from include.evaluation.influence import measure_gain, measure_influence
from include.evaluation.interval import (
    bucketed_interval,
    degrees_of_freedom,
    gain_interval,
    interval,
    metric_interval,
    standard_error,
    z_value,
)
from include.evaluation.measures.base import Influence
from include.evaluation.spread import normal_equivalent
from tests.core.evaluation.test_trivial import compare as compare_with_trivial

pytestmark = pytest.mark.core

ROWS, TRIES = 400, 100


def heavy(share, entities):
    """Return the entity of each row where some entities share a part of all rows, and the others have one."""
    own = int(ROWS * share / entities)
    first = np.repeat(np.arange(entities), own)
    return np.concatenate([first, entities + np.arange(ROWS - len(first))])


def draw(rng, groups):
    """Return a value per row, most of which its entity decides."""
    return 0.9 * rng.normal(size=ROWS)[groups] + 0.4 * rng.normal(size=ROWS)


@pytest.mark.parametrize(("share", "entities"), [(0.5, 1), (0.9, 1), (0.8, 4)])
@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_an_entity_with_half_of_all_rows_tells_nothing(share, entities, metric):
    """It moves every mean towards itself, and so hides how far it lies off."""
    groups, rng = heavy(share, entities), np.random.default_rng(3)
    told = 0
    for _ in range(TRIES):
        target = (draw(rng, groups) < -0.5).astype(np.int8)
        one, other = (1 / (1 + np.exp(0.8 - draw(rng, groups))) for _ in range(2))
        gain = measure_gain(metric, target, one, other)
        found = gain_interval(metric, gain, target, groups, 0.95, differs=(one > 0.5) != (other > 0.5))
        trivial = compare_with_trivial(metric, target, one, groups)
        told += bool(found.low > 0) + bool(trivial.low > 0)
    assert told <= 2


def test_it_is_said_why():
    groups = heavy(0.5, 1)
    target = (np.arange(ROWS) % 3 == 0).astype(np.int8)
    scores = np.linspace(0.1, 0.9, ROWS)
    gain = measure_gain("roc_auc", target, scores, scores[::-1])
    found = gain_interval("roc_auc", gain, target, groups, 0.95, differs=np.ones(ROWS, dtype=bool))
    assert found.note == (
        "some entities have so many of the rows with a positive label that these count as 3.9 entities, "
        "10 needed"
    )


@pytest.mark.parametrize(
    ("groups", "alike"), [(np.arange(50), 50), (np.arange(50) // 5, 10), (heavy(0.5, 1), 4)]
)
def test_entities_of_equal_size_count_as_themselves(groups, alike):
    assert count_alike(groups) == pytest.approx(alike, rel=0.02)


def bucketed(sums, rows=10_000, value=0.02):
    whole = np.zeros(BUCKETS)
    whole[: len(sums)] = sums
    return BucketedGain(rows=rows, total=value * rows, sums=whole)


def test_bucket_sums_give_the_interval_of_the_entities():
    rng = np.random.default_rng(5)
    rows, found = np.arange(20_000), []
    target = (rng.random(20_000) < 0.2).astype(np.int8)
    one, other = (1 / (1 + np.exp(1 - target - rng.normal(size=20_000))) for _ in range(2))
    gain = measure_gain("roc_auc", target, one, other)
    exact = interval(gain, rows, 0.95)
    summed = bucket_gain(gain, assign_buckets(pa.array(rows)))
    found = bucketed_interval(summed, 0.95)
    assert found.value == pytest.approx(exact.value, rel=1e-12)
    assert found.high - found.low == pytest.approx(exact.high - exact.low, rel=0.1)
    assert standard_error(summed) == pytest.approx((exact.high - exact.low) / 3.92, rel=0.1)
    assert 500 < degrees_of_freedom(summed) <= BUCKETS - 1


def test_a_z_value_is_the_ratio_with_the_tail_of_t():
    summed = bucketed(np.tile([60.0, -60.0], 400))
    error = standard_error(summed)
    assert error == pytest.approx(60 * 800**0.5 / 10_000 * (800 / 799) ** 0.5)
    assert degrees_of_freedom(summed) == 799
    assert z_value(summed) == pytest.approx(normal_equivalent(0.02 / error, 799))
    assert z_value(summed, shift=0.02) == 0
    assert z_value(summed, shift=0.05) == pytest.approx(normal_equivalent(-0.03 / error, 799))
    assert z_value(bucketed(np.tile([60.0, -60.0], 400), value=-0.02)) == -z_value(summed)


def test_a_gain_that_nothing_moves_is_certain_and_none_is_zero():
    assert z_value(bucketed([])) == np.inf
    assert z_value(bucketed([], value=-0.1)) == -np.inf
    assert z_value(bucketed([], value=0.0)) == 0
    assert z_value(bucketed([], value=0.0), shift=0.01) == -np.inf
    found = bucketed_interval(bucketed([]), 0.95)
    assert (found.low, found.high) == (0.02, 0.02)


def test_without_rows_nothing_is_known():
    nothing = add_up([])
    assert np.isnan(z_value(nothing))
    assert standard_error(nothing) == 0
    assert bucketed_interval(nothing, 0.95).note


def test_the_same_entities_in_three_exams_say_little_more_than_in_one():
    """Added bucket by bucket, what they share does not average out."""
    sums = np.random.default_rng(1).normal(0, 30, BUCKETS)
    one = bucketed(sums)
    assert z_value(add_up([one, one, one])) == pytest.approx(z_value(one), rel=1e-9)
    fresh = [bucketed(np.random.default_rng(seed).normal(0, 30, BUCKETS)) for seed in range(3)]
    assert z_value(add_up(fresh)) > 1.5 * z_value(one)


def single(name, target, scores, groups=None, confidence=0.95):
    groups = np.arange(len(target)) if groups is None else groups
    return metric_interval(name, measure_influence(name, target, scores), target, groups, confidence)


@pytest.mark.parametrize("name", TASKS["binary"].metrics)
def test_ends_lie_within_the_range_of_the_metric(name):
    rng = np.random.default_rng(2)
    for noise in (0.0, 0.01, 0.1, 0.5):
        for positives in (10, 12, 30):
            target = np.repeat([1, 0], [positives, 30]).astype(np.int8)
            for scores in (target, 1 - target, np.full(len(target), 0.5)):
                found = single(name, target, np.clip(scores + noise * rng.normal(size=len(target)), 0, 1))
                assert METRICS[name].lowest <= found.low <= found.value <= found.high <= METRICS[name].highest


def test_a_flawless_ranking_is_not_certain():
    """With an AUC of 0.86 ten independent pairs in ten come out right in a quarter of 10 % of all samples."""
    target = np.repeat([1, 0], [10, 90]).astype(np.int8)
    found = single("roc_auc", target, np.linspace(1, 0, 100))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 10))
    reverse = single("roc_auc", target, np.linspace(0, 1, 100))
    assert (reverse.value, reverse.low, reverse.high) == (0, 0, pytest.approx(1 - found.low))
    assert single("average_precision", target, np.linspace(1, 0, 100)).low == pytest.approx(0.5166, abs=1e-3)
    assert single("roc_auc", np.tile(target, 20), np.tile(np.linspace(1, 0, 100), 20)).low > 0.98


def test_a_hundred_right_answers_are_not_a_certainty():
    target = np.repeat([1, 0], 50).astype(np.int8)
    certain = target.astype(float)
    low = 0.025 ** (1 / 100)
    assert single("accuracy", target, certain).low == pytest.approx(low)
    assert single("brier", target, certain).high == pytest.approx(1 - low)
    assert 1 < single("log_loss", target, certain).high == pytest.approx(36.04 * (1 - low), rel=1e-3)


def test_scores_that_are_all_equal_have_an_auc_of_one_half_for_certain():
    target = np.repeat([1, 0], 50).astype(np.int8)
    found = single("roc_auc", target, np.full(100, 0.3))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_ten_copies_of_each_row_say_nothing_new():
    rng = np.random.default_rng(3)
    target = (rng.random(300) < 0.3).astype(np.int8)
    scores = np.clip(rng.random(300) * 0.7 + 0.3 * target * rng.random(300), 0.01, 0.99)
    for name in ("log_loss", "brier", "accuracy"):
        alone = single(name, target, scores)
        copied = single(name, np.repeat(target, 10), np.repeat(scores, 10), np.repeat(np.arange(300), 10))
        assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high), rel=1e-9)
        as_rows = single(name, np.repeat(target, 10), np.repeat(scores, 10))
        assert as_rows.high - as_rows.low < 0.5 * (alone.high - alone.low)


@pytest.mark.parametrize("name", TASKS["binary"].metrics)
def test_a_single_figure_is_inconclusive_below_ten_entities_of_a_class(name):
    target = np.repeat([1, 0], [9, 200]).astype(np.int8)
    found = single(name, target, np.linspace(0.9, 0.1, 209))
    assert found.note == "only 9 entities with a positive label, 10 needed"
    assert np.isfinite(found.value)
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_two_models_that_rank_alike_gain_exactly_nothing():
    target = np.repeat([1, 0], 30).astype(np.int8)
    scores = np.random.default_rng(0).random(60)
    gain = measure_gain("roc_auc", target, scores, scores**2)
    differs = (scores > 0.5) != (scores**2 > 0.5)
    found = gain_interval("roc_auc", gain, target, np.arange(60), 0.95, differs=differs)
    assert (found.value, found.low, found.high, found.note) == (0, 0, 0, "")


def test_a_gain_that_a_single_bucket_moves_says_nothing():
    assert z_value(bucketed([5.0])) == 0
    assert bucketed_interval(bucketed([5.0]), 0.95).low == -np.inf


def test_a_gain_that_is_not_defined_has_no_interval():
    target = np.zeros(100, dtype=np.int8)
    found = interval(
        measure_gain("roc_auc", target, np.linspace(0, 1, 100), np.ones(100)), np.arange(100), 0.95
    )
    assert np.isnan(found.value)
    assert found.note == "it is not defined on this test set"


def test_certain_answers_that_were_all_right_are_not_a_certain_gain():
    """One wrong answer given with certainty would cost 36, and 600 entities may just not have shown it."""
    target = np.repeat([1, 0], 300).astype(np.int8)
    certain, careful = target.astype(float), np.clip(target, 0.05, 0.95)
    gain = measure_gain("log_loss", target, certain, careful)
    none = np.zeros(600, dtype=bool)
    found = gain_interval("log_loss", gain, target, np.arange(600), 0.95, differs=none)
    assert found.value == pytest.approx(0.0513, abs=1e-4)
    assert found.note == "all 600 entities gain the same, which may be luck of so few"
    many = np.repeat(target, 200)
    gain = measure_gain("log_loss", many, np.repeat(certain, 200), np.repeat(careful, 200))
    again = gain_interval(
        "log_loss", gain, many, np.arange(len(many)), 0.95, differs=np.zeros(len(many), bool)
    )
    assert again.low == pytest.approx(0.0513 - 36.04 * (1 - 0.025 ** (1 / len(many))), abs=1e-4)


def test_a_flawless_ranking_gains_for_certain_over_one_that_knows_nothing():
    target = np.repeat([1, 0], [20, 300]).astype(np.int8)
    gain = measure_gain("roc_auc", target, np.linspace(1, 0, 320), np.full(320, 0.5))
    found = gain_interval("roc_auc", gain, target, np.arange(320), 0.95, differs=target == 1)
    reach = 1 - 0.025 ** (1 / 20)
    assert (found.low, found.value, found.high) == pytest.approx((0.5 - reach, 0.5, 0.5 + reach))


def test_two_models_that_come_out_even_may_still_differ():
    rows = np.tile([1.0, -1.0, 1.0, -1.0], 25)
    found = interval(Influence(value=0.0, rows=rows), np.arange(100), 0.95)
    assert found.value == 0
    assert found.high == -found.low
    assert found.high == pytest.approx(1.984 * 10 / 100 * (100 / 99) ** 0.5, rel=1e-3)
