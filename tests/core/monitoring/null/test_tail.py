"""p-values and critical distances of distributions that are written down instead of drawn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from include.monitoring.null.distribution import NullDistribution, describe_draws

pytestmark = pytest.mark.core

NULL = NullDistribution(
    statistic="ks",
    batch_sizes=(100.0, 400.0),
    median=(0.08, 0.02),
    tail_threshold=(0.12, 0.06),
    mean_excess=(0.004, 0.001),
)
FLAT = replace(NULL, median=(0.0, 0.0), tail_threshold=(0.0, 0.0), mean_excess=(0.0, 0.0))


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (-0.1, 1.0),
        (0.0, 1.0),
        (0.04, math.sqrt(0.5)),  # half of the way from 1 down to 0.5, on a logarithmic scale
        (0.08, 0.5),
        (0.10, 0.5 * math.sqrt(0.2)),
        (0.12, 0.1),
        (0.15, 0.1 * math.exp(-(0.15**2 - 0.12**2) / 0.004)),
        (1.0, 0.1 * math.exp(-(1 - 0.12**2) / 0.004)),
        (50.0, 1e-300),
    ],
)
def test_the_p_value_of_a_distance(distance, expected):
    assert NULL.survival(100, distance) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("rows", "threshold", "excess"),
    [
        (100, 0.12, 0.004),
        (400, 0.06, 0.001),
        (200, math.sqrt(0.12 * 0.06), 0.002),  # between two sizes along a power of the number of rows
        (25, 0.24, 0.016),  # below the smallest with the root of the number of rows
        (401, 0.06, 0.001),  # above the largest it is the reference that errs
        (1_000_000, 0.06, 0.001),
    ],
)
def test_the_critical_distance_of_a_number_of_rows(rows, threshold, excess):
    assert NULL.critical_distance(rows, 0.1) == pytest.approx(threshold, rel=1e-12)
    expected = math.sqrt(threshold**2 + excess * math.log(10))
    assert NULL.critical_distance(rows, 0.01) == pytest.approx(expected, rel=1e-12)
    assert NULL.survival(rows, expected) == pytest.approx(0.01)


@pytest.mark.parametrize(("rows", "median"), [(25, 0.16), (100, 0.08), (200, 0.04), (400, 0.02), (900, 0.02)])
def test_the_median_of_a_number_of_rows(rows, median):
    assert NULL.survival(rows, median) == pytest.approx(0.5)


def test_numbers_between_sizes_of_which_one_is_zero_lie_on_a_line():
    half = replace(NULL, mean_excess=(0.004, 0.0))
    expected = math.sqrt(0.12 * 0.06 + 0.002 * math.log(10))
    assert half.critical_distance(200, 0.01) == pytest.approx(expected)
    other = replace(NULL, median=(0.0, 0.02))
    assert other.survival(200, 0.01) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "flat",
    [FLAT, replace(FLAT, tail_threshold=NULL.tail_threshold), replace(FLAT, mean_excess=NULL.mean_excess)],
)
def test_without_any_spread_the_bound_for_all_distributions_holds(flat):
    """Dvoretzky, Kiefer and Wolfowitz: at most 2 exp(-2 n d^2)."""
    assert flat.survival(50, 0.2) == pytest.approx(2 * math.exp(-4))
    assert flat.survival(50, 0.01) == 1.0
    assert flat.critical_distance(50, 0.01) == pytest.approx(math.sqrt(math.log(200) / 100))


@pytest.mark.parametrize("rows", [0, -1])
def test_no_rows_show_nothing(rows):
    assert NULL.survival(rows, 0.5) == 1.0
    assert NULL.critical_distance(rows, 0.01) == math.inf


def test_one_row_is_enough_to_speak_of():
    assert NULL.survival(1, 5.0) < 1e-3
    assert NULL.critical_distance(1, 0.1) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("distance", "needed"),
    [
        (1.2, 1),  # the threshold of one row
        (1.1999, 2),
        (0.12, 100),
        (0.1201, 100),
        (0.24, 25),
        (0.0601, 399),
        (0.06, 400),
        (0.0599, None),  # no number of rows shows what lies within the reference's own error
        (0.0, None),
        (-1.0, None),
    ],
)
def test_the_rows_that_show_a_distance(distance, needed):
    found = NULL.rows_needed(distance, 0.1)
    assert found == needed
    if found is not None:
        assert NULL.critical_distance(found, 0.1) <= distance
        assert found == 1 or NULL.critical_distance(found - 1, 0.1) > distance


@pytest.mark.parametrize(("statistic", "power"), [("ks", 1.0), ("psi", 0.5), ("jensen_shannon", 1.0)])
def test_effects_and_distances_are_powers_of_each_other(statistic, power):
    null = replace(NULL, statistic=statistic)
    assert null.to_distance(0.25) == pytest.approx(0.25**power)
    assert null.to_effect(null.to_distance(0.25)) == pytest.approx(0.25)


def test_draws_are_kept_as_median_tail_threshold_and_mean_excess():
    values = np.arange(1, 101) / 100
    null = describe_draws("ks", [100, 300], [values, values / 10])
    assert null.batch_sizes == (100.0, 300.0)
    assert null.median == pytest.approx((0.505, 0.0505))
    assert null.tail_threshold == pytest.approx((0.901, 0.0901))
    beyond = values[90:]
    assert null.mean_excess[0] == pytest.approx(np.mean(beyond**2) - 0.901**2)
    assert null.mean_excess[1] == pytest.approx((np.mean(beyond**2) - 0.901**2) / 100)
    assert null.between_day_variation == 0.0


def test_draws_without_any_spread_have_no_excess():
    null = describe_draws("ks", [100], [np.zeros(50)])
    assert (null.median, null.tail_threshold, null.mean_excess) == ((0.0,), (0.0,), (0.0,))


def test_draws_are_kept_on_the_scale_on_which_distances_add_up():
    values = (np.arange(1, 101) / 100) ** 2
    assert describe_draws("psi", [100], [values]).median == pytest.approx((0.505,))


def test_plain_values_keep_four_digits():
    null = replace(NULL, median=(0.0812345, 0.02), between_day_variation=0.0123456)
    plain = null.to_plain()
    assert plain["median"] == [0.08123, 0.02]
    assert plain["between_day_variation"] == 0.01235
    assert NullDistribution.from_plain(plain) == replace(
        null, median=(0.08123, 0.02), between_day_variation=0.01235
    )
