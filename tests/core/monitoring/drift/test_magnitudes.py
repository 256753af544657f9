"""Numbers whose size says nothing of their spread: serials, epochs in nanoseconds, the ends of float64."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from include.config.monitoring_schema import Drift, NumericDrift
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.definition_changes import find_changes
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.histogram.bars import histogram
from include.monitoring.histogram.bin_edges import bin_numbers
from include.monitoring.histogram.binning import read_bins
from include.monitoring.histogram.counts import Counts
from include.monitoring.histogram.distances import measure
from include.monitoring.histogram.moments import relative_deviation, standardise
from include.monitoring.histogram.numeric_bins import NumericBins
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.profile import Profile
from include.monitoring.report.plots import draw_distributions

pytestmark = [pytest.mark.core, pytest.mark.no_cover, pytest.mark.filterwarnings("error")]

ROWS = 6_000
LARGEST = np.finfo(np.float64).max
SMALLEST = 5e-324


def _whole(start, width):
    return lambda u: np.float64(start) + np.round(u * width)


SCALES = {
    "serials of 16 digits": _whole(4_000_000_000_000_000, 1e6),
    "serials within 2,000": _whole(9_007_199_254_738_000, 2_000),
    "integers above 2**53": _whole(2**60, 2**24),
    "negative serials": lambda u: -(np.float64(4_000_000_000_000_000) + np.round(u * 1e6)),
    "a day in nanoseconds": _whole(1_764_000_000_000_000_000, 86_400e9),
    "a second in nanoseconds": _whole(1_764_000_000_000_000_000, 1e9),
    "next to one": lambda u: 1 + u * 1e-11,
    "1e300": lambda u: 1e300 * (1 + u),
    "1e-300": lambda u: 1e-300 * (1 + u),
    "denormal": lambda u: np.round(u * 100_000) * SMALLEST,
    "all of float64": lambda u: (2 * u - 1) * LARGEST,
    "both signs, 1e308": lambda u: (2 * u - 1) * 1e308,
    "six hundred orders": lambda u: 10 ** (600 * u - 300),
}


def numbers(values):
    return pa.array(np.asarray(values, dtype=np.float64), pa.float64())


def draws(scale, seed, power=1.0, rows=ROWS):
    return SCALES[scale](np.random.default_rng(seed).random(rows) ** power)


# CI tries where numbers end, and where neighbours differ least; `make chaos` all.
SHARE = {
    "serials within 2,000",
    "a second in nanoseconds",
    "denormal",
    "all of float64",
    "six hundred orders",
}


@pytest.fixture(
    params=[name if name in SHARE else pytest.param(name, marks=pytest.mark.full) for name in SCALES]
)
def scale(request):
    return request.param


def test_edges_part_the_rows_whatever_their_size(scale):
    values = draws(scale, 0)
    column = bin_numbers(values)
    assert len(column.edges) == len(np.unique(column.edges))
    assert np.isfinite(column.edges).all()
    assert len(column.edges) >= min(1_000, 0.9 * len(np.unique(values)))
    counts = column.count(numbers(values))
    outside = counts[1] + counts[2] + counts[-2] + counts[-1]
    assert outside <= 0.005 * len(values)
    assert counts[1:].max() <= 0.01 * len(values)


def test_what_moves_is_seen_and_what_stays_is_not(scale):
    column = bin_numbers(draws(scale, 0))
    reference, same, moved = (
        column.count(numbers(values)) for values in (draws(scale, 0), draws(scale, 1), draws(scale, 2, 2.0))
    )
    exact = stats.ks_2samp(draws(scale, 0), draws(scale, 2, 2.0)).statistic
    assert measure("ks", reference, moved, column) == pytest.approx(exact, abs=0.003)
    for name in ("ks", "psi", "jensen_shannon", "wasserstein"):
        far = measure(name, reference, moved, column)
        assert np.isfinite(far)
        if (name, scale) != ("wasserstein", "six hundred orders"):  # where few rows hold all there is
            assert far > 3 * measure(name, reference, same, column) > 0


def test_moments_are_those_of_the_numbers(scale):
    values = draws(scale, 0)
    column = bin_numbers(values)
    midpoints = column.midpoints
    assert np.isfinite(midpoints).all()
    assert (np.diff(midpoints) >= 0).all()
    scaled = np.ldexp(values, -int(np.frexp(np.abs(values).max())[1]))  # or numpy's squares leave float64
    found = relative_deviation(column.count(numbers(values)), standardise(column.edges))
    near = 0.2 if scale == "six hundred orders" else 0.02  # a few intervals hold all of the last order
    assert float(found) == pytest.approx(scaled.std() / np.ptp(scaled), rel=near)


def test_a_profile_comes_back_to_the_last_bit_and_finds_what_moves(scale, tmp_path, write_rows, make_config):
    train = write_rows(tmp_path / "train.parquet", rows=ROWS, age=draws(scale, 0))
    profile = build_profile(train, make_config(), np.random.default_rng(1).random(ROWS))
    text = profile.to_json()
    again = Profile.from_json(text)
    assert again.to_json() == text
    assert again.bins_digest == profile.bins_digest
    assert again.columns["age"].edges.tolist() == profile.columns["age"].edges.tolist()
    assert len(json.dumps(profile.columns["age"].to_plain())) < 60_000
    for power in (1.0, 3.0):
        path = write_rows(tmp_path / "batch.parquet", rows=3_000, seed=3, age=draws(scale, 3, power, 3_000))
        counts = profile.count(pq.read_table(path), np.random.default_rng(2).random(3_000))
        assert Counts.from_json(counts.to_json()).columns["age"].tolist() == counts.columns["age"].tolist()
        for statistic in ("ks", "psi", "wasserstein"):
            limits = Drift(numeric=NumericDrift(statistic=statistic, threshold=0.1))
            report = check_drift(again, counts, limits)
            (age,) = [column for column in report.columns if column.name == "age"]
            if power == 1.0 or statistic != "wasserstein":
                expected = "no drift" if power == 1.0 else "drifted"
                assert age.status == expected, write_verdict(report).to_text()
    draw_distributions(again, counts, {"age": "age"})


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 1e300, -1e300, LARGEST, -LARGEST, SMALLEST, 1.764e18, 2.0**53 + 2, 1e-300]
)
def test_a_column_of_one_value_is_that_value(value):
    column = bin_numbers(np.full(5_000, value))
    assert column.edges.tolist() == [value]
    counts = column.count(numbers([value] * 100))
    other = column.count(numbers([np.nextafter(value, 1.0)] * 100))
    assert measure("ks", counts, other, column) == 1.0
    assert measure("wasserstein", counts, other, column) == 0.0
    assert relative_deviation(counts, standardise(column.edges)) == 0.0
    histogram(column, counts, other)


def test_rare_values_between_two_masses_keep_their_digits():
    values = np.concatenate([
        np.linspace(1e15, 1e15 + 1, 9),
        1e15 + 1e6 * np.random.default_rng(0).random(9_000),
    ])
    column = bin_numbers(values)
    assert len(column.edges) > 1_000


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60, unique=True))
def test_any_edges_come_back_from_json_and_have_finite_midpoints(edges):
    column = NumericBins(edges=np.unique(np.array(edges)))
    again = read_bins(json.loads(json.dumps(column.to_plain())))
    assert isinstance(again, NumericBins)
    assert np.array_equal(again.edges, column.edges)
    midpoints = column.midpoints
    assert np.isfinite(midpoints).all()
    assert (np.diff(midpoints) >= 0).all()
    counts = column.count(numbers(column.edges))
    assert 0 <= relative_deviation(counts, standardise(column.edges)) <= 1
    assert np.isfinite(measure("wasserstein", counts, counts[::-1].copy(), column))
    histogram(column, counts, counts)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=8, max_size=200),
    st.integers(2, 6),
)
def test_shortened_edges_part_what_exact_ones_part(values, intervals):
    sample = np.array(values)
    edges = bin_numbers(sample, intervals=intervals).edges
    distinct = np.unique(sample)
    if len(distinct) > intervals + 1:
        ordered = np.sort(sample)
        exact = np.unique(ordered[np.linspace(0, len(ordered) - 1, intervals + 1).round().astype(int)])
        assert len(edges) == len(exact)
        gaps = np.diff(exact / 2)
        room = np.minimum(np.append(np.inf, gaps), np.append(gaps, np.inf))
        assert (np.abs(edges / 2 - exact / 2) <= room / 100 + SMALLEST).all()


def test_near_numbers_are_told_apart_by_name():
    column = NumericBins(edges=np.array([4_000_000_000_000_001.0, 4_000_000_000_000_002.0]))
    reference = column.count(numbers([4_000_000_000_000_001.0] * 500 + [4_000_000_000_000_002.0] * 500))
    (change,) = find_changes(reference, column.count(numbers([4_000_000_000_000_002.0] * 500)), column)
    assert "4000000000000002" in change
