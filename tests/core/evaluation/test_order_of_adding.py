"""What rounding may decide nowhere: figures that are the same but for the order in which rows are added."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.tasks import TASKS
from include.evaluation.buckets import BUCKETS, BucketedGain, bucket_gain
from include.evaluation.evidence import describe_entities
from include.evaluation.influence import measure_gain, measure_influence
from include.evaluation.interval import (
    bucketed_interval,
    degrees_of_freedom,
    gain_interval,
    metric_interval,
    standard_error,
    z_value,
)
from include.evaluation.measures.calibration import CALIBRATION_ERROR
from include.evaluation.measures.scored import Scored
from include.evaluation.streaming.bins import COARSE, FINE, assign_bins
from include.evaluation.streaming.calibration import cut_parts
from include.evaluation.unseen import stretch
from tests.core.evaluation.test_trivial import compare as compare_with_trivial
from tests.world.examples import examples

pytestmark = pytest.mark.core
NAME = st.sampled_from(sorted(TASKS["binary"].metrics))
SEED = st.integers(0, 2**32 - 1)


def ends(found):
    return found.value, found.low, found.high


@st.composite
def scores_in_another_order(draw):
    """Labels, scores of two digits, and the same scores dealt out anew to some rows of the same label."""
    rng = np.random.default_rng(draw(SEED))
    count, dealt = draw(st.integers(30, 2_000)), draw(st.integers(2, 60))
    target = (rng.random(count) < draw(st.floats(0.1, 0.9))).astype(np.int8)
    scores = rng.random(count).round(draw(st.sampled_from([1, 2])))
    other = scores.copy()
    some = np.flatnonzero(target == draw(st.integers(0, 1)))[:dealt]
    other[some] = scores[rng.permutation(some)]
    return target, scores, other


@examples(60)
@given(rows=scores_in_another_order(), name=NAME, seed=SEED)
def test_a_gain_of_nothing_says_the_same_in_any_order(rows, name, seed):
    """Which buckets hold anything, and so the degrees of freedom, had followed from the last digit."""
    buckets = np.arange(len(rows[0])) % BUCKETS
    shift = -0.001
    found = set()
    for order in (np.arange(len(rows[0])), np.random.default_rng(seed).permutation(len(rows[0]))):
        target, one, other = (values[order] for values in rows)
        gain = bucket_gain(measure_gain(name, target, one, other), buckets[order])
        z = z_value(gain, shift)
        found.add((
            len(gain.shares), f"{degrees_of_freedom(gain):.6g}", f"{standard_error(gain):.6g}", f"{z:.5g}"
        ))  # fmt: skip
    assert len(found) == 1


@examples(60)
@given(positives=st.integers(10, 60), negatives=st.integers(10, 20_000), turned=st.booleans(), data=st.data())
def test_no_row_moves_a_flawless_ranking(positives, negatives, turned, data):
    """Influences that should be 0 had been as large as a unit in the last place of rows by positives."""
    name = data.draw(st.sampled_from(["roc_auc"] if turned else ["roc_auc", "average_precision"]))
    target = np.repeat([1, 0] if turned else [0, 1], [positives, negatives][:: 1 if turned else -1])
    scores = np.linspace(0.01, 0.99, len(target)).round(data.draw(st.sampled_from([6, 15])))
    scores[target == (0 if turned else 1)] = 0.995
    found = measure_influence(name, target.astype(np.int8), scores)
    assert found.value == (0 if turned else 1)
    assert not found.rows.any()


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
@pytest.mark.parametrize(("rows", "positives"), [(100_000, 11), (300_000, 13)])
def test_a_flawless_ranking_of_rare_positives_has_an_interval(name, rows, positives):
    target = np.zeros(rows, np.int8)
    target[-positives:] = 1
    found = measure_influence(name, target, np.linspace(0.01, 0.99, rows))
    interval = metric_interval(name, found, target, np.arange(rows), 0.95)
    assert interval.high == 1
    assert 0.5 < interval.low < 0.9


@pytest.mark.parametrize("name", ["log_loss", "brier"])
@pytest.mark.parametrize("entities", [25, 200])
def test_entities_that_all_gain_the_same_say_the_same_however_many_rows_they_have(name, entities):
    """25 with 40,000 rows each had passed for a gain of 41 standard errors."""
    found = []
    for each in (2, 40_000 if entities < 100 else 5_000):
        target = (np.arange(entities * each) % 2).astype(np.int8)
        groups = np.arange(entities * each) // each
        gain = measure_gain(name, target, np.where(target, 0.9, 0.1), np.where(target, 0.8, 0.2))
        found.append(gain_interval(name, gain, target, groups, 0.95, differs=target > 1))
        assert standard_error(bucket_gain(gain, groups)) == 0
        assert z_value(bucket_gain(gain, groups)) == np.inf
    assert ends(found[0]) == pytest.approx(ends(found[1]), nan_ok=True)
    assert found[0].note == found[1].note
    assert bool(found[0].note) == (name == "log_loss" or entities == 25)


@pytest.mark.parametrize("name", ["log_loss", "brier"])
@pytest.mark.parametrize("rows", [200, 1_998])
def test_rows_that_all_gain_the_same_are_not_spread_by_losses_that_were_not_drawn(name, rows):
    """What rounding left of their spread had been stretched by 1e15."""
    target = (np.arange(rows) % 2).astype(np.int8)
    better, worse = (Scored(target, np.where(target, high, 1 - high)) for high in (0.9, 0.8))
    assert stretch(name, better, worse) == 1


@pytest.mark.parametrize("name", ["log_loss", "brier", "average_precision"])
@pytest.mark.parametrize("rate", [0.07, 0.15, 0.22, 0.3])
def test_the_share_of_positives_is_as_good_as_itself_whatever_the_size_of_entities(name, rate):
    found = []
    for each in (100, 20_000):
        target = np.tile(np.arange(100) < 100 * rate, 30 * each // 100).astype(np.int8)
        groups, scores = np.arange(len(target)) // each, np.full(len(target), rate)
        found.append(compare_with_trivial(name, target, scores, groups, base_rate=rate))
    assert ends(found[0]) == pytest.approx(ends(found[1]), nan_ok=True)
    assert found[0].note == found[1].note
    if name != "average_precision":
        assert ends(found[0]) == (0, 0, 0)


@st.composite
def entities_like_their_bin(draw):
    """Entities of which most have the bin's share of positives, some none, and as many as it takes all."""
    each, entities = draw(st.integers(2, 6)), draw(st.integers(4, 30))
    share = draw(st.integers(1, each - 1))
    target = np.zeros((entities, each), np.int8)
    target[:, :share] = 1
    if each < entities:
        target[:share], target[share:each] = 1, 0
    return target.ravel(), draw(st.integers(1, 99)) / 100, np.repeat(np.arange(entities), each)


