"""Null distributions, beside those that theory knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from include.data.arrow_numpy import to_arrow
from include.monitoring.histogram.bin_edges import bin_numbers
from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.null.calibrate import Plan, calibrate, calibrate_counts
from include.monitoring.null.cluster_sampling import Clusters, Sample, cluster
from include.monitoring.null.distribution import NullDistribution, describe_draws
from include.monitoring.null.simulate import BATCH_SIZES, BinnedRows, draw_chunks, measure_chunk

pytestmark = pytest.mark.core

LETTERS = CategoricalBins(values=tuple("abcdefghij"), others=(), complete=True)


def sample_of(bins, entities=None, days=None):
    rows = len(bins)
    return Sample(
        entities=np.arange(rows) if entities is None else entities,
        days=np.zeros(rows, np.int32) if days is None else days,
        bins={"x": bins},
    )


def calibrate_one(column, bins, statistic, repeats=600, **keys):
    plans = {"x": Plan(bins=column, statistics=(statistic,))}
    return calibrate(sample_of(bins, **keys), plans, rows=len(bins), seed=1, repeats=repeats)["x"][0]


@pytest.fixture(scope="module")
def smooth():
    values = np.random.default_rng(0).normal(size=50_000)
    column = bin_numbers(values)
    return column, column.assign(to_arrow(values))


@pytest.fixture(scope="module")
def ks_null(smooth):
    return calibrate_one(*smooth, "ks", repeats=4_000)


@pytest.mark.parametrize("rows", [150, 1_000, 20_000, 300_000])
@pytest.mark.parametrize("level", [0.05, 0.01, 1e-3, 1e-5])
def test_the_critical_ks_is_kolmogorovs_of_two_samples(ks_null, rows, level):
    from scipy.stats import kstwobign

    exact = kstwobign.isf(level) * np.sqrt(1 / rows + 1 / 50_000)
    assert ks_null.critical_distance(rows, level) == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize("level", [0.01, 1e-3, 1e-5])
def test_the_tail_of_a_chi_square_is_never_understated(level):
    """PSI of many rows is chi-square; its tail is taken a little too fat, which gives fewer alarms."""
    from scipy.stats import chi2

    bins = np.random.default_rng(0).integers(3, 13, 100_000).astype(np.int16)
    plans = {"x": Plan(bins=LETTERS, statistics=("psi",))}
    (null,) = calibrate(sample_of(bins), plans, rows=100_000, seed=1, repeats=4_000)["x"]
    exact = chi2.isf(level, 9) * (1 / 2_000 + 1 / 100_000)
    assert 0.97 * exact <= null.to_effect(null.critical_distance(2_000, level)) <= 1.2 * exact


def test_survival_is_the_inverse_of_critical(ks_null):
    for level in (0.05, 1e-3, 1e-8):
        assert ks_null.survival(700, ks_null.critical_distance(700, level)) == pytest.approx(level)


def test_p_values_fall_with_distance_from_one(ks_null):
    found = [ks_null.survival(1_000, distance) for distance in (-1, 0, 0.01, 0.02, 0.03, 0.04, 0.1, 0.9)]
    assert found[:2] == [1, 1]
    assert found == sorted(found, reverse=True)
    assert 0 < found[-1] < 1e-100


def test_p_values_are_uniform_without_drift(smooth):
    """Batches that the distributions were not made from."""
    column, _ = smooth
    rng = np.random.default_rng(7)
    reference = rng.normal(size=50_000)
    from include.monitoring.histogram.distances import measure

    column = bin_numbers(reference)
    counts = column.count(to_arrow(reference))
    null = calibrate_one(column, column.assign(to_arrow(reference)), "ks")
    p_values = np.array([
        null.survival(800, measure("ks", counts, column.count(to_arrow(rng.normal(size=800))), column))
        for _ in range(400)
    ])
    for level in (0.5, 0.1, 0.05):
        assert np.mean(p_values <= level) == pytest.approx(level, abs=4 * np.sqrt(level / 400))


def test_rows_of_one_customer_count_as_what_they_are():
    """Ten equal rows for each customer and day tell no more than one."""
    rng = np.random.default_rng(0)
    once = rng.integers(3, 13, 3_000).astype(np.int16)
    single = calibrate_one(LETTERS, once, "chi_square")
    tenfold = calibrate_one(
        LETTERS, np.repeat(once, 10), "chi_square", entities=np.repeat(np.arange(3_000), 10)
    )
    assert tenfold.critical_distance(3_000, 0.01) == pytest.approx(
        single.critical_distance(300, 0.01), rel=0.1
    )


def test_the_same_customers_in_every_month_make_the_reference_no_larger():
    """A batch holds each customer once; the reference has them six times and errs as if it had them once."""
    rng = np.random.default_rng(0)
    once = rng.integers(3, 13, 2_000).astype(np.int16)
    keys = {"entities": np.tile(np.arange(2_000), 6), "days": np.repeat(np.arange(6), 2_000)}
    panel = calibrate_one(LETTERS, np.tile(once, 6), "chi_square", **keys)
    month = calibrate_one(LETTERS, once, "chi_square")
    for rows in (300, 100_000):
        assert panel.critical_distance(rows, 0.01) == pytest.approx(
            month.critical_distance(rows, 0.01), rel=0.1
        )
    distinct = calibrate_one(LETTERS, np.tile(once, 6), "chi_square", days=keys["days"])
    assert distinct.critical_distance(100_000, 0.01) < 0.6 * panel.critical_distance(100_000, 0.01)


def test_the_reference_of_a_few_rows_errs_too():
    bins = np.random.default_rng(0).integers(3, 13, 200).astype(np.int16)
    null = calibrate_one(LETTERS, bins, "chi_square")
    assert null.critical_distance(1_000_000, 0.01) == pytest.approx(
        null.critical_distance(200, 0.01) / np.sqrt(2), rel=0.15
    )
    assert null.rows_needed(0.01, 0.01) is None


def test_days_that_differ_have_a_variation_and_equal_days_none():
    rng = np.random.default_rng(0)
    days = np.repeat(np.arange(20), 1_000)
    values = rng.normal(size=20_000)
    column = bin_numbers(values)
    equal = calibrate_one(column, column.assign(to_arrow(values)), "ks", days=days)
    moved = values + 0.5 * (days == 7)
    column = bin_numbers(moved)
    differing = calibrate_one(column, column.assign(to_arrow(moved)), "ks", days=days)
    assert equal.between_day_variation < 0.02
    assert (
        0.1 < differing.between_day_variation < 0.2
    )  # D of half a standard deviation is 0.2, chance gives 0.05 of 20 days


def test_days_of_a_few_rows_are_not_compared():
    days = np.repeat(np.arange(50), 20)
    bins = np.repeat(np.arange(3, 13), 100).astype(np.int16)
    assert calibrate_one(LETTERS, bins, "chi_square", days=days).between_day_variation == 0


def test_rows_needed_are_those_at_which_the_distance_exceeds_chance(ks_null):
    needed = ks_null.rows_needed(0.1, 1e-3)
    assert ks_null.critical_distance(needed, 1e-3) <= 0.1 < ks_null.critical_distance(needed - 1, 1e-3)
    assert ks_null.rows_needed(1e-9, 1e-3) is None
    assert ks_null.rows_needed(0, 1e-3) is None


def test_independent_rows_give_the_same_from_counts_alone(smooth, ks_null):
    column, bins = smooth
    counts = np.bincount(bins, minlength=column.size)
    plan = Plan(bins=column, statistics=("ks",))
    (null,) = calibrate_counts(plan, counts, seed=3, repeats=600)
    for rows in (300, 3_000, 100_000):
        assert null.critical_distance(rows, 1e-3) == pytest.approx(
            ks_null.critical_distance(rows, 1e-3), rel=0.1
        )
    assert calibrate_counts(plan, np.zeros(column.size, dtype=int), seed=0) == ()


@pytest.mark.parametrize("statistic", ["wasserstein", "psi", "jensen_shannon"])
def test_a_statistic_that_reads_counts_is_calibrated_on_all_bins(smooth, statistic):
    """Only what is linear in the distribution function may be made from coarser bins."""
    column, bins = smooth
    counts = np.bincount(bins, minlength=column.size)
    (alone,) = calibrate_counts(Plan(bins=column, statistics=(statistic,)), counts, seed=3, repeats=100)
    assert calibrate_one(*smooth, statistic, repeats=100).median == pytest.approx(alone.median, rel=0.15)


@pytest.fixture(scope="module")
def gaps():
    """Three in ten values are missing, and two in ten are zero."""
    rng = np.random.default_rng(9)
    values = rng.normal(size=20_000)
    values[rng.random(20_000) < 0.2] = 0.0
    values[rng.random(20_000) < 0.3] = np.nan
    column = bin_numbers(values)
    return column, column.assign(to_arrow(values))


@pytest.mark.parametrize("name", ["smooth", "gaps"])
def test_groups_of_bins_understate_ks_by_a_few_hundredths_at_most(name, request):
    """On the same draws: beside a statistic that reads counts, KS is taken of all bins."""
    column, bins = request.getfixturevalue(name)
    assert column.size > 600
    both = {"x": Plan(bins=column, statistics=("ks", "psi"))}
    whole = calibrate(sample_of(bins), both, rows=len(bins), seed=1, repeats=100)["x"][0]
    grouped = calibrate_one(column, bins, "ks", repeats=100)
    assert grouped.batch_sizes == whole.batch_sizes
    for part, of_all in ((grouped.median, whole.median), (grouped.tail_threshold, whole.tail_threshold)):
        ratio = np.array(part) / np.array(of_all)
        assert (ratio > 0.97).all()
        assert (ratio < 1.01).all()


@pytest.mark.parametrize(
    ("name", "median", "threshold"),
    [
        ("smooth", [0.084632, 0.050877, 0.024972], [0.123643, 0.074631, 0.039116]),
        ("gaps", [0.088047, 0.056203, 0.031483], [0.139931, 0.080637, 0.042318]),
    ],
)
def test_the_figures_of_grouped_bins_never_change(name, median, threshold, request):
    """A profile that is made again from the same data is the same to six digits."""
    null = calibrate_one(*request.getfixturevalue(name), "ks", repeats=100)
    assert null.median[:3] == pytest.approx(median, abs=1e-6)
    assert null.tail_threshold[:3] == pytest.approx(threshold, abs=1e-6)


def test_groups_of_bins_keep_the_mean():
    values = np.exp(np.random.default_rng(2).normal(size=700))
    column = bin_numbers(values)
    bins = column.assign(to_arrow(values))
    both = {"x": Plan(bins=column, statistics=("mean_shift", "psi"))}
    whole = calibrate(sample_of(bins), both, rows=700, seed=1, repeats=100)["x"][0]
    grouped = calibrate_one(column, bins, "mean_shift", repeats=100)
    assert grouped.median == pytest.approx(whole.median, rel=0.08)


def test_a_column_with_gaps_keeps_its_mean_in_groups(gaps):
    column, bins = gaps
    both = {"x": Plan(bins=column, statistics=("mean_shift", "psi"))}
    whole = calibrate(sample_of(bins), both, rows=len(bins), seed=1, repeats=100)["x"][0]
    grouped = calibrate_one(column, bins, "mean_shift", repeats=100)
    assert grouped.median == pytest.approx(whole.median, rel=0.08)


def test_a_statistic_is_the_same_beside_another(smooth):
    column, bins = smooth
    both = {"x": Plan(bins=column, statistics=("ks", "wasserstein"))}
    beside = calibrate(sample_of(bins), both, rows=len(bins), seed=1, repeats=50)["x"][1]
    assert beside == calibrate_one(column, bins, "wasserstein", repeats=50)


def test_only_columns_of_independent_rows_without_gaps_share_a_distribution(smooth, gaps):
    few = bin_numbers(np.arange(20_000) % 5.0)
    bins = {
        "few": few.assign(to_arrow(np.arange(20_000) % 5.0)),
        "x": smooth[1][:20_000],
        "y": smooth[1][20_000:40_000],
        "gaps": gaps[1],
        "holes": np.where(np.arange(20_000) % 3 == 0, 0, smooth[1][:20_000]),
    }
    plans = {
        name: Plan(bins=column, statistics=("ks",))
        for name, column in (
            ("few", few),
            ("x", smooth[0]),
            ("y", smooth[0]),
            ("gaps", gaps[0]),
            ("holes", smooth[0]),
        )
    }

    def found(entities, days):
        sample = Sample(entities=entities, days=days, bins=bins)
        return calibrate(sample, plans, rows=20_000, seed=1, repeats=50)

    alone = np.arange(20_000)
    independent = found(alone, np.zeros(20_000, np.int32))
    assert independent["x"] == independent["y"]
    assert independent["few"][0].median[0] < 0.9 * independent["x"][0].median[0]
    assert independent["x"][0].batch_sizes != independent["gaps"][0].batch_sizes
    assert independent["x"][0].batch_sizes != independent["holes"][0].batch_sizes
    panel = found(alone // 2, (alone % 2).astype(np.int32))  # each customer once a day, on two days
    assert panel["x"][0].median != panel["y"][0].median


@pytest.mark.parametrize("filled", [1, 2, LETTERS.size - 1])
def test_every_bin_but_the_first_is_one_of_values(filled):
    bins = np.where(np.arange(1_000) % 4 == 0, 0, filled).astype(np.int16)
    assert calibrate_one(LETTERS, bins, "psi", repeats=20).batch_sizes[0] == 75


def test_a_shift_of_the_mean_is_calibrated_for_each_column(smooth):
    """Unlike KS its distribution depends on the column's own."""
    _, bins = smooth
    wide = np.exp(3 * np.random.default_rng(5).normal(size=50_000))
    columns = {"x": smooth[0], "skew": bin_numbers(wide)}
    sample = Sample(
        entities=np.arange(50_000),
        days=np.zeros(50_000, np.int32),
        bins={"x": bins, "skew": columns["skew"].assign(to_arrow(wide))},
    )
    plans = {name: Plan(bins=one, statistics=("ks", "mean_shift")) for name, one in columns.items()}
    nulls = calibrate(sample, plans, rows=50_000, seed=1, repeats=50)
    assert nulls["skew"][1].median[0] > 10 * nulls["x"][1].median[0]


