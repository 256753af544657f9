"""Each statistic from counts, beside the library that computes it from the values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from include.config.drift_statistics import STATISTICS, names_for
from include.data.arrow_numpy import to_arrow
from include.errors import ConfigError
from include.monitoring.histogram.bin_edges import bin_categories, bin_numbers
from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.distances import DISTANCES, find_distance, measure
from include.monitoring.histogram.moments import central_span, relative_deviation, standardise, values_mean
from include.monitoring.histogram.numeric_bins import NumericBins

pytestmark = pytest.mark.core

CATEGORIES = CategoricalBins(values=("a", "b", "c"), others=("d",), complete=True)


def bins_for(name, numeric):
    """Return the numeric bins for a statistic of numbers, and bins of categories for any other."""
    return numeric if "numeric" in STATISTICS[name].kinds else CATEGORIES


def sides(reference, later):
    """Return the counts of two samples in the bins of the first, and the bins."""
    column = bin_numbers(reference)
    return column.count(to_arrow(reference)), column.count(to_arrow(later)), column


def draw(rng, rows):
    """Draw from one of the shapes that columns have in life: smooth, heavy-tailed, with mass points,
    whole."""
    shape = rng.integers(4)
    if shape == 0:
        return rng.normal(rng.normal(0, 0.3), rng.uniform(0.7, 1.4), rows)
    if shape == 1:
        return rng.lognormal(rng.normal(5, 0.2), 2, rows)
    if shape == 2:
        return np.where(rng.random(rows) < rng.uniform(0.1, 0.6), 0, rng.exponential(100, rows).round(1))
    return rng.poisson(rng.uniform(2, 30), rows).astype(float)


@pytest.mark.parametrize("pair", range(200))
def test_ks_is_that_of_scipy_to_a_thousandth(pair):
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(pair)
    reference = draw(rng, int(rng.integers(2_000, 20_000)))
    later = np.concatenate([draw(rng, int(rng.integers(1, 2_000))), rng.choice(reference, 2_000)])
    found, expected = measure("ks", *sides(reference, later)), ks_2samp(reference, later).statistic
    assert expected - 1e-3 <= found <= expected + 1e-12


def test_ks_of_separate_samples_is_one():
    assert measure("ks", *sides(np.arange(10.0), np.arange(20.0, 30.0))) == pytest.approx(1)


def test_the_infinite_are_values_and_the_missing_are_not():
    reference, later = np.arange(10.0), np.array([np.inf] * 5 + [-np.inf] * 5 + [np.nan] * 90)
    assert measure("ks", *sides(reference, later)) == 0.5
    assert measure("missing_share", *sides(reference, later)) == 0.9


def test_psi_of_categories_is_the_sum_by_hand():
    reference, counts = np.array([7, 0, 0, 500, 300, 200]), np.array([0, 0, 0, 400, 350, 250])
    p, q = ((part[1:] / 1_000 + 0.0005) / 1.0025 for part in (reference, counts))
    assert measure("psi", reference, counts, CATEGORIES) == pytest.approx(((q - p) * np.log(q / p)).sum())


def test_a_group_that_is_empty_on_both_sides_adds_nothing_to_psi():
    reference, counts = np.array([0, 0, 0, 5_000, 5_000, 0]), np.array([0, 0, 0, 50, 50, 0])
    assert measure("psi", reference, counts, CATEGORIES) == pytest.approx(0)


def test_psi_is_finite_where_a_category_appears_or_is_gone():
    assert 2 < measure("psi", np.array([0, 0, 0, 50, 50, 0]), np.array([0, 0, 50, 0, 0, 50]), CATEGORIES) < 12


def test_psi_of_numbers_sees_a_mass_point_that_deciles_hide():
    """On a column of zeros the edges of deciles collapse, and the usual PSI reads 0."""
    rng = np.random.default_rng(0)
    reference = np.where(rng.random(5_000) < 0.95, 0, rng.exponential(1, 5_000))
    later = np.where(rng.random(5_000) < 0.5, 0, rng.exponential(1, 5_000))
    assert measure("psi", *sides(reference, later)) > 1


def test_psi_of_smooth_numbers_is_that_over_deciles():
    rng = np.random.default_rng(1)
    reference, later = rng.normal(size=100_000), rng.normal(0.3, 1, size=100_000)
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p, q = (np.bincount(np.searchsorted(edges, part), minlength=10) / 1e5 for part in (reference, later))
    expected = ((q - p) * np.log(q / p)).sum()
    assert measure("psi", *sides(reference, later)) == pytest.approx(expected, rel=0.02)


def test_jensen_shannon_is_that_of_scipy():
    from scipy.spatial.distance import jensenshannon

    reference, counts = np.array([9, 10, 0, 500, 300, 0]), np.array([0, 0, 30, 400, 350, 0])
    expected = jensenshannon(reference[1:] / 810, counts[1:] / 780, base=2)
    assert measure("jensen_shannon", reference, counts, CATEGORIES) == pytest.approx(expected)
    assert measure(
        "jensen_shannon", np.array([0, 0, 0, 5, 0, 0]), np.array([0, 0, 0, 0, 5, 0]), CATEGORIES
    ) == pytest.approx(1)


@pytest.mark.parametrize("pair", range(20))
def test_wasserstein_is_that_of_scipy_in_standard_deviations(pair):
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(pair)
    reference = rng.normal(size=20_000)
    later = rng.normal(rng.uniform(-0.5, 0.5), rng.uniform(0.7, 1.0), size=5_000)
    expected = wasserstein_distance(reference, later) / reference.std()
    assert measure("wasserstein", *sides(reference, later)) == pytest.approx(expected, abs=0.004)


def test_wasserstein_where_the_functions_cross_within_an_interval():
    column = NumericBins(edges=np.array([0.0, 1.0]))  # bins: missing, -inf, <0, 0, between, 1, >1, inf
    reference, counts = np.array([0, 0, 0, 4, 0, 6, 0, 0]), np.array([0, 0, 0, 2, 6, 2, 0, 0])
    # The difference runs from -0.2 to +0.4 in a straight line: two triangles.
    area = (0.2**2 + 0.4**2) / (2 * 0.6)
    assert measure("wasserstein", reference, counts, column) == pytest.approx(area / np.sqrt(0.24))


def test_cramers_v_of_samples_of_one_size_is_that_of_scipy():
    from scipy.stats.contingency import association

    reference, counts = np.array([5, 10, 0, 50, 30, 10]), np.array([0, 20, 0, 20, 30, 30])
    table = np.array([reference[[1, 3, 4, 5]], counts[[1, 3, 4, 5]]])
    expected = association(table, method="cramer")
    assert measure("chi_square", reference, counts, CATEGORIES) == pytest.approx(expected)
    assert measure("chi_square", reference, 1_000 * counts, CATEGORIES) == pytest.approx(expected)


@pytest.mark.parametrize("name", sorted(DISTANCES))
def test_nothing_has_moved_when_the_counts_are_the_same(name):
    column = bins_for(name, bin_numbers(np.random.default_rng(0).normal(size=3_000)))
    counts = np.arange(column.size)
    assert measure(name, counts, counts, column) == pytest.approx(0, abs=1e-9)
    assert measure(name, counts, 7 * counts, column) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("name", sorted(set(DISTANCES) - {"missing_share"}))
@pytest.mark.parametrize("empty", [0, 1])
def test_a_side_without_values_has_not_moved(name, empty):
    column = bins_for(name, NumericBins(edges=np.arange(5.0)))
    both = [np.ones(column.size, dtype=int), np.ones(column.size, dtype=int)]
    both[empty][1:] = 0
    assert measure(name, *both, column) == 0


@pytest.mark.parametrize("name", sorted(set(names_for("numeric")) | {"mean_shift"}))
@pytest.mark.parametrize("edges", [(), (1.5,)])
def test_a_column_of_one_value_or_none_can_be_measured(name, edges):
    column = NumericBins(edges=np.array(edges))
    for later in ([1.5], [2.0, 3.0], [np.nan], [np.inf], []):
        found = measure(name, np.ones(column.size), column.count(pa.array(later, pa.float64())), column)
        assert np.isfinite(found)


@pytest.mark.parametrize("name", sorted(DISTANCES))
def test_many_pairs_are_measured_as_one_by_one(name):
    rng = np.random.default_rng(2)
    column = bins_for(name, bin_numbers(rng.normal(size=500).round(1)))
    reference = np.tile(rng.integers(1, 50, column.size), (4, 1))
    counts = rng.integers(0, 50, (4, column.size))
    together = DISTANCES[name].measure(reference, counts, column)
    assert together.tolist() == pytest.approx([
        measure(name, one, other, column) for one, other in zip(reference, counts, strict=True)
    ])


def test_mean_and_standard_deviation_come_from_counts():
    values = np.random.default_rng(3).gamma(2, 1, 50_000)
    column = bin_numbers(values)
    counts = column.count(to_arrow(values))
    assert values_mean(counts, column.midpoints) == pytest.approx(values.mean(), rel=0.01)
    relative = values.std() / (column.edges[-1] - column.edges[0])
    assert relative_deviation(counts, standardise(column.edges)) == pytest.approx(relative, rel=0.03)
    far = NumericBins(edges=column.edges + 1e9)
    assert relative_deviation(counts, standardise(far.edges)) == pytest.approx(relative, rel=0.03)


def test_rare_categories_are_pooled():
    column = bin_categories({str(number): 1 for number in range(400)})
    everyone = column.count(pa.array([str(number) for number in range(400)]))
    assert len(everyone) == 53
    assert everyone[1] == 350


def test_every_statistic_with_a_name_has_a_function_and_a_source():
    assert set(DISTANCES) == set(STATISTICS)
    assert all(statistic.source and statistic.description for statistic in STATISTICS.values())


def test_an_unknown_name_gets_the_list():
    with pytest.raises(ConfigError, match="unknown statistic of drift 'kss'; known: chi_square, jensen"):
        find_distance("kss", CATEGORIES)
    with pytest.raises(ConfigError, match="'ks' is not for a categorical column"):
        find_distance("ks", CATEGORIES)


def test_the_span_is_that_of_nearly_all_values_or_of_all_where_nearly_all_are_the_same():
    """A model that answers 0 for 99 of a hundred rows: a shift would be a share of nothing, and go unseen."""
    midpoints = np.arange(6.0)
    assert central_span(np.array([3, 1, 500, 500, 500, 1, 0]), midpoints) == (1.0, 3.0)
    assert central_span(np.array([3, 0, 990, 0, 5, 5, 0]), midpoints) == (1.0, 4.0)
    assert central_span(np.array([3, 0, 990, 0, 0, 0, 0]), midpoints) == (1.0, 1.0)
    several = np.array([[0, 1, 500, 500, 500, 1, 0], [0, 0, 990, 0, 5, 5, 0]])
    assert [end.tolist() for end in central_span(several, midpoints)] == [[1.0, 1.0], [3.0, 4.0]]
