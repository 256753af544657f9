from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.monitoring.histogram.bin_edges import place_categories, place_numbers
from include.monitoring.histogram.binning import CategoricalColumn, NumericColumn, read_column

pytestmark = pytest.mark.core

INF, NAN = float("inf"), float("nan")


def column(*edges):
    return NumericColumn(edges=np.array(edges, dtype=np.float64))


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
def test_every_value_falls_into_the_place_it_belongs_to(values, edges):
    places = column(*sorted(edges))
    named = places.name_counts(places.count(numbers(*values)))
    finite = [value for value in values if value is not None and np.isfinite(value)]
    ends = [-INF, *sorted(edges), INF]
    assert named["at"] == [finite.count(edge) for edge in sorted(edges)]
    assert named["between"] == [sum(low < value < high for value in finite) for low, high in pairwise(ends)]
    assert named["positive_infinity"] == values.count(INF)
    assert named["negative_infinity"] == values.count(-INF)
    assert sum(places.count(numbers(*values))) == len(values)


def test_blocks_make_no_difference(monkeypatch):
    values = numbers(*np.random.default_rng(0).normal(size=1_000).round(1).tolist(), NAN, INF, -INF)
    at_once = column(-1, 0, 1).count(values)
    monkeypatch.setattr("include.monitoring.histogram.binning._BLOCK", 7)
    assert column(-1, 0, 1).count(values).tolist() == at_once.tolist()


def test_categories_are_counted_by_name():
    places = CategoricalColumn(values=("b", "a"), others=("c",), complete=True)
    named = places.name_counts(places.count(pa.array(["a", "b", "b", "c", "new", None, "b"])))
    assert named == {"missing": 1, "other": 1, "unseen": 1, "values": [3, 1]}


def test_what_nobody_can_know_to_be_new_counts_as_other():
    places = CategoricalColumn(values=("a",), others=(), complete=False)
    assert places.name_counts(places.count(pa.array(["a", "x"]))) == {
        "missing": 0,
        "other": 1,
        "unseen": 0,
        "values": [1],
    }


def test_an_empty_column_of_categories_is_counted():
    places = CategoricalColumn(values=("a",), others=(), complete=True)
    assert places.count(pa.array([], pa.string())).tolist() == [0, 0, 0, 0]
    assert places.count(pa.array([None], pa.string())).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    "places",
    [column(), column(-1.5, 0, 1e300), CategoricalColumn(values=("b", "ä"), others=("c",), complete=False)],
)
def test_places_and_counts_come_back_from_plain_values(places):
    again = read_column(places.to_plain())
    assert again.to_plain() == places.to_plain()
    counts = np.arange(places.size)
    assert again.read_counts(places.name_counts(counts)).tolist() == counts.tolist()


def test_counts_of_other_places_are_refused():
    with pytest.raises(ValueError, match="1 counts at and 2 between 2 edges"):
        column(0, 1).read_counts(column(0).name_counts(np.arange(6)))
    with pytest.raises(ValueError, match="3 counts of 1 values"):
        CategoricalColumn(values=("a",), others=(), complete=True).read_counts({
            "missing": 0,
            "other": 0,
            "unseen": 0,
            "values": [1, 2, 3],
        })


def test_few_distinct_values_are_all_edges():
    assert place_numbers(np.array([3.5, 1, 2, 2, NAN, INF])).edges.tolist() == [1, 2, 3.5]


def test_a_constant_has_one_edge_and_a_missing_column_none():
    assert place_numbers(np.full(10, 7.25)).edges.tolist() == [7.25]
    assert place_numbers(np.array([NAN])).edges.tolist() == []
    assert place_numbers(np.empty(0)).edges.tolist() == []


def test_edges_are_quantiles_and_keep_shared_values_to_the_last_bit():
    rng = np.random.default_rng(0)
    shared = 1 / 3
    sample = np.concatenate([rng.normal(size=5_000), np.full(500, shared)])
    edges = place_numbers(sample, bins=100).edges
    assert 80 < len(edges) <= 101
    assert shared in edges
    assert (np.diff(edges) > 0).all()
    left = np.searchsorted(np.sort(sample), edges, side="left")
    right = np.searchsorted(np.sort(sample), edges, side="right")
    assert (left[1:] - right[:-1]).max() <= 56  # a hundredth of the sample, give or take rounding


def test_frequent_categories_are_shown_further_ones_remembered():
    places = place_categories({"a": 1, "b": 5, "c": 5, "d": 2, "e": 3}, shown=2, known=4)
    assert (places.values, places.others, places.complete) == (("b", "c"), ("d", "e"), False)
    assert place_categories({"a": 1}).complete
    assert place_categories({}).values == ()


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True, max_size=6),
    st.lists(st.floats() | st.none(), max_size=20),
)
def test_the_places_of_single_numbers_add_up_to_their_counts(edges, values):
    places = column(*sorted({edge + 0.0 for edge in edges}))  # 0.0 and -0.0 are one edge
    values = [*values, *edges]
    found = places.find_places(pa.array(values, pa.float64()))
    assert (
        np.bincount(found, minlength=places.size).tolist()
        == places.count(pa.array(values, pa.float64())).tolist()
    )


@pytest.mark.parametrize("cut", [0, 3])
def test_the_places_of_single_categories_add_up_to_their_counts(cut):
    places = CategoricalColumn(values=("b", "a"), others=("c",), complete=True)
    values = pa.array(["a", None, "b", "b", "c", "new", None, "b"]).slice(cut)
    found = places.find_places(values)
    assert np.bincount(found, minlength=5).tolist() == places.count(values).tolist()
    assert places.count(values.dictionary_encode()).tolist() == places.count(values).tolist()