def test_a_thousand_pairs_are_drawn_unless_told_otherwise():
    bins = np.random.default_rng(0).integers(3, 13, 300).astype(np.int16)
    plans = {"x": Plan(bins=LETTERS, statistics=("chi_square",))}
    usual = calibrate(sample_of(bins), plans, rows=300, seed=1)
    assert usual == calibrate(sample_of(bins), plans, rows=300, seed=1, repeats=1_000)
    assert usual != calibrate(sample_of(bins), plans, rows=300, seed=1, repeats=999)


def test_the_same_seed_gives_the_same_distributions(smooth):
    assert calibrate_one(*smooth, "ks") == calibrate_one(*smooth, "ks")


def test_no_rows_give_no_distributions():
    nothing = sample_of(np.empty(0, np.int16))
    assert calibrate(nothing, {"x": Plan(bins=LETTERS, statistics=("psi",))}, rows=0, seed=0) == {}


def test_a_column_of_missing_values_has_no_distribution_but_that_of_their_share():
    plans = {"x": Plan(bins=LETTERS, statistics=("psi", "missing_share"))}
    nulls = calibrate(sample_of(np.zeros(500, np.int16)), plans, rows=500, seed=0, repeats=50)["x"]
    assert [null.statistic for null in nulls] == ["missing_share"]
    assert 0 < nulls[0].survival(500, 0.2) < 1e-6  # no spread at all: the bound that holds for any rows


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.98, 1.0])
def test_what_is_measured_by_functions_is_what_the_statistics_measure(smooth, missing):
    """Beside the way that every other statistic is calibrated; batches of 100 may hold no value at all."""
    column, bins = smooth
    bins = np.where(np.random.default_rng(0).random(len(bins)) < missing, 0, bins)
    binned = BinnedRows(bins=bins, base=np.bincount(bins, minlength=column.size), midpoints=column.midpoints)
    drawer = cluster(np.arange(len(bins)))
    (chunk,) = draw_chunks(drawer, drawer, rows=1_000, seed=1, repeats=20)
    statistics = ("ks", "missing_share", "mean_shift")
    found = list(measure_chunk(column, statistics, binned, chunk))
    expected = {
        (name, step): values
        for name, step, values in measure_chunk(column, (*statistics, "psi"), binned, chunk)
    }
    assert [(name, step) for name, step, _ in found] == [
        (name, step) for step in BATCH_SIZES for name in statistics
    ]
    for name, step, values in found:
        if step <= 1_000:
            assert values == pytest.approx(expected[name, step], rel=1e-9, abs=1e-12)
        elif missing != 0.98:  # it is the function that is shrunk, not the counts: of 20 values not the same
            assert values == pytest.approx(expected[name, step], rel=0.05, abs=1e-3)


