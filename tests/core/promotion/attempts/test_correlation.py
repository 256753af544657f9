from __future__ import annotations

import itertools

import numpy as np
import pytest

from include.evaluation.buckets import BUCKETS, BucketedGain
from include.promotion.attempts.correlation import measure_correlation
from tests.core.promotion.gains import make_gain

pytestmark = pytest.mark.core


def life(correlation, exams, seed, entities=BUCKETS):
    """Return gains whose noise is correlated from exam to exam."""
    rng = np.random.default_rng(seed)
    noise, found = rng.standard_normal(BUCKETS), []
    held = np.arange(BUCKETS) < entities
    for _ in range(exams):
        found.append(BucketedGain(rows=100, total=0.0, sums=noise * held))
        fresh = rng.standard_normal(BUCKETS)
        noise = correlation * noise + np.sqrt(1 - correlation**2) * fresh
    return found


def test_without_a_pair_nothing_is_known():
    assert measure_correlation([]) == 0
    assert measure_correlation(life(0.9, 1, 0)) == 0


@pytest.mark.parametrize("entities", [BUCKETS, 200, 60])
def test_noise_hardly_ever_passes_for_a_correlation(entities):
    found = [measure_correlation(life(0.0, 4, seed, entities)) for seed in range(300)]
    assert np.mean([one >= 0.05 for one in found]) <= 0.04  # what would lower the bar
    assert max(found) < 0.5


@pytest.mark.parametrize("correlation", [0.3, 0.6, 0.9])
def test_a_correlation_is_found_and_hardly_ever_overstated(correlation):
    found = np.array([measure_correlation(life(correlation, 6, seed)) for seed in range(200)])
    assert np.mean(found > correlation) <= 0.06
    assert np.median(found) > correlation - 0.12


def test_rotating_entities_are_not_taken_for_a_steady_decline():
    """Each exam shares half of its entities with the next one and none with the one after."""
    rng = np.random.default_rng(1)
    blocks = rng.standard_normal((8, BUCKETS))
    gains = [BucketedGain(rows=100, total=0.0, sums=one + other) for one, other in itertools.pairwise(blocks)]
    assert measure_correlation(gains[:2]) > 0.4
    assert measure_correlation(gains) < 0.15


def test_an_exam_held_again_makes_no_pair_with_itself():
    """Otherwise ten forced runs on the same rows would lower the bar of the exams that follow."""
    once = life(0.0, 2, 3)
    assert measure_correlation([once[0]] * 10) == 0
    assert measure_correlation([*[once[0]] * 5, once[1]]) == measure_correlation(once)


def test_models_that_decide_alike_say_nothing():
    still = BucketedGain(rows=100, total=0.0, sums=np.zeros(BUCKETS))
    assert measure_correlation([still, still, make_gain(1.0, 1.0), still]) == 0


def test_the_lower_end_of_one_pair_lies_as_far_below_as_a_cosine_varies():
    """Its standard error is (1 - rho^2) / sqrt(1,024) with normal noise: 0.006 at 0.9."""
    found = np.median([measure_correlation(life(0.9, 2, seed)) for seed in range(60)])
    assert found == pytest.approx(0.9 - 1.645 * (1 - 0.9**2) / BUCKETS**0.5, abs=0.004)
