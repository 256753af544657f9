"""How far the days of a sample lie apart, beside figures that can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.null.day_variation import find_days, measure_day_variation
from include.monitoring.null.distribution import NullDistribution

pytestmark = pytest.mark.core

LETTERS = CategoricalBins(values=("a", "b"), others=(), complete=True)
MISSING, FIRST = 0, LETTERS.size - 1


def null(statistic="missing_share", *, size=100.0, threshold=0.0, excess=0.0):
    """A null distribution; without a threshold chance is the bound that holds for all distributions."""
    return NullDistribution(
        statistic=statistic,
        batch_sizes=(size,),
        median=(0.0,),
        tail_threshold=(threshold,),
        mean_excess=(excess,),
    )


def days_of(*shares, rows=100):
    """Return bins and days: in each day so many of its rows are missing."""
    bins = [np.where(np.arange(rows) < share * rows, MISSING, FIRST) for share in shares]
    return np.concatenate(bins).astype(np.int16), np.repeat(np.arange(len(shares)), rows)


def vary(bins, days, of, rows=None):
    return measure_day_variation(bins, find_days(days), LETTERS, of, rows or len(bins))


def test_days_are_numbered_and_those_of_a_hundred_rows_compared():
    found = find_days(np.repeat([30, 10, 20, 40], [100, 99, 101, 1]))
    assert found.total == 4
    assert found.number.tolist() == [2] * 100 + [0] * 99 + [1] * 101 + [3]
    assert found.compared == [1, 2]


def test_the_newest_four_hundred_days_are_compared():
    found = find_days(np.repeat(np.arange(402), 100))
    assert found.compared == list(range(2, 402))


@pytest.mark.parametrize(("kept", "level"), [(2, 0.1), (9, 0.1), (19, 0.05)])
def test_the_largest_distance_less_what_chance_alone_makes_the_largest_of_so_many(kept, level):
    bins, days = days_of(0.5, *[0.0] * (kept - 1))
    others = 100 * (kept - 1)
    alike = int(1 / (1 / 100 + 1 / others - 1 / (others + 100)))
    chance = math.sqrt(math.log(2 / level) / (2 * alike))
    assert vary(bins, days, null()) == pytest.approx(0.5 - chance)


def test_the_training_data_may_hold_more_rows_than_the_sample():
    bins, days = days_of(0.5, 0.0)
    chance = math.sqrt(math.log(2 / 0.1) / (2 * int(1 / (1 / 100 + 1 / 100 - 1 / 1_000))))
    assert vary(bins, days, null(), rows=1_000) == pytest.approx(0.5 - chance)


def test_days_that_differ_by_no_more_than_chance_do_not_vary():
    bins, days = days_of(0.1, 0.0)
    assert vary(bins, days, null()) == 0.0
    assert vary(bins, days, null(threshold=0.02, excess=1e-9)) > 0.07


def test_one_day_has_no_other():
    bins, days = days_of(0.5)
    assert vary(bins, days, null()) == 0.0


def test_two_days_are_compared():
    bins, days = days_of(0.9, 0.1)
    assert vary(bins, days, null()) > 0.5


def test_a_large_day_is_compared_with_small_ones_that_are_not():
    bins = np.concatenate([np.full(100, MISSING), np.full(99, FIRST)]).astype(np.int16)
    days = np.repeat([0, 1], [100, 99])
    assert vary(bins, days, null()) > 0.8
    assert vary(bins[50:], days[50:], null()) == 0.0, "no day is large enough"


def test_a_day_without_any_value_says_nothing_of_values():
    bins, days = days_of(1.0, 0.0, 0.0)
    assert vary(bins, days, null("chi_square", threshold=0.02, excess=1e-9)) == 0.0
    assert vary(*days_of(1.0, 0.0), null("chi_square")) == 0.0
    assert vary(bins, days, null()) > 0.5, "of the share of missing values it does"


def test_a_distance_is_measured_on_the_scale_on_which_distances_add_up():
    bins = np.concatenate([np.full(100, FIRST), np.full(100, FIRST - 1)]).astype(np.int16)
    days = np.repeat([0, 1], 100)
    tight = {"threshold": 1e-6, "excess": 1e-12}
    psi = vary(bins, days, null("psi", **tight))
    js = vary(bins, days, null("jensen_shannon", **tight))
    assert psi > 1.5, "the root of a PSI, whose terms are large where categories swap"
    assert js == pytest.approx(1.0, abs=1e-3)