def test_continuous_columns_share_a_distribution_where_rows_are_independent(smooth):
    column, bins = smooth
    rng = np.random.default_rng(5)
    other_values = np.exp(3 * rng.normal(size=50_000))
    zeros = np.where(rng.random(50_000) < 0.4, 0.0, other_values)
    others = [bin_numbers(values) for values in (other_values, zeros)]
    sample = Sample(
        entities=np.arange(50_000),
        days=np.zeros(50_000, np.int32),
        bins={
            "x": bins,
            "skew": others[0].assign(to_arrow(other_values)),
            "zeros": others[1].assign(to_arrow(zeros)),
        },
    )
    plans = {
        name: Plan(bins=one, statistics=("ks", "missing_share"))
        for name, one in zip(sample.bins, (column, *others), strict=True)
    }
    nulls = calibrate(sample, plans, rows=50_000, seed=1, repeats=200)
    assert nulls["skew"] == nulls["x"]
    assert nulls["zeros"][0].critical_distance(1_000, 1e-3) < nulls["x"][0].critical_distance(1_000, 1e-3)
    means = {name: Plan(bins=plan.bins, statistics=("ks", "mean_shift")) for name, plan in plans.items()}
    nulls = calibrate(sample, means, rows=50_000, seed=1, repeats=50)
    assert nulls["skew"][1] != nulls["x"][1], "a mean depends on the distribution"
    twice = replace(sample, entities=np.arange(50_000) // 2)
    nulls = calibrate(twice, plans, rows=50_000, seed=1, repeats=200)
    assert nulls["skew"] != nulls["x"]


def test_batch_sizes_count_rows_with_a_value():
    bins = np.where(np.arange(1_000) % 4 == 0, 0, 5).astype(np.int16)
    plans = {"x": Plan(bins=LETTERS, statistics=("psi", "missing_share"))}
    of_values, of_share = calibrate(sample_of(bins), plans, rows=1_000, seed=0, repeats=50)["x"]
    assert of_values.batch_sizes == tuple(0.75 * step for step in BATCH_SIZES)
    assert of_share.batch_sizes == tuple(map(float, BATCH_SIZES))


def test_a_distribution_comes_back_from_plain_values(ks_null):
    null = replace(ks_null, between_day_variation=0.0123)
    again = NullDistribution.from_plain(null.to_plain())
    assert again.to_plain() == null.to_plain()
    assert again.critical_distance(777, 1e-4) == pytest.approx(null.critical_distance(777, 1e-4), rel=1e-3)


@pytest.mark.parametrize(
    "change",
    [{"batch_sizes": [1.0]}, {"batch_sizes": [], "median": [], "tail_threshold": [], "mean_excess": []}],
)
def test_a_batch_size_without_its_numbers_is_refused(ks_null, change):
    with pytest.raises(ValueError, match="batch sizes and numbers of ks differ in length"):
        NullDistribution.from_plain(ks_null.to_plain() | change)


def test_draws_without_spread_are_described():
    null = describe_draws("ks", [100], [np.zeros(50)])
    assert null.survival(100, 0) == 1
    assert null.survival(100, 0.5) < 1e-20
    assert null.critical_distance(100, 0.01) == pytest.approx(np.sqrt(np.log(200) / 200))
    assert null.critical_distance(0, 0.01) == np.inf


def test_clusters_are_drawn_whole():
    clusters = cluster(np.array([3, 1, 3, 2, 1, 3]))
    assert sorted(clusters.sizes.tolist()) == [1, 2, 3]
    rows, repeats = clusters.draw(np.random.default_rng(0), 6, 50)
    for repeat in range(50):
        found = np.bincount(rows[repeats == repeat], minlength=6)
        assert found[0] == found[2] == found[5]
        assert found[1] == found[4]


def test_each_row_of_its_own_is_drawn_one_by_one():
    clusters = cluster(np.arange(5))
    assert isinstance(clusters, Clusters)
    rows, repeats = clusters.draw(np.random.default_rng(0), 7, 3)
    assert np.bincount(repeats).tolist() == [7, 7, 7]
    assert set(rows.tolist()) <= set(range(5))