@examples(100)
@given(rows=entities_like_their_bin(), seed=SEED)
def test_an_entity_counts_in_a_bin_whether_or_not_it_errs_like_the_bin(rows, seed):
    target, score, groups = rows
    found = set()
    for order in (np.arange(len(target)), np.random.default_rng(seed).permutation(len(target))):
        one = CALIBRATION_ERROR.influence(Scored(target[order], np.full(len(target), score), groups[order]))
        found.add((f"{one.value:.9f}", f"{one.noise:.9f}", one.indistinct))
    assert len(found) == 1


@pytest.mark.parametrize("digits", [2, 15])
def test_bins_of_equal_mass_are_those_of_the_stream_for_any_number_of_rows(digits):
    """A rank that is a whole number had been taken for the one below it by 166 rows, and by 480 more."""
    from include.evaluation.measures.calibration import _cut

    rng = np.random.default_rng(1)
    for rows in range(2, 1_000):
        scores = np.sort(rng.random(rows).round(digits))
        distinct, counts = np.unique(scores, return_counts=True)
        parts = np.repeat(cut_parts(counts), counts)
        starts = np.flatnonzero(np.diff(parts, prepend=-1))
        assert _cut(scores).tolist() == starts.tolist(), rows
        assert len(distinct) >= len(starts)


@pytest.mark.parametrize("shift", [FINE, COARSE])
def test_a_zero_with_a_sign_is_a_zero(shift):
    signed, plain = (assign_bins(np.array([zero]), shift) for zero in (-0.0, 0.0))
    assert (signed.bins, signed.within) == (plain.bins, plain.within) == (0, 0)


@pytest.mark.parametrize("rows", [3, 10_000_001, 18_991_969, 94_906_267])
def test_equal_entities_are_as_many_as_there_are_whatever_their_size(rows):
    assert describe_entities(np.full(10, rows)).alike == 10
    assert describe_entities(np.full(20, float(rows))).alike == 20


def test_a_sum_that_rounding_left_over_gains_nothing():
    gain = BucketedGain(rows=1_000, total=1e-14, sums=np.full(BUCKETS, 1e-16))
    assert ends(bucketed_interval(gain, 0.95)) == (0, 0, 0)
    assert z_value(gain) == 0


@examples(60)
@given(seed=SEED, rows=st.integers(40, 400), name=st.sampled_from(["roc_auc", "log_loss", "brier"]))
def test_scores_of_the_other_class_say_the_same(seed, rows, name):
    rng = np.random.default_rng(seed)
    target, groups = (rng.random(rows) < 0.4).astype(np.int8), rng.permutation(np.arange(rows) // 2)
    one, other = rng.random((2, rows)).round(2)
    found = [
        gain_interval(name, measure_gain(name, labels, *scores), labels, groups, 0.95, differs=one > 2)
        for labels, scores in ((target, (one, other)), (1 - target, (1 - one, 1 - other)))
    ]
    assert ends(found[0]) == pytest.approx(ends(found[1]), rel=1e-9, abs=1e-12, nan_ok=True)
    assert found[0].note == found[1].note.replace("negative", "?").replace("positive", "negative").replace(
        "?", "positive"
    )
