"""Standard errors, degrees of freedom, and the tail of the t distribution as a normal quantile."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from include.evaluation.spread import measure_spread, normal_equivalent

pytestmark = pytest.mark.core


def test_the_spread_of_independent_values_is_that_of_their_mean() -> None:
    values = np.random.default_rng(0).normal(size=4_000)
    found = measure_spread((values - values.mean()) / 4_000, 4_000)
    assert found.error == pytest.approx(stats.sem(values), rel=1e-12)
    assert found.freedom == pytest.approx(4_000, rel=0.1)  # normal contributions have all of them
    assert found.reach(0.95) == pytest.approx(stats.t.ppf(0.975, found.freedom) * found.error)


def test_few_entities_that_carry_the_variance_leave_few_degrees_of_freedom() -> None:
    shares = np.zeros(1_000)
    shares[:10] = np.tile([1.0, -1.0], 5)
    assert measure_spread(shares, 1_000).freedom == pytest.approx(2 * 100 / (10 - 0.1))
    shares[0] = 50
    assert measure_spread(shares, 1_000).freedom == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("entities", [0, 1, 5])
def test_where_nothing_moves_there_is_no_error(entities: int) -> None:
    found = measure_spread(np.full(entities, 1e-16), entities)
    assert (found.error, found.freedom, found.reach(0.95)) == (0, 1, 0)


def test_what_moves_is_distinguished_from_rounding_by_the_number_of_entities() -> None:
    """An entity's rows add their rounding up, so what counts is what it moves for each of them."""
    assert measure_spread(np.tile([1e-15, -1e-15], 5_000), 10_000).error > 0
    assert measure_spread(np.tile([1e-15, -1e-15], 10), 20).error == 0


def test_what_a_single_entity_moves_is_not_known_at_all() -> None:
    found = measure_spread(np.array([0.1]), 1)
    assert (found.error, found.freedom, found.reach(0.95)) == (math.inf, 1, math.inf)
    two = measure_spread(np.array([0.1, -0.1]), 2)
    assert (two.error, two.freedom) == (pytest.approx(0.2), 1)


def test_there_are_never_more_degrees_of_freedom_than_entities_less_one() -> None:
    shares = np.tile([1.0, -1.0], 50)
    assert measure_spread(shares, 100).freedom == 99
    shares[0] = 1.01
    assert measure_spread(shares, 100).freedom == 99
    assert measure_spread(np.array([9.0, *[1e-3] * 99]), 100).freedom == pytest.approx(2.02, abs=0.01)


@pytest.mark.parametrize("freedom", [1, 2.5, 7, 30, 1_000, 1e6])
@pytest.mark.parametrize("ratio", [0.01, 1.0, 3.3, 8.0])
def test_a_normal_equivalent_is_as_far_out_as_the_t_statistic(freedom: float, ratio: float) -> None:
    found = normal_equivalent(ratio, freedom)
    assert stats.norm.logsf(found) == pytest.approx(stats.t.logsf(ratio, freedom), rel=1e-9)
    assert normal_equivalent(-ratio, freedom) == -found
    assert found < ratio


@pytest.mark.parametrize(
    ("ratio", "freedom", "log_tail"),
    [(60, 1_000, -767.2789337230812), (200, 1_000, -1861.1467781670601), (60, 1e5, -1773.3530714676713)],
)
def test_the_tail_is_exact_where_its_probability_underflows(
    ratio: float, freedom: float, log_tail: float
) -> None:
    """The expected logarithms are from mpmath, with 40 digits."""
    assert stats.norm.logsf(normal_equivalent(ratio, freedom)) == pytest.approx(log_tail, rel=1e-9)


def test_the_two_ways_to_the_tail_meet_and_z_keeps_growing() -> None:
    found = [normal_equivalent(ratio, 1_000) for ratio in np.linspace(40, 60, 2_001)]
    steps = np.diff(found)
    assert (steps > 0).all()
    assert steps.max() < 1.02 * steps.min() * 1.5


@pytest.mark.parametrize("ratio", [0.0, math.inf, -math.inf])
def test_nothing_and_everything_stay_what_they_are(ratio: float) -> None:
    assert normal_equivalent(ratio, 10) == ratio
    assert math.isnan(normal_equivalent(math.nan, 10))


def test_a_ratio_beyond_all_measure_is_still_a_number() -> None:
    assert 0 < normal_equivalent(1e300, 30) < math.inf
    assert normal_equivalent(-1e300, 1e6) < -1_000
