from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.monitoring.histogram.bin_edges import bin_categories, bin_numbers
from include.monitoring.histogram.binning import read_bins
from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.numeric_bins import NumericBins

pytestmark = pytest.mark.core

INF, NAN = float("inf"), float("nan")


def column(*edges):
    return NumericBins(edges=np.array(edges, dtype=np.float64))


def numbers(*values):
    return pa.array(values, pa.float64())


def test_edges_and_the_gaps_between_them_are_places():
    named = column(0, 10).name_counts(column(0, 10).count(numbers(-1, 0, 0, 0, 3, 4, 10, 11, 12)))
    assert (named["at"], named["between"]) == ([3, 1], [1, 2, 2])


def test_missing_nan_and_infinite_values_are_counted_apart():
    named = column(0).name_counts(column(0).count(numbers(None, NAN, INF, INF, -INF, 1, None)))
    assert (named["missing"], named["negative_infinity"], named["positive_infinity"]) == (3, 1, 2)
    assert (named["at"], named["between"]) == ([0], [0, 1])


def test_without_edges_everything_finite_is_in_one_place():
    named = column().name_counts(column().count(numbers(None, 1, 2, INF)))
    assert (named["missing"], named["between"], named["positive_infinity"]) == (1, [2], 1)


def test_an_empty_or_missing_column_is_counted():
    assert column(0).count(numbers()).tolist() == [0] * 6
    assert column(0).count(numbers(None, None)).tolist() == [2, 0, 0, 0, 0, 0]
    assert column(0).count(numbers(5, None, 7)[1:2]).tolist() == [1, 0, 0, 0, 0, 0]


@given(
    values=st.lists(
        st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 1.0]), max_size=60
    ),
    edges=st.lists(st.floats(-2, 2), max_size=8, unique=True),
)
def test_every_value_is_counted_in_its_bin(values, edges):
    bins = column(*sorted(edges))
    named = bins.name_counts(bins.count(numbers(*values)))
    finite = [value for value in values if value is not None and np.isfinite(value)]
    ends = [-INF, *sorted(edges), INF]
    assert named["at"] == [finite.count(edge) for edge in sorted(edges)]
    assert named["between"] == [sum(low < value < high for value in finite) for low, high in pairwise(ends)]
    assert named["positive_infinity"] == values.count(INF)
    assert named["negative_infinity"] == values.count(-INF)
    assert sum(bins.count(numbers(*values))) == len(values)


def test_blocks_make_no_difference(monkeypatch):
    values = numbers(*np.random.default_rng(0).normal(size=1_000).round(1).tolist(), NAN, INF, -INF)
    at_once = column(-1, 0, 1).count(values)
    monkeypatch.setattr("include.monitoring.histogram.numeric_bins._BLOCK", 7)
    assert column(-1, 0, 1).count(values).tolist() == at_once.tolist()


def test_categories_are_counted_by_name():
    bins = CategoricalBins(values=("b", "a"), others=("c",), complete=True)
    named = bins.name_counts(bins.count(pa.array(["a", "b", "b", "c", "new", None, "b"])))
    assert named == {"missing": 1, "other": 1, "unseen": 1, "values": [3, 1]}


def test_what_nobody_can_know_to_be_new_counts_as_other():
    bins = CategoricalBins(values=("a",), others=(), complete=False)
    assert bins.name_counts(bins.count(pa.array(["a", "x"]))) == {
        "missing": 0,
        "other": 1,
        "unseen": 0,
        "values": [1],
    }


def test_an_empty_column_of_categories_is_counted():
    bins = CategoricalBins(values=("a",), others=(), complete=True)
    assert bins.count(pa.array([], pa.string())).tolist() == [0, 0, 0, 0]
    assert bins.count(pa.array([None], pa.string())).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    "bins",
    [column(), column(-1.5, 0, 1e300), CategoricalBins(values=("b", "ä"), others=("c",), complete=False)],
)
def test_bins_and_counts_come_back_from_plain_values(bins):
    again = read_bins(bins.to_plain())
    assert again.to_plain() == bins.to_plain()
    counts = np.arange(bins.size)
    assert again.read_counts(bins.name_counts(counts)).tolist() == counts.tolist()


def test_counts_of_other_bins_are_refused():
    with pytest.raises(ValueError, match="1 counts at and 2 between 2 edges"):
        column(0, 1).read_counts(column(0).name_counts(np.arange(6)))
    with pytest.raises(ValueError, match="3 counts of 1 values"):
        CategoricalBins(values=("a",), others=(), complete=True).read_counts({
            "missing": 0,
            "other": 0,
            "unseen": 0,
            "values": [1, 2, 3],
        })


def test_few_distinct_values_are_all_edges():
    assert bin_numbers(np.array([3.5, 1, 2, 2, NAN, INF])).edges.tolist() == [1, 2, 3.5]


def test_a_constant_has_one_edge_and_a_missing_column_none():
    assert bin_numbers(np.full(10, 7.25)).edges.tolist() == [7.25]
    assert bin_numbers(np.array([NAN])).edges.tolist() == []
    assert bin_numbers(np.empty(0)).edges.tolist() == []


def test_edges_are_quantiles_and_keep_shared_values_to_the_last_bit():
    rng = np.random.default_rng(0)
    shared = 1 / 3
    sample = np.concatenate([rng.normal(size=5_000), np.full(500, shared)])
    edges = bin_numbers(sample, intervals=100).edges
    assert 80 < len(edges) <= 101
    assert shared in edges
    assert (np.diff(edges) > 0).all()
    left = np.searchsorted(np.sort(sample), edges, side="left")
    right = np.searchsorted(np.sort(sample), edges, side="right")
    assert (left[1:] - right[:-1]).max() <= 56  # a hundredth of the sample, give or take rounding


def test_frequent_categories_are_shown_further_ones_remembered():
    bins = bin_categories({"a": 1, "b": 5, "c": 5, "d": 2, "e": 3}, shown=2, known=4)
    assert (bins.values, bins.others, bins.complete) == (("b", "c"), ("d", "e"), False)
    assert bin_categories({"a": 1}).complete
    assert bin_categories({}).values == ()


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True, max_size=6),
    st.lists(st.floats() | st.none(), max_size=20),
)
def test_the_bins_of_single_numbers_add_up_to_their_counts(edges, values):
    bins = column(*sorted({edge + 0.0 for edge in edges}))  # 0.0 and -0.0 are one edge
    values = [*values, *edges]
    found = bins.assign(pa.array(values, pa.float64()))
    assert (
        np.bincount(found, minlength=bins.size).tolist()
        == bins.count(pa.array(values, pa.float64())).tolist()
    )


@pytest.mark.parametrize("cut", [0, 3])
def test_the_bins_of_single_categories_add_up_to_their_counts(cut):
    bins = CategoricalBins(values=("b", "a"), others=("c",), complete=True)
    values = pa.array(["a", None, "b", "b", "c", "new", None, "b"]).slice(cut)
    found = bins.assign(values)
    assert np.bincount(found, minlength=5).tolist() == bins.count(values).tolist()
    assert bins.count(values.dictionary_encode()).tolist() == bins.count(values).tolist()
